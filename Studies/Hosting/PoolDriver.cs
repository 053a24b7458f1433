using System.Collections.Immutable;

namespace AtomSets.Studies;

public sealed record PoolDriverOptions
{
    public TrialAttemptOptions Attempts { get; init; } = new();

    /// <summary>How soon a trial that another process runs is asked for again. Default: 1 second.</summary>
    public TimeSpan WakeAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Over how many workers of this process one trial may be spread. Default: 1.</summary>
    public int MaxGang { get; init; } = 1;

    /// <summary>Over how many workers a trial can be spread: its logical shards. Default: 1 for every trial.</summary>
    public Func<TrialSpec, int> ShardsOf { get; init; } = _ => 1;

    /// <summary>Name of this process in leases, unique among live processes.</summary>
    public required string Owner { get; init; }
}

/// <summary>Hosts the pool machine for workers of this process: starts attempts, revokes them, tells studies. Safe for concurrent use.</summary>
public sealed class PoolDriver(ITrialLedger ledger, TimeProvider time, PoolDriverOptions options) : ITrialPool, IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly Dictionary<string, ITrialRunner> _runners = new(StringComparer.Ordinal);
    readonly Dictionary<string, ITrialListener> _listeners = new(StringComparer.Ordinal);
    readonly Dictionary<TrialKey, RequestTrial> _requests = [];
    readonly Dictionary<long, RunningAttempt> _running = []; // by ticket
    readonly CancellationTokenSource _closing = new();
    PoolState _state = PoolState.Empty(options.MaxGang);

    /// <param name="Gang">The first runs the trial, the others help.</param>
    sealed record RunningAttempt(TrialKey Key, ImmutableArray<string> Gang, CancellationTokenSource Stop, TaskCompletionSource Ended);

    /// <summary>The pool as of now.</summary>
    public PoolState State
    {
        get
        {
            lock (_gate) return _state;
        }
    }

    /// <summary>Adds a worker, which begins at once.</summary>
    public void Join(string worker, ITrialRunner runner)
    {
        lock (_gate)
        {
            if (!_runners.TryAdd(worker, runner)) throw new InvalidOperationException($"Worker '{worker}' has joined already.");
            Apply(new WorkerJoined(worker));
        }
    }

    /// <summary>Takes a worker out; what it runs goes to others, from its last checkpoint. Returns when it has stopped.</summary>
    public Task LeaveAsync(string worker)
    {
        lock (_gate)
        {
            if (!_runners.Remove(worker)) return Task.CompletedTask;
            var own = _running.Values.Where(attempt => attempt.Gang.Contains(worker)).ToArray();
            foreach (var attempt in own) Stop(attempt);
            Apply(new WorkerLeft(worker));
            return Task.WhenAll(own.Select(attempt => attempt.Ended.Task));
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

    public async Task WithdrawAllAsync(string study, CancellationToken cancellation)
    {
        Task[] stopping;
        lock (_gate)
        {
            _listeners.Remove(study);
            Apply(new StudyWithdrawn(study));
            foreach (var key in _requests.Keys.ToArray()) Forget(key);
            stopping = [.. _running.Values.Where(attempt => attempt.Stop.IsCancellationRequested).Select(attempt => attempt.Ended.Task)];
        }
        await Task.WhenAll(stopping).WaitAsync(cancellation);
    }

    /// <summary>Stops all workers; running trials keep their checkpoints and give their leases back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        string[] workers;
        lock (_gate) workers = [.. _runners.Keys];
        await Task.WhenAll(workers.Select(LeaveAsync));
    }

    /// <summary>Under the lock; every command is carried out at once and without waiting, so that none overtakes another.</summary>
    void Apply(PoolEvent happened)
    {
        var step = PoolMachine.Apply(_state, happened);
        _state = step.State;
        foreach (var command in step.Commands)
        {
            switch (command)
            {
                case AssignTrial assign:
                    Begin(assign);
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

    void Begin(AssignTrial assign)
    {
        var attempt = new RunningAttempt(
            assign.Key, assign.Workers, CancellationTokenSource.CreateLinkedTokenSource(_closing.Token), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _running.Add(assign.Ticket, attempt);
        var request = _requests[assign.Key];
        ImmutableArray<ITrialRunner> runners = [.. assign.Workers.Select(worker => _runners[worker])];
        _ = Task.Run(() => RunAsync(assign.Ticket, attempt, request, runners));
    }

    async Task RunAsync(long ticket, RunningAttempt attempt, RequestTrial request, ImmutableArray<ITrialRunner> runners)
    {
        var end = AttemptEnd.Given;
        try
        {
            var session = new TrialAttempt(ledger, runners[0], $"{options.Owner}/{attempt.Gang[0]}", time, options.Attempts) { Helpers = runners[1..] };
            end = (await session.RunAsync(request.Spec, request.Node, attempt.Stop.Token)).End;
        }
        catch (Exception e) when (e is OperationCanceledException or StoreUnavailableException)
        {
            // Nothing is decided: the trial is run again from its checkpoint, here or elsewhere.
        }
        finally
        {
            lock (_gate)
            {
                _running.Remove(ticket);
                // The first says how it ended; after that the others have nothing to say but that they are free.
                foreach (var worker in attempt.Gang) Apply(new WorkerReported(worker, attempt.Key, ticket, end));
                Forget(attempt.Key);
            }
            attempt.Ended.SetResult();
            attempt.Stop.Dispose();
        }
    }

    async Task WakeAsync(TrialKey key)
    {
        try
        {
            await Task.Delay(options.WakeAfter, time, _closing.Token);
            lock (_gate) Apply(new TrialWoken(key));
        }
        catch (OperationCanceledException)
        {
            // The pool closes.
        }
    }

    static void Stop(RunningAttempt attempt) => _ = attempt.Stop.CancelAsync();

    void Forget(TrialKey key)
    {
        if (!_state.Has(key)) _requests.Remove(key);
    }
}
