using System.Globalization;
using AtomSets.Acceptance.Tests;
using AtomSets.Storage.Tests;
using Xunit;
using Xunit.Abstractions;

namespace AtomSets.Cluster.Tests;

/// <summary>
/// A study on silos that are killed or stand still ends with the numbers of an undisturbed run on one machine. Here a few faults;
/// <c>tests/Cluster.Tests/faults</c> runs the long campaign (<c>ATOMSETS_CLUSTER_FAULTS</c> runs, <c>ATOMSETS_CRASH_SEED</c>).
/// </summary>
[Collection(SiloProcessCollection.Name)]
public sealed class FaultCampaignTests(ITestOutputHelper output)
{
    /// <summary>Workers of the run on one machine; as many as the silos have.</summary>
    const int Workers = 3;

    /// <summary>All numbers of epochs times this: trials of a second or more, which together outlast the faults of a run.</summary>
    const int Long = 40;

    [PostgresFact]
    public Task Struck_a_few_times_a_study_ends_as_if_undisturbed() =>
        RunAsync(CampaignStudy.Of("crash-transfer", 25, Workers), [FaultKind.Trial, FaultKind.Study, FaultKind.Pool, FaultKind.DatabaseAndTrial], 1, 4, TimeSpan.FromSeconds(0.5));

    [FaultCampaignFact]
    public Task Struck_at_many_moments_a_study_ends_as_if_undisturbed() =>
        RunAsync(CampaignStudy.Of("crash-forty", Long, Workers), [.. Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.CutOff)], FaultCampaignFactAttribute.Runs, 4, TimeSpan.FromSeconds(4));

    Task RunAsync(CampaignStudy study, IReadOnlyList<FaultKind> kinds, int runs, int faults, TimeSpan longest)
    {
        var seed = CampaignTheoryAttribute.Number("ATOMSETS_CRASH_SEED") ?? 1;
        var draw = new FaultDraw(new Random(seed), kinds, longest);
        return CampaignReport.OfAsync(
            output, string.Create(CultureInfo.InvariantCulture, $"cluster, seed {seed}"), () => new FaultCampaign(study, draw, runs, faults, text => CampaignReport.Write(output, $"so far {text}")).RunAsync());
    }
}
