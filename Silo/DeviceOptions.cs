using AtomSets.Engine;
using AtomSets.Studies;

namespace AtomSets.Silo;

/// <summary>The devices of a silo.</summary>
public sealed record DeviceOptions
{
    /// <summary>Of the silo.</summary>
    public required string Silo { get; init; }

    /// <summary>Trials at once, one core each.</summary>
    public required int Workers { get; init; }

    /// <summary>Name of the process in leases; unique among live silos.</summary>
    public required string Owner { get; init; }

    /// <summary>
    /// Leases of 8 seconds, renewed every 2: work of a silo that died is taken up by others after the lease has run out, or at
    /// once by those that share its machine.
    /// </summary>
    public TrialAttemptOptions Attempts { get; init; } = new() { Lease = TimeSpan.FromSeconds(8), IsGone = ProcessOwner.IsDead };
}
