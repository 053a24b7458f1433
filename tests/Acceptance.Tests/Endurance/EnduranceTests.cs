using System.Globalization;
using AtomSets.Storage.Tests;
using Xunit;
using Xunit.Abstractions;

namespace AtomSets.Acceptance.Tests;

/// <summary>Many short trials under kills: a short form, and the campaign of <c>tests/Acceptance.Tests/endurance</c>, whose minutes are in <c>ATOMSETS_ENDURANCE_MINUTES</c>.</summary>
public sealed class EnduranceTests(ITestOutputHelper output)
{
    static readonly int Minutes = CampaignTheoryAttribute.Number("ATOMSETS_ENDURANCE_MINUTES") ?? 0;

    [PostgresFact]
    public Task Two_hundred_trials_survive_a_few_kills() =>
        RunAsync(new EnduranceOptions(8, TimeSpan.Zero, LeastKills: 2, (TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(3)), (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)), Seed: 1));

    [EnduranceFact]
    public Task Thousands_of_trials_survive_hundreds_of_kills() =>
        RunAsync(new EnduranceOptions(209, TimeSpan.FromMinutes(Minutes), LeastKills: 1, (TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(60)), (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60)),
            CampaignTheoryAttribute.Number("ATOMSETS_CRASH_SEED") ?? 1));

    Task RunAsync(EnduranceOptions options) => CampaignReport.OfAsync(output,
        string.Create(CultureInfo.InvariantCulture, $"endurance, {options.Time.TotalMinutes:0} minutes, seed {options.Seed}"), () => new EnduranceCampaign(options).RunAsync());

    /// <summary>Skipped unless it is said how long.</summary>
    sealed class EnduranceFactAttribute : FactAttribute
    {
        public EnduranceFactAttribute() => Skip = Minutes > 0 ? PostgresPresence.SkipReason : "takes minutes or hours: tests/Acceptance.Tests/endurance runs it";
    }
}
