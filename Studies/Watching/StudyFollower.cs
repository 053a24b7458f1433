using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>What a <see cref="StudyFollower"/> may know beside the stores.</summary>
public sealed record StudyFollowerOptions
{
    /// <summary>How often the ledger is asked who computes what. Default: 1 second.</summary>
    public TimeSpan LookAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Reads how much a training is from its template. Default: all are alike.</summary>
    public Func<SpecTemplate, TrainingSize> SizeOf { get; init; } = _ => new TrainingSize(1, null);

    /// <summary>Whether the owner of a lease is certain to have died. Default: never.</summary>
    public Func<string, bool> IsDead { get; init; } = _ => false;
}

/// <summary>
/// Follows a study in any process through its log and the ledger: reads the log once, then only what is new. Not safe for concurrent use.
/// </summary>
public sealed class StudyFollower(string study, IStudyLog log, ITrialLedger ledger, IMetricSink metrics, TimeProvider time, StudyFollowerOptions? options = null)
{
    const int FindAtOnce = 1000, EndsKept = 64;

    static readonly TimeSpan EndsWithin = TimeSpan.FromHours(6);

    readonly StudyFollowerOptions _options = options ?? new StudyFollowerOptions();
    readonly StudyTally _tally = new((options ?? new StudyFollowerOptions()).SizeOf);
    readonly WorkerWatch _workers = new(ledger, metrics, time, options ?? new StudyFollowerOptions());
    readonly Queue<DateTimeOffset> _ends = new();
    readonly long _began = time.GetTimestamp();
    StudyState? _state;
    StudySummary? _summary;
    long _next = 1, _estimatedAt;
    int _reused, _mostWorkers = 1;
    bool _isLoaded;
    TimeEstimate? _estimate;

    /// <param name="own">What the workers of this process do, idle ones included; empty where it has none for the study.</param>
    /// <param name="message">What people should know beside the numbers.</param>
    /// <exception cref="StudyNotFoundException"/>
    public async Task<StudyProgress> ReadAsync(IReadOnlyCollection<WorkerProgress> own, string? message, CancellationToken cancellation)
    {
        var summary = await log.FindAsync(study, cancellation) ?? throw new StudyNotFoundException(study);
        // Deleted meanwhile, and submitted anew.
        if (_summary is not null && summary.Created != _summary.Created) _isLoaded = false;
        var isRunning = summary.Header.Status == StudyStatus.Running;
        if (!isRunning && !_isLoaded && await EndedProgress.LoadAsync(log, summary, cancellation) is { } ended) return ended.Of(summary, time.GetElapsedTime(_began), message);
        var isNews = !_isLoaded || summary.LastSequence >= _next;
        if (isNews) await ReadLogAsync(isRunning, cancellation);
        _summary = summary;
        var workers = await _workers.ReadAsync(isRunning ? own : [], _tally, isRunning, cancellation);
        var progress = Progress(summary, workers, own.Count, message);
        // As of an event that the study's row knows of: what came after it will be told by the next reading.
        if (!isRunning && isNews && summary.LastSequence == _next - 1) await EndedProgress.SaveAsync(log, summary, progress, cancellation);
        return progress;
    }

    async Task ReadLogAsync(bool isRunning, CancellationToken cancellation)
    {
        if (!_isLoaded) await LoadAsync(cancellation);
        else await foreach (var stored in log.ReadAsync(study, _next, cancellation))
        {
            Note(stored);
            var step = StudyMachine.Apply(_state, stored.Event);
            _state = step.State;
            _tally.Apply(step, stored.Event is not (TrialFinished or EvaluationFinished or TrialFailed));
        }
        // For estimates alone.
        if (isRunning) await TimeAsync(cancellation);
        _estimatedAt = 0;
    }

    /// <summary>The state from the snapshot and what came after it; what was reused and when trials ended from all events.</summary>
    async Task LoadAsync(CancellationToken cancellation)
    {
        (_state, _next, _reused) = (null, 1, 0);
        _ends.Clear();
        var snapshot = await log.LoadSnapshotAsync(study, cancellation);
        _state = StudyMachine.TryRestore(snapshot);
        var restored = _state is null ? 0 : snapshot!.Sequence;
        await foreach (var stored in log.ReadAsync(study, 1, cancellation))
        {
            Note(stored);
            if (stored.Sequence > restored) _state = StudyMachine.Apply(_state, stored.Event).State;
        }
        _tally.Reset(_state ?? throw new StudyNotFoundException(study));
        _isLoaded = true;
    }

