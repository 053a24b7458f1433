using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>How the engine of one machine runs.</summary>
public sealed record LocalEngineOptions
{
    /// <summary>Workers: trials at once. Default: one per core.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>How often <see cref="LocalEngine.WatchAsync"/> reports. Default: 250 ms.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>A study that another process runs is taken over when its log has not moved for so long. Default: 2 minutes.</summary>
    public TimeSpan TakeOverAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>So soon when no other process computes anything, or only processes of this machine that are gone. Default: 5 seconds.</summary>
    public TimeSpan TakeOverDeadAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Leases and patience of attempts.</summary>
    public TrialAttemptOptions Attempts { get; init; } = new();

    public StudyDriverOptions Driver { get; init; } = new();

    /// <summary>Name in leases. Default: machine, process and start time, so that the leases of a dead process are known as such.</summary>
    public string Owner { get; init; } = ProcessOwner.Current;
}
