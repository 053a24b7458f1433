using System.Collections.Immutable;
using System.Threading.Channels;

namespace AtomSets.Studies;

public sealed record StudyDriverOptions
{
    /// <summary>How often the log is looked at for events that others wrote (cancel, resume, extend from a second terminal). Default: 1 second.</summary>
    public TimeSpan LookAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A snapshot is kept after this many events (more for studies of many trials, whose snapshots are large).</summary>
    public int SnapshotEvery { get; init; } = 1000;

    /// <summary>How long the store may be away before the driver gives up. Default: 10 minutes.</summary>
    public TimeSpan StorePatience { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>
/// The loop that hosts one study, the same in every engine: load, apply, append, hand out, wait. Whatever happened while no host ran
/// (trials finished by others, a crash between a trial's end and its event) is made up for from the ledger; nothing is computed twice.
/// </summary>
/// <remarks>Not safe for concurrent use, except <see cref="TrialEnded"/> and <see cref="Look"/>. Run it once.</remarks>
public sealed class StudyDriver : ITrialListener
{
    const int FindAtOnce = 1000;

    readonly string _study;
    readonly ITrialLedger _ledger;
    readonly ITrialPool _pool;
    readonly TimeProvider _time;
    readonly StudyDriverOptions _options;
    readonly StudyJournal _journal;
    readonly Channel<TrialKey?> _hints = Channel.CreateUnbounded<TrialKey?>(new UnboundedChannelOptions { SingleReader = true });
    readonly Dictionary<TrialKey, long> _oldFailures = [];

    public StudyDriver(
        string study, IStudyLog log, ITrialLedger ledger, ITrialPool pool, TimeProvider time, StudyDriverOptions? options = null)
    {
        _study = study;
        _ledger = ledger;
        _pool = pool;
        _time = time;
        _options = options ?? new StudyDriverOptions();
        _journal = new StudyJournal(study, log, time, _options);
    }

    /// <summary>Told, on the driver's own thread of work, after each stored change and once after loading.</summary>
    public Action<StudyState>? Changed { get; init; }

    /// <summary>The newest stored state; null before loading.</summary>
    public StudyState? State => _journal.State;

    /// <summary>Hint: the ledger may have this trial's outcome.</summary>
    public void TrialEnded(TrialKey key) => _hints.Writer.TryWrite(key);

    /// <summary>Hint: someone wrote to the log.</summary>
    public void Look() => _hints.Writer.TryWrite(null);

    /// <summary>Runs the study until it has nothing left to do. Afterwards none of its trials runs in the pool on its behalf.</summary>
    /// <returns>How it stands: anything but Running.</returns>
    /// <exception cref="StudyNotFoundException">It was deleted meanwhile, or never was.</exception>
    /// <exception cref="StudyLogConflictException">Another host runs it now; this one has stepped down.</exception>
    /// <exception cref="OperationCanceledException">The host shuts down; the study continues when it is run again.</exception>
    public async Task<StudyStatus> RunAsync(CancellationToken cancellation)
    {
        await Patiently(() => _journal.LoadAsync(cancellation), cancellation);
        Changed?.Invoke(_journal.State!);
        try
        {
            ImmutableArray<StudyCommand> commands = [.. _journal.State!.Status == StudyStatus.Running ? _journal.State.Open() : []];
            while (true)
            {
                var events = await CarryOutAsync(commands, cancellation);
                if (events.Count == 0)
                {
                    if (_journal.State!.Status != StudyStatus.Running)
                    {
                        // Someone may have extended or resumed the study while it came to its end.
                        if (await Patiently(() => _journal.AdoptAsync(cancellation), cancellation) is not { } further) return _journal.State.Status;
                        commands = further;
                        Changed?.Invoke(_journal.State);
                        continue;
                    }
                    (events, var adopted) = await WaitAsync(cancellation);
                    if (adopted is { } others)
                    {
                        commands = others;
                        Changed?.Invoke(_journal.State);
                        continue;
                    }
                }
                commands = await _journal.CommitAsync(events, cancellation);
                Changed?.Invoke(_journal.State!);
            }
        }
        finally
        {
            await _pool.WithdrawAllAsync(_study, CancellationToken.None);
        }
    }

    /// <returns>Events about requested trials that turned out to be finished already, and about those that the budget leaves out.</returns>
    async Task<List<StudyEvent>> CarryOutAsync(ImmutableArray<StudyCommand> commands, CancellationToken cancellation)
    {
        var events = new List<StudyEvent>();
        ImmutableArray<TrialKey> withdrawn = [.. commands.OfType<WithdrawTrial>().Select(command => command.Key)];
        if (!withdrawn.IsEmpty) await _pool.WithdrawAsync(_study, withdrawn, cancellation);
        if (commands.OfType<SetPriority>().LastOrDefault() is { } priority) await _pool.PrioritizeAsync(_study, priority.Priority, cancellation);
        foreach (var requests in commands.OfType<RequestTrial>().Chunk(FindAtOnce))
        {
            var known = await Patiently(() => _ledger.FindAsync([.. requests.Select(request => request.Key)], cancellation), cancellation);
            var open = ImmutableArray.CreateBuilder<RequestTrial>(requests.Length);
            foreach (var request in requests)
            {
                var record = known.GetValueOrDefault(request.Key);
                if (record is { Status: TrialStatus.Finished })
                {
                    events.Add(Ended(record, reused: true));
                    continue;
                }
                _oldFailures[request.Key] = record is { Status: TrialStatus.Failed } ? record.Epoch : 0;
                open.Add(request);
            }
            await _pool.SubmitAsync(_study, open.DrainToImmutable(), cancellation);
        }
        if (commands.OfType<StopBeginning>().LastOrDefault() is { } stop && await LeaveOutAsync(stop.Keys, cancellation) is { IsEmpty: false } leftOut)
            events.Add(new TrialsLeftOut(leftOut));
        return events;
    }

    /// <returns>Those that nobody has begun, here or before.</returns>
    async Task<ImmutableArray<TrialKey>> LeaveOutAsync(ImmutableArray<TrialKey> keys, CancellationToken cancellation)
    {
        var fresh = ImmutableArray.CreateBuilder<TrialKey>();
        foreach (var chunk in keys.Chunk(FindAtOnce))
        {
            var known = await Patiently(() => _ledger.FindAsync(chunk, cancellation), cancellation);
            fresh.AddRange(chunk.Where(key => known.GetValueOrDefault(key) is not { Checkpoint: not null }));
        }
        return await _pool.WithdrawWaitingAsync(_study, fresh.DrainToImmutable(), cancellation);
    }

    /// <summary>Waits for something to append, or for something that others appended (then it is applied, and its commands returned).</summary>
    async Task<(List<StudyEvent> Events, ImmutableArray<StudyCommand>? Adopted)> WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var look = !await HintedAsync(cancellation);
            var keys = new HashSet<TrialKey>();
            while (keys.Count < FindAtOnce && _hints.Reader.TryRead(out var hint))
            {
                if (hint is { } key) keys.Add(key);
                else look = true;
            }
            if (look && await Patiently(() => _journal.AdoptAsync(cancellation), cancellation) is { } commands)
            {
                foreach (var key in keys) TrialEnded(key); // for the next round
                return ([], commands);
            }
            if (keys.Count == 0) continue;
            var records = await Patiently(() => _ledger.FindAsync(keys, cancellation), cancellation);
            var ended = records.Values.OrderBy(record => record.Key)
                .Where(record => record.Status is TrialStatus.Finished || (record.Status is TrialStatus.Failed && record.Epoch > _oldFailures.GetValueOrDefault(record.Key)))
                .ToArray();
            await AskAgainAsync(keys.Except(ended.Select(record => record.Key)), cancellation);
            if (ended.Length > 0) return ([.. ended.Select(record => Ended(record, reused: false))], null);
        }
    }