    async Task TimeAsync(CancellationToken cancellation)
    {
        foreach (var chunk in _tally.Untimed.Chunk(FindAtOnce).ToArray())
        {
            var records = await ledger.FindAsync(chunk, cancellation);
            foreach (var key in chunk) _tally.Took(key, records.TryGetValue(key, out var record) ? record.Result?.Seconds : null);
        }
    }

    void Note(StoredEvent stored)
    {
        _next = stored.Sequence + 1;
        if (stored.Event is TrialFinished { Reused: true } or EvaluationFinished { Reused: true }) _reused++;
        if (stored.Event is not TrialFinished { Reused: false }) return;
        _ends.Enqueue(stored.At);
        if (_ends.Count > EndsKept) _ends.Dequeue();
    }

    StudyProgress Progress(StudySummary summary, ImmutableArray<WorkerProgress> workers, int ownWorkers, string? message)
    {
        var state = _state!;
        var running = workers.Where(worker => worker.IsAlive).Select(worker => worker.Key).Distinct().Count();
        _mostWorkers = Math.Max(_mostWorkers, Math.Max(ownWorkers, workers.Count(worker => worker.IsAlive)));
        var isRunning = summary.Header.Status == StudyStatus.Running;
        var estimate = isRunning ? Estimate(state, workers) : null;
        var undrawn = state.Searches.Sum(search => (search.Value.Total - search.Value.Drawn) * ((SearchNode)state.Nodes[search.Key].Node).Replicates.Length);
        return new StudyProgress(
            study, summary.Header.Status, _tally.Trials, _tally.Count(NodeStatus.Finished), _reused, _tally.Count(NodeStatus.Failed),
            _tally.Count(NodeStatus.Blocked), running, _tally.Best(state), time.GetElapsedTime(_began), Span(estimate?.Expected), workers, message)
        {
            Waiting = Math.Max(0, _tally.Count(NodeStatus.Requested) - running),
            WaitingForParents = _tally.Count(NodeStatus.Waiting),
            Planned = _tally.Trials + undrawn,
            Created = summary.Created,
            Skipped = _tally.Count(NodeStatus.Skipped),
            CoreHours = state.Study.CoreHours is { } budget ? (state.CoreHours, budget) : null,
            RemainingBounds = estimate is { } bounds ? (TimeSpan.FromSeconds(bounds.Low), TimeSpan.FromSeconds(bounds.High)) : null,
            TrainingsPerHour = Rate(),
            Searches = _tally.Searches(state),
            Leaders = _tally.Leaders(state),
            Recent = [.. _tally.Recent],
            Silence = isRunning ? _workers.Silence(summary, hasOwn: ownWorkers > 0) : null,
        };
    }

    TimeEstimate? Estimate(StudyState state, ImmutableArray<WorkerProgress> workers)
    {
        if (_estimatedAt != 0 && time.GetElapsedTime(_estimatedAt) < _options.LookAfter) return _estimate;
        _estimatedAt = time.GetTimestamp();
        var running = new List<RunningTrial>();
        foreach (var worker in workers.Where(worker => worker is { IsAlive: true, Key: not null }).DistinctBy(worker => worker.Key))
        {
            if (_tally.Outstanding(worker.Key!.Value) is { } trial)
                running.Add(new RunningTrial(trial.Class, worker.Age?.TotalSeconds ?? 0, worker.Remaining?.TotalSeconds));
        }
        return _estimate = TimeLeft.Estimate(state, _tally.Costs, running, _mostWorkers);
    }

    /// <summary>From the newest ends to now, so that it falls when nothing ends any more.</summary>
    double? Rate()
    {
        var now = time.GetUtcNow();
        while (_ends.TryPeek(out var oldest) && now - oldest > EndsWithin) _ends.Dequeue();
        if (_ends.Count < 3) return null;
        var hours = (now - _ends.Peek()).TotalHours;
        return hours > 0 ? (_ends.Count - 1) / hours : null;
    }

    static TimeSpan? Span(double? seconds) => seconds is { } some ? TimeSpan.FromSeconds(some) : null;
}
