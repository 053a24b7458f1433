using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>What a worker is doing, written by its thread and read by whoever watches.</summary>
public sealed class WorkerState(string name, TimeProvider time)
{
    [ThreadStatic]
    static WorkerState? s_ofThisThread;

    readonly Lock _gate = new();
    WorkerProgress _now = Idle(name);
    long _started, _began;
    int _firstEpoch;

    /// <summary>The worker whose trial this thread computes; null on other threads.</summary>
    internal static WorkerState? OfThisThread => s_ofThisThread;

    /// <summary>A snapshot.</summary>
    public WorkerProgress Now
    {
        get
        {
            lock (_gate) return _now.Key is null ? _now : _now with { Age = time.GetElapsedTime(_started) };
        }
    }

    internal void Begin(TrialJob job, string activity)
    {
        s_ofThisThread = this;
        lock (_gate)
        {
            _started = time.GetTimestamp();
            _now = Idle(name) with { Activity = activity, Key = job.Spec.Key, Node = job.Node };
        }
    }

    /// <summary>Another worker's trial computes on this one's core, on a thread of its own.</summary>
    internal void Help(TrialKey key, string node, string leader)
    {
        lock (_gate)
        {
            _started = time.GetTimestamp();
            _now = Idle(name) with { Activity = $"helps {leader}", Key = key, Node = node };
        }
    }

    /// <summary>This thread computes shards of a trial that a worker of another process leads.</summary>
    internal void Assist(TrialKey key, string node, string leader)
    {
        s_ofThisThread = this;
        Help(key, node, leader);
    }

    internal void HasHelped()
    {
        lock (_gate) _now = Idle(name);
    }

    internal void Activity(string activity)
    {
        lock (_gate) _now = _now with { Activity = activity };
    }

    internal void TrainingBegan(int epoch, int maxEpochs, string unit)
    {
        lock (_gate)
        {
            (_began, _firstEpoch) = (time.GetTimestamp(), epoch);
            _now = _now with { Activity = "training", Epoch = epoch, MaxEpochs = maxEpochs, Unit = unit };
        }
    }

    internal void EpochEnded(int epoch, double error, double speed)
    {
        lock (_gate)
        {
            var perEpoch = time.GetElapsedTime(_began) / Math.Max(1, epoch - _firstEpoch);
            _now = _now with
            {
                Epoch = epoch,
                Error = double.IsFinite(error) ? error : null,
                SamplesPerSecond = speed,
                // To the cap: a plateau usually comes earlier.
                Remaining = perEpoch * (_now.MaxEpochs - epoch),
            };
        }
    }

    /// <summary>A fit has come so far.</summary>
    internal void Fitted(double share)
    {
        lock (_gate) _now = _now with { Remaining = share > 0 ? time.GetElapsedTime(_began) * ((1 - share) / share) : null };
    }

    internal void Progressed(double speed)
    {
        lock (_gate) _now = _now with { SamplesPerSecond = speed };
    }

    internal void End()
    {
        s_ofThisThread = null;
        lock (_gate) _now = Idle(name);
    }

    static WorkerProgress Idle(string name) => new(name, "idle", null, null, 0, 0, null, null, null, null);
}
