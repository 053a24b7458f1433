using System.Collections.Immutable;

namespace AtomSets.Studies;

public record PoolHostOptions
{
    /// <summary>How soon a trial that another process runs is asked for again. Default: 1 second.</summary>
    public TimeSpan WakeAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Over how many workers one trial may be spread. Default: 1.</summary>
    public int MaxGang { get; init; } = 1;

    /// <summary>Over how many workers a trial can be spread: its logical shards. Default: 1 for every trial.</summary>
    public Func<TrialSpec, int> ShardsOf { get; init; } = _ => 1;
}

/// <summary>These workers begin this trial under this ticket; the first runs it, the others help.</summary>
/// <param name="MayGiveBack">See <see cref="AssignTrial"/>.</param>
public sealed record PoolAssignment(long Ticket, ImmutableArray<string> Gang, RequestTrial Request, bool MayGiveBack);

/// <summary>
/// Hosts the pool machine, wherever its workers are: in this process (<see cref="PoolDriver"/>) or in others. Sends workers to trials, takes their
/// reports, tells studies. Safe for concurrent use.
/// </summary>
public abstract class PoolHost(TimeProvider time, PoolHostOptions options) : ITrialPool
{
    readonly Lock _gate = new();
    readonly Dictionary<string, ITrialListener> _listeners = new(StringComparer.Ordinal);
    readonly Dictionary<TrialKey, RequestTrial> _requests = [];
    readonly Dictionary<long, Attempt> _running = []; // by ticket
    readonly CancellationTokenSource _closing = new();
    PoolState _state = PoolState.Empty(options.MaxGang);

    sealed record Attempt(PoolAssignment Assignment, TaskCompletionSource Ended)
    {
        public bool IsRevoked { get; set; }

