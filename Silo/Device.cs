using AtomSets.Engine;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;

namespace AtomSets.Silo;

/// <summary>One device: its runner, and the order that it carries out. Safe for concurrent use.</summary>
sealed class Device(string worker, TrialRunner runner) : IDisposable
{
    readonly Lock _gate = new();
    RunningAttempt? _attempt;
    (Guid Pool, long Ticket)? _current, _last;

    public string Worker => worker;

    public TrialRunner Runner => runner;

    /// <summary>The pool has sent this device to its grain's address: see <see cref="IGpuWorkerGrain.AttachAsync"/>.</summary>
    public bool IsAttached { get; set; }

    /// <summary>Completes when nothing runs.</summary>
    public Task Ended
    {
        get
        {
            lock (_gate) return _attempt?.Ended ?? Task.CompletedTask;
        }
    }

    public WorkerWire Now
    {
        get
        {
            lock (_gate) return WorkerWire.From(worker, _current is null, runner.State.Now);
        }
    }

    /// <returns>False when it carries out another order.</returns>
    public bool Begin(OrderWire order, Func<Action<AttemptEnd>, RunningAttempt> begin, Action<AttemptEnd> ended)
    {
        var ticket = (order.Pool, order.Ticket);
        lock (_gate)
        {
            if (_current == ticket || _last == ticket) return true;
            if (_current is not null) return false;
            _current = ticket;
            _attempt = begin(end =>
            {
                lock (_gate) (_current, _last, _attempt) = (null, ticket, null);
                ended(end);
            });
            return true;
        }
    }

    /// <param name="ticket">Null: whatever runs.</param>
    public void Stop((Guid Pool, long Ticket)? ticket = null)
    {
        lock (_gate)
        {
            if (ticket is null || _current == ticket) _attempt?.Stop();
        }
    }

    public void Dispose() => runner.Dispose();
}
