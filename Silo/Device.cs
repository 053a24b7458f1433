using AtomSets.Engine;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;

namespace AtomSets.Silo;

/// <summary>One device: its runner, and the order that it carries out, alone or with other devices. Safe for concurrent use.</summary>
sealed class Device(string worker, TrialRunner runner) : IDisposable
{
    readonly Lock _gate = new();
    RunningAttempt? _attempt;
    (Guid Pool, long Ticket)? _current, _last;

    public string Worker => worker;

    public TrialRunner Runner => runner;

    /// <summary>Its grain has been in this silo: see <see cref="IGpuWorkerGrain.AttachAsync"/>.</summary>
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

    public bool IsBusy
    {
        get
        {
            lock (_gate) return _current is not null;
        }
    }

    /// <summary>Whether it carries out this order, or did so last.</summary>
    public bool Knows((Guid Pool, long Ticket) ticket)
    {
        lock (_gate) return _current == ticket || _last == ticket;
    }

    /// <summary>Carries out an order from now on.</summary>
    public void Take((Guid Pool, long Ticket) ticket, RunningAttempt attempt)
    {
        lock (_gate) (_current, _attempt) = (ticket, attempt);
    }

    /// <summary>The order has ended.</summary>
    public void Free()
    {
        lock (_gate) (_current, _last, _attempt) = (null, _current, null);
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
