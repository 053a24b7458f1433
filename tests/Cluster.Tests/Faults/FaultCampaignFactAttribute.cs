using AtomSets.Acceptance.Tests;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>A test of many minutes, for those who ask for it: runs where <c>ATOMSETS_CLUSTER_FAULTS</c> says how many faults.</summary>
public sealed class FaultCampaignFactAttribute : FactAttribute
{
    public FaultCampaignFactAttribute() => Skip = Faults > 0 ? PostgresPresence.SkipReason : "takes many minutes: tests/Cluster.Tests/faults runs it";

    internal static int Faults { get; } = CampaignTheoryAttribute.Number("ATOMSETS_CLUSTER_FAULTS") ?? 0;

    /// <summary>All numbers of epochs times this: work that outlasts most of the faults.</summary>
    internal static int Lengthening => Math.Max(10, Faults);
}
