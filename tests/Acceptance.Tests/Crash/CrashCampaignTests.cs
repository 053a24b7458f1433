using System.Globalization;
using AtomSets.Storage.Tests;
using Xunit;
using Xunit.Abstractions;

namespace AtomSets.Acceptance.Tests;

/// <summary>
/// Studies that are killed at random moments end with the numbers of undisturbed ones. Here a few kills; <c>tests/Acceptance.Tests/crash</c> runs the
/// long campaign (<c>ATOMSETS_CRASH_KILLS</c> kills of each kind, <c>ATOMSETS_CRASH_SEED</c>).
/// </summary>
public sealed class CrashCampaignTests(ITestOutputHelper output)
{
    const int Workers = 3, ShortKills = 3;

    public static TheoryData<string, Disturbance> All
    {
        get
        {
            var all = new TheoryData<string, Disturbance>();
            foreach (var study in new[] { "crash-transfer", "crash-search", "crash-shards" })
                foreach (var disturbance in Enum.GetValues<Disturbance>()) all.Add(study, disturbance);
            return all;
        }
    }

    [PostgresTheory]
    [InlineData("crash-transfer", Disturbance.Both)]
    [InlineData("crash-search", Disturbance.Program)]
    [InlineData("crash-shards", Disturbance.Database)]
    public Task Killed_a_few_times_a_study_ends_as_if_undisturbed(string study, Disturbance disturbance) =>
        RunAsync(CampaignStudy.Of(study, 1, Workers), study, disturbance, ShortKills, TimeSpan.FromSeconds(0.5));

    [CampaignTheory]
    [MemberData(nameof(All))]
    public Task Killed_at_many_moments_a_study_ends_as_if_undisturbed(string study, Disturbance disturbance) =>
        // Work that outlasts most of the kills.
        RunAsync(CampaignStudy.Of(study, Math.Max(1, CampaignTheoryAttribute.Kills / 5), Workers), study, disturbance, CampaignTheoryAttribute.Kills, TimeSpan.FromSeconds(2));

    Task RunAsync(CampaignStudy study, string name, Disturbance disturbance, int kills, TimeSpan longest)
    {
        var seed = CampaignTheoryAttribute.Number("ATOMSETS_CRASH_SEED") ?? 1;
        var draw = new MomentDraw(new Random(HashCode(name, (int)disturbance, seed)), disturbance, longest);
        return CampaignReport.OfAsync(output, string.Create(CultureInfo.InvariantCulture, $"{name}, {disturbance}, seed {seed}"), () => new CrashCampaign(study, draw, kills).RunAsync());
    }

    /// <summary>The same in every process.</summary>
    static int HashCode(string file, int disturbance, int seed) => file.Aggregate((seed * 31) + disturbance, (sum, letter) => unchecked((sum * 31) + letter));
}