    /// <summary>
    /// A trial that failed for several studies may be in work again for one of them before the others have looked: the pool then does not know
    /// that these wait for it, too. Asking for what it knows already does no harm.
    /// </summary>
    Task AskAgainAsync(IEnumerable<TrialKey> keys, CancellationToken cancellation) =>
        _pool.SubmitAsync(_study, [.. keys.Order().Select(key => _journal.State!.RequestOf(key)).OfType<RequestTrial>()], cancellation);

    /// <returns>False when the time to look at the log has come without any hint.</returns>
    async Task<bool> HintedAsync(CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(_options.LookAfter, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            return await _hints.Reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    static StudyEvent Ended(TrialRecord record, bool reused) => record switch
    {
        { Status: TrialStatus.Failed } => new TrialFailed(record.Key, record.Epoch, record.Failure ?? "no reason was given", record.TransientFailure),
        { Result: TrainResult result } => new TrialFinished(record.Key, result.Score, reused) { Epochs = result.Epochs, CoreSeconds = result.Seconds * Math.Max(1, result.Workers) },
        _ => new EvaluationFinished(record.Key, reused),
    };

    Task<T> Patiently<T>(Func<Task<T>> call, CancellationToken cancellation) => StoreRetry.RunAsync(call, _time, _options.StorePatience, cancellation);
}