        public HashSet<string> Lost { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>The pool as of now.</summary>
    public PoolState State
    {
        get
        {
            lock (_gate) return _state;
        }
    }

    /// <summary>Cancelled when the pool closes.</summary>
    protected CancellationToken Closing => _closing.Token;

    /// <summary>Makes a gang begin. What becomes of it is told by <see cref="Ended"/>. Called in order, under the pool's lock: must neither block nor call back.</summary>
    protected abstract void Begin(PoolAssignment assignment);

    /// <summary>Makes a gang stop soon; its end is told as any other. Called as <see cref="Begin"/> is.</summary>
    protected abstract void Revoke(PoolAssignment assignment);

    /// <summary>A worker is there and free; it may begin at once. One that is there already has been started again: what it ran is run again.</summary>
    /// <param name="worker">Its name.</param>
    /// <param name="place">See <see cref="WorkerJoined"/>.</param>
    protected void Joined(string worker, string place)
    {
        lock (_gate) Apply(new WorkerJoined(worker, place));
    }

    /// <summary>A worker takes no more trials; what it runs is stopped and goes to others, from its last checkpoint.</summary>
    /// <returns>When it has stopped.</returns>
    protected Task LeavingAsync(string worker)
    {
        lock (_gate)
        {
            var own = AttemptsOf(worker);
            foreach (var attempt in own) Stop(attempt);
            Apply(new WorkerLeft(worker));
            return Task.WhenAll(own.Select(attempt => attempt.Ended.Task));
        }
    }

    /// <summary>A worker has died or cannot be reached: nothing more is waited for from it.</summary>
    protected void Lost(string worker)
    {
        lock (_gate)
        {
            foreach (var attempt in AttemptsOf(worker))
            {
                attempt.Lost.Add(worker);
                Stop(attempt);
                // What is left of its gang tells its end, and is taken until then.
                if (attempt.Lost.Count < attempt.Assignment.Gang.Length) continue;
                _running.Remove(attempt.Assignment.Ticket);
                attempt.Ended.SetResult();
            }
            Apply(new WorkerLeft(worker));
        }
    }

    /// <summary>A gang has ended. Telling it again, or of a ticket that is not running any more, does no harm.</summary>
    protected void Ended(long ticket, AttemptEnd end)
    {
        lock (_gate)
        {
            if (!_running.TryGetValue(ticket, out var attempt)) return;
            var (gang, request) = (attempt.Assignment.Gang, attempt.Assignment.Request);
            _running.Remove(ticket);
            Apply(new GangReported(gang, request.Key, ticket, end));
            Forget(request.Key);
            attempt.Ended.SetResult();
        }
    }

    /// <summary>Tells a study's driver when its trials end. One listener per study; the last counts.</summary>
    public void Listen(string study, ITrialListener listener)
    {
        lock (_gate) _listeners[study] = listener;
    }

    public Task SubmitAsync(string study, ImmutableArray<RequestTrial> trials, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (trials.IsEmpty) return Task.CompletedTask;
        lock (_gate)
        {
            foreach (var trial in trials) _requests.TryAdd(trial.Key, trial);
            Apply(new TrialsSubmitted(study, trials[0].Priority, [.. trials.Select(trial => new PoolTrial(trial.Key, trial.Order, options.ShardsOf(trial.Spec)))]));
        }
        return Task.CompletedTask;
    }

    public Task PrioritizeAsync(string study, int priority, CancellationToken cancellation)
    {
        lock (_gate) Apply(new StudyPrioritized(study, priority));
        return Task.CompletedTask;
    }

    public Task WithdrawAsync(string study, ImmutableArray<TrialKey> keys, CancellationToken cancellation)
    {
        lock (_gate)
        {
            Apply(new TrialsWithdrawn(study, keys));
            foreach (var key in keys) Forget(key);
        }
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<TrialKey>> WithdrawWaitingAsync(string study, ImmutableArray<TrialKey> keys, CancellationToken cancellation)
    {
        lock (_gate)
        {
            ImmutableArray<TrialKey> waiting = [.. keys.Where(key => _state.IsWaiting(key))];
            Apply(new TrialsWithdrawn(study, waiting));
            foreach (var key in waiting) Forget(key);
            return Task.FromResult(waiting);
        }
    }

    public async Task WithdrawAllAsync(string study, CancellationToken cancellation)
    {
        Task[] stopping;
        lock (_gate)
        {
            _listeners.Remove(study);
            Apply(new StudyWithdrawn(study));
            foreach (var key in _requests.Keys.ToArray()) Forget(key);
            stopping = [.. _running.Values.Where(attempt => attempt.IsRevoked).Select(attempt => attempt.Ended.Task)];
        }
        await Task.WhenAll(stopping).WaitAsync(cancellation);
    }

    /// <summary>The pool wakes no trials any more, and <see cref="Closing"/> is cancelled.</summary>
    protected Task CloseAsync() => _closing.CancelAsync();

    /// <summary>Under the lock; every command is carried out at once and without waiting, so that none overtakes another.</summary>
    void Apply(PoolEvent happened)
    {
        var step = PoolMachine.Apply(_state, happened);
        _state = step.State;
        Telemetry.Queued(_state.WaitingCount);
        foreach (var command in step.Commands)
        {
            switch (command)
            {
                case AssignTrial assign:
                    var assignment = new PoolAssignment(assign.Ticket, assign.Workers, _requests[assign.Key], assign.MayGiveBack);
                    _running.Add(assign.Ticket, new Attempt(assignment, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
                    Begin(assignment);
                    break;
                case RevokeTrial revoke:
                    if (_running.TryGetValue(revoke.Ticket, out var attempt)) Stop(attempt);
                    break;
                case NotifyStudy notify:
                    if (_listeners.TryGetValue(notify.Study, out var listener)) listener.TrialEnded(notify.Key);
                    break;
                case WakeLater wake:
                    _ = WakeAsync(wake.Key);
                    break;
            }
        }
    }

    Attempt[] AttemptsOf(string worker) => [.. _running.Values.Where(attempt => attempt.Assignment.Gang.Contains(worker))];

    void Stop(Attempt attempt)
    {
        attempt.IsRevoked = true;
        Revoke(attempt.Assignment);
    }

    async Task WakeAsync(TrialKey key)
    {
        try
        {
            await Task.Delay(options.WakeAfter, time, Closing);
            lock (_gate) Apply(new TrialWoken(key));
        }
        catch (OperationCanceledException)
        {
            // The pool closes.
        }
    }

    void Forget(TrialKey key)
    {
        if (!_state.Has(key)) _requests.Remove(key);
    }
}
