using System.Globalization;
using AtomSets.Acceptance.Tests;
using AtomSets.Storage.Tests;
using Xunit;
using Xunit.Abstractions;

namespace AtomSets.Cluster.Tests;

/// <summary>A study on two hosts whose link is cut and healed ends with the numbers of an undisturbed run on one machine: <c>tests/Cluster.Tests/cuts</c>.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class CutTests(ITestOutputHelper output)
{
    [CutFact]
    public Task Cut_and_healed_a_study_ends_as_if_undisturbed()
    {
        var seed = CampaignTheoryAttribute.Number("ATOMSETS_CRASH_SEED") ?? 1;
        var campaign = new CutCampaign(CampaignStudy.Of("crash-forty", 75, 4), new Random(seed), CutFactAttribute.Runs, cuts: 4);
        return CampaignReport.OfAsync(output, string.Create(CultureInfo.InvariantCulture, $"cuts, seed {seed}"), campaign.RunAsync);
    }
}

/// <summary>A test in network namespaces, for those who ask for it as root: runs where <c>ATOMSETS_CLUSTER_CUTS</c> says how many runs.</summary>
public sealed class CutFactAttribute : FactAttribute
{
    public CutFactAttribute() => Skip = Runs > 0 ? PostgresPresence.SkipReason : "makes network namespaces as root, for minutes: tests/Cluster.Tests/cuts runs it";

    internal static int Runs { get; } = CampaignTheoryAttribute.Number("ATOMSETS_CLUSTER_CUTS") ?? 0;
}
