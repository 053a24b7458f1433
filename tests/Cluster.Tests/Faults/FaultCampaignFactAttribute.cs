using AtomSets.Acceptance.Tests;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>A test of many minutes, for those who ask for it: runs where <c>ATOMSETS_CLUSTER_FAULTS</c> says how many runs.</summary>
public sealed class FaultCampaignFactAttribute : FactAttribute
{
    public FaultCampaignFactAttribute() => Skip = Runs > 0 ? PostgresPresence.SkipReason : "takes many minutes: tests/Cluster.Tests/faults runs it";

    internal static int Runs { get; } = CampaignTheoryAttribute.Number("ATOMSETS_CLUSTER_FAULTS") ?? 0;
}
