using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>
/// Follows studies for everybody who looks: however many do, a study's log is read once. A study at which nobody has looked for a while is no longer followed.
/// </summary>
sealed class StudyWatches(IStudyDirectory engine, TimeProvider time) : IAsyncDisposable
{
    /// <summary>After the last look.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<string, Watch> _watches = new(StringComparer.Ordinal);
    readonly CancellationTokenSource _closing = new();

    /// <summary>Where a study stands.</summary>
    /// <exception cref="StudyNotFoundException"/>
    public async Task<StudyProgress> NowAsync(StudySummary study, CancellationToken cancellation)
    {
        await foreach (var progress in FollowAsync(study, cancellation)) return progress;
        throw new StudyNotFoundException(study.Name);
    }

    /// <summary>Where a study stands; null where that is not known so soon. Its log is read on.</summary>
    /// <exception cref="StudyNotFoundException"/>
    public async Task<StudyProgress?> SoonAsync(StudySummary study, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            return await NowAsync(study, CancellationToken.None).WaitAsync(patience, time, cancellation);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Where it stands now, and each time that is looked at again, until it ends; whoever is slow passes over what came between.</summary>
    /// <exception cref="StudyNotFoundException"/>
    public async IAsyncEnumerable<StudyProgress> FollowAsync(StudySummary study, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var watch = Open(study);
        StudyProgress? last = null;
        while (true)
        {
            var (progress, next, isEnded) = watch.Look();
            if (progress is not null && !ReferenceEquals(progress, last)) yield return last = progress;
            if (isEnded) yield break;
            // Looking again says that somebody still does.
            await Task.WhenAny(next, Task.Delay(Patience / 3, time, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        foreach (var watch in _watches.Values) await watch.EndAsync();
        _closing.Dispose();
    }

    Watch Open(StudySummary study)
    {
        while (true)
        {
            var watch = _watches.GetOrAdd(study.Name, name => new Watch(engine, time, study, _closing.Token));
            if (watch.Serves(study)) return watch;
            _watches.TryRemove(KeyValuePair.Create(study.Name, watch));
        }
    }

    sealed class Watch
    {
        readonly IStudyDirectory _engine;
        readonly TimeProvider _time;
        readonly StudySummary _study;
        readonly Lock _lock = new();
        readonly Lazy<Task> _loop;
        TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        StudyProgress? _progress;
        Exception? _failure;
        long _lookedAt;
        bool _isEnded;

        public Watch(IStudyDirectory engine, TimeProvider time, StudySummary study, CancellationToken closing)
        {
            (_engine, _time, _study, _lookedAt) = (engine, time, study, time.GetTimestamp());
            _loop = new(() => Task.Run(() => RunAsync(closing), closing));
        }

        /// <summary>Whether what it says is of this study as it stands: it follows still, or nothing has been written since.</summary>
        public bool Serves(StudySummary study)
        {
            lock (_lock) return !_isEnded ? _study.Created == study.Created : _failure is null && _progress is not null && (study.Created, study.LastSequence) == (_study.Created, Sequence);
        }

        long Sequence { get; set; } = -1;

        public (StudyProgress? Progress, Task Next, bool IsEnded) Look()
        {
            _ = _loop.Value;
            lock (_lock)
            {
                _lookedAt = _time.GetTimestamp();
                if (_failure is { } failure) throw failure;
                return (_progress, _next.Task, _isEnded);
            }
        }

        public async Task EndAsync()
        {
            try
            {
                if (_loop.IsValueCreated) await _loop.Value;
            }
            catch (OperationCanceledException)
            {
                // As asked.
            }
        }

        async Task RunAsync(CancellationToken cancellation)
        {
            try
            {
                await foreach (var progress in _engine.WatchAsync(_study.Name, cancellation))
                {
                    Set(() => _progress = progress);
                    if (progress.Status == StudyStatus.Running && _time.GetElapsedTime(_lookedAt) > Patience) break;
                }
                // What is written to an ended study later makes this watch an old one.
                var summary = (await _engine.ListAsync(cancellation)).FirstOrDefault(one => one.Name == _study.Name);
                Set(() => (Sequence, _isEnded) = (summary?.Header.Status == StudyStatus.Running ? -1 : summary?.LastSequence ?? -1, true));
            }
            catch (Exception e)
            {
                Set(() => (_failure, _isEnded) = (e, true));
            }
        }

        void Set(Action change)
        {
            TaskCompletionSource pulse;
            lock (_lock)
            {
                change();
                (pulse, _next) = (_next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }
            pulse.SetResult();
        }
    }
}
