using AtomSets.Commands;
using AtomSets.Storage;
using AtomSets.Studies;
using Spectre.Console;
using Xunit;

namespace AtomSets.Core.Tests.Commands;

public sealed class TransferReportTests
{
    [Fact]
    public void Pairs_equivalent_data_and_the_law_in_both_sizes_are_printed()
    {
        var rows = new List<ResultRow>();
        foreach (var size in new long[] { 50, 100, 200 })
        {
            foreach (var seed in new long[] { 1, 2 })
            {
                rows.Add(Row("scratch", size, null, seed, 20 * Math.Pow(size, -0.5)));
                foreach (var source in new long[] { 1000, 4000 })
                {
                    // Of seed 2 at size 50 the small source loses.
                    var error = seed == 2 && size == 50 && source == 1000 ? 4 : 40 * Math.Pow(size, -0.5) * Math.Pow(source, -0.2);
                    rows.Add(Row("full", size, source, seed, error));
                }
            }
        }
        var text = Printed(rows);
        Assert.Contains("full (4000) against scratch: the lower error in 6 of 6 pairs of the same size and replicate", text);
        Assert.Contains("full (1000) against scratch: the lower error in 5 of 6 pairs", text);
        // Half the error at slope ½ would be four times; (40/20·4000^-0.2)^-2 = 6.9.
        Assert.Contains("by the fits scratch needs 6.9 times as much data for its error at 200", text);
        Assert.Contains("full: log10(error) = ", text);

        var exact = Printed([.. rows.Select(row => row.Mode == "full" ? row with { TestError = 40 * Math.Pow(row.Size!.Value, -0.5) * Math.Pow(row.SourceSize!.Value, -0.2) } : row)]);
        Assert.Contains("log10(error) = 1.602 - (0.500000 ± 0.000000) log10(target rows) - (0.200000 ± 0.000000) log10(source rows), R² 1.00, 12 points", exact);
    }

    [Fact]
    public void Runs_are_counted_by_how_they_ended()
    {
        var key = 0;
        ResultRow Ended(string stop) => Row("scratch", 50, null, ++key, 1) with { Stop = stop, Key = new TrialKey(key.ToString("x64")) };
        Assert.Contains("4 runs: 1 stopped on their validation plateau, 1 hit the epoch cap, 2 paused at a rung of their search.",
            Printed([Ended("plateau"), Ended("cap"), Ended("paused"), Ended("paused")]));
    }

    static string Printed(IReadOnlyList<ResultRow> rows)
    {
        var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = 400;
        new TransferReport(console).Print("dear", rows);
        return writer.ToString();
    }

    static ResultRow Row(string mode, long size, long? source, long seed, double error) => new(
        "s", $"transfer/{mode}/{source}/{size}/{seed}", "g", 0, NodeStatus.Finished, "transfer", "net", mode, source is null ? null : "cheap", source, "dear", "ionic", "energy", size, seed,
        error, error, "mae", "eV", 10, 5, "plateau", 1, 100, null, null, null, null);
}
