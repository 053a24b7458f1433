using System.Collections.Immutable;

namespace AtomSets.Studies;

public sealed record PoolDriverOptions : PoolHostOptions
{
    public TrialAttemptOptions Attempts { get; init; } = new();

    /// <summary>Name of this process in leases, unique among live processes.</summary>
    public required string Owner { get; init; }
}

/// <summary>The pool of workers of this process: starts their attempts and revokes them.</summary>
public sealed class PoolDriver(ITrialLedger ledger, TimeProvider time, PoolDriverOptions options) : PoolHost(time, options), IAsyncDisposable
{
    readonly TimeProvider _time = time;
    readonly Lock _gate = new();
    readonly Dictionary<string, ITrialRunner> _runners = new(StringComparer.Ordinal);
    readonly Dictionary<long, RunningAttempt> _attempts = []; // by ticket

    /// <summary>Adds a worker, which begins at once.</summary>
    public void Join(string worker, ITrialRunner runner)
    {
        lock (_gate)
        {
            if (!_runners.TryAdd(worker, runner)) throw new InvalidOperationException($"Worker '{worker}' has joined already.");
        }
        Joined(worker, options.Owner);
    }

    /// <summary>Takes a worker out; what it runs goes to others, from its last checkpoint. Returns when it has stopped.</summary>
    public Task LeaveAsync(string worker)
    {
        var stopped = LeavingAsync(worker);
        // Only now: until then it might have been sent to a trial.
        lock (_gate) _runners.Remove(worker);
        return stopped;
    }

    /// <summary>Stops all workers; running trials keep their checkpoints and give their leases back.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        string[] workers;
        lock (_gate) workers = [.. _runners.Keys];
        await Task.WhenAll(workers.Select(LeaveAsync));
    }

    protected override void Begin(PoolAssignment assignment)
    {
        lock (_gate)
        {
            ImmutableArray<ITrialRunner> runners = [.. assignment.Gang.Select(worker => _runners[worker])];
            var attempt = new TrialAttempt(ledger, runners[0], $"{options.Owner}/{assignment.Gang[0]}", _time, options.Attempts) { Helpers = runners[1..], MayGiveBack = assignment.MayGiveBack };
            _attempts.Add(assignment.Ticket, RunningAttempt.Begin(attempt, assignment.Request, end => Finish(assignment.Ticket, end), Closing));
        }
    }

    protected override void Revoke(PoolAssignment assignment)
    {
        lock (_gate) _attempts.GetValueOrDefault(assignment.Ticket)?.Stop();
    }

    void Finish(long ticket, AttemptEnd end)
    {
        lock (_gate) _attempts.Remove(ticket);
        Ended(ticket, end);
    }
}
