using AtomSets.Commands;
using AtomSets.Engine;
using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Commands;

public sealed class GroupReportTests
{
    [Fact]
    public void Wins_choices_and_negative_transfer_are_counted_beside_what_was_published()
    {
        GroupOutcome[] outcomes =
        [
            // Transfer is better on validation and on test, and better than both published (54.26 and 51.56).
            Of("exfoliation_energy", "SC", validation: 30, 60, 56), Of("exfoliation_energy", "TL", validation: 28, 50, 52), Of("exfoliation_energy", "median", 0, 55) with { IsChoice = false },
            // Scratch is better on validation, transfer on test: scratch counts, and misses the published 11.28.
            Of("bulkmoduluskv", "SC", validation: 11, 12.4), Of("bulkmoduluskv", "TL", validation: 11.5, 11.0), Of("bulkmoduluskv", "any", validation: 10, 10.5),
        ];
        var report = new GroupReport(DataSetRegistry.Shared, "SC", "TL");
        var rows = report.Table(outcomes, isForPeople: false).ToCsv().Split('\n');
        Assert.Equal("target,rows,unit,median,published SC,published TL,SC,SC se,SC validation,SC winner,TL,TL se,TL validation,TL winner,any,any se,any validation,any winner,gain %,winner,chosen,best or better", rows[0]);
        Assert.StartsWith("exfoliation_energy,451,u,55,54.26,51.56,58,2,30,way,51,1,28,way,,,,,12.06", rows[1], StringComparison.Ordinal);
        Assert.EndsWith(",TL,TL,yes", rows[1], StringComparison.Ordinal);
        Assert.EndsWith(",TL,SC,no", rows[2], StringComparison.Ordinal);
        Assert.Equal(
        [
            "TL has the lower test error on 2 of 2 targets.",
            "Negative transfer: on 1 of them SC is better on validation, and is what counts: bulkmoduluskv.",
            "What validation chooses is at or below the best published error on 1 of 2 targets.",
        ], report.Notes);

        var overall = new GroupReport(DataSetRegistry.Shared, "SC", "TL", "any");
        Assert.EndsWith(",TL,any,yes", overall.Table(outcomes, isForPeople: false).ToCsv().Split('\n')[2], StringComparison.Ordinal);
    }

    static GroupOutcome Of(string set, string group, double validation, params double[] tests) =>
        new(set, group, set, "target", "451", "u", "way", "way", validation, [.. tests]) { IsChoice = true };
}
