using AtomSets.Studies;

namespace AtomSets.Grains;

/// <summary>Times of a cluster.</summary>
public sealed record ClusterTimes
{
    public StudyDriverOptions Driver { get; init; } = new();

    public PoolHostOptions Pool { get; init; } = new() { WakeAfter = TimeSpan.FromSeconds(0.5) };

    /// <summary>How often silos give a sign of life and studies ask which pool there is. Default: 1 second.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Workers of a silo that is silent so long are lost; what they ran goes to others. Default: 6 seconds, longer than a busy silo's stalls.</summary>
    public TimeSpan SilentAfter { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a host that saw another host's events leaves the study alone. Default: 10 seconds.</summary>
    public TimeSpan StepDownFor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long calls to a grain are repeated before the caller gives up. Default: 10 minutes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);
}
