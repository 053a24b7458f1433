using AtomSets.Commands;
using AtomSets.Storage;
using AtomSets.Studies;
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
        Assert.Contains("log10(error) = 1.602 - (0.500000 ± 0.000000) log10(target rows) - (0.200000 ± 0.000000) log10(source rows), R² 1.00, 12 points, intervals 0.500 … 0.500 and 0.200 … 0.200", exact);
    }

    [Fact]
    public void A_ladder_of_source_sizes_has_a_table_and_a_law_of_its_own_for_each_model()
    {
        var rows = new List<ResultRow>();
        foreach (var (model, exponent) in new[] { ("cgat", 0.2), ("megnet", 0.4) })
        {
            foreach (var size in new long[] { 100, 400 })
            {
                foreach (var source in new long[] { 1000, 2000, 4000 })
                    rows.Add(Row("full", size, source, 1, 40 * Math.Pow(size, -0.5) * Math.Pow(source, -exponent)) with { Model = model, Source = $"cheap-{model}" });
            }
        }
        var text = Printed(rows);
        Assert.Contains("dear against the rows of its source", text);
        // 40·100^-½·1000^-0.2 = 1.005, and half of it at 400.
        Assert.Contains(["1000", "1.005", "0.5024", "0.2524", "0.1262"], text.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        foreach (var (model, exponent) in new[] { ("cgat", "0.200000"), ("megnet", "0.400000") })
        {
            Assert.Equal(["0.602", exponent], Words(text, $"full {model} at 100")[4..6]);
            Assert.Contains($"full {model}: log10(error) = 1.602 - (0.500000 ± 0.000000) log10(target rows) - ({exponent} ± 0.000000) log10(source rows), R² 1.00, 6 points", text);
        }
        // Laws through two sizes of the target would only hide these.
        Assert.DoesNotContain("log10(training size)", text);
    }

    [Fact]
    public void Equal_replicates_are_one_result_and_no_spread_and_a_unit_may_be_missing()
    {
        var text = Printed([.. new long[] { 1, 2, 3 }.SelectMany(seed => new[] { Row("line", 50, null, seed, 0.1) with { Unit = null }, Row("trees", 50, null, seed, 0.2 + (0.01 * seed)) with { Unit = null } })]);
        Assert.Contains("test MAE, mean ± standard error", text);
        Assert.Contains("0.2200 ± 0.0058", text);
        Assert.DoesNotContain("0.0000", text);
        Assert.Contains("line: a mean without ± is of replicates that are one and the same result", text);
        Assert.DoesNotContain("trees: a mean", text);
    }

    [Fact]
    public void A_mean_over_some_folds_says_so_beside_means_over_all()
    {
        ResultRow Fold(string mode, string fold, double error) => Row(mode, 50, null, 1, error) with { Fold = fold };
        List<ResultRow> all = [Fold("scratch", "0", 3), Fold("scratch", "1", 5), Fold("full", "0", 1), Fold("full", "1", 3)];
        Assert.DoesNotContain("folds", Printed(all));
        var text = Printed([.. all, Fold("mean", "1", 2)]);
        var row = text.Split('\n').Single(line => line.Contains("of 2 folds", StringComparison.Ordinal)).TrimEnd();
        Assert.Contains("2.000 (1 of 2 folds)", row);
        // The ratio of the one to scratch would compare different rows.
        Assert.EndsWith("0.50", row);
        Assert.Contains("tested in some folds only", text);
    }

    [Fact]
    public void Runs_are_counted_by_how_they_ended()
    {
        var key = 0;
        ResultRow Ended(string stop) => Row("scratch", 50, null, ++key, 1) with { Stop = stop, Key = new TrialKey(key.ToString("x64")) };
        Assert.Contains("4 runs: 1 stopped on their validation plateau, 1 hit the epoch cap, 2 paused at a rung of their search.",
            Printed([Ended("plateau"), Ended("cap"), Ended("paused"), Ended("paused")]));
    }

    [Fact]
    public void Of_a_search_it_says_what_was_kept_and_how_far_the_draws_came()
    {
        var rows = new List<ResultRow>();
        foreach (var size in new long[] { 50, 100 })
        {
            for (var draw = 0; draw < 3; draw++)
            {
                foreach (var seed in new long[] { 1, 2 }) rows.Add(Searched(size, draw, seed, rung: 3, test: null));
            }
            foreach (var seed in new long[] { 1, 2 }) rows.Add(Searched(size, 1, seed, rung: null, test: 2) with { Stop = seed == 1 ? "plateau" : "cap" });
        }
        var text = Printed(rows);
        Assert.Contains("What the searches kept", text);
        foreach (var size in new[] { 50, 100 })
            Assert.Equal(["scratch", $"{size}", "0.0002", "1", "plateau,", "1", "cap", "3", "to", "3,", "1", "to", "the", "end"],
                text.Split('\n').Single(line => line.StartsWith("scratch", StringComparison.Ordinal) && line.Contains($" {size} ", StringComparison.Ordinal) && line.Contains("end", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries));

        static ResultRow Searched(long size, int draw, long seed, int? rung, double? test) => ReportRows.Transfer("scratch", size, null, seed, 1) with
        {
            Node = $"transfer/scratch/{size}/search/{draw}/{seed}@{rung}",
            Group = $"transfer/scratch/{size}/search/{draw}",
            TestError = test,
            Rung = rung,
            Stop = rung is null ? "plateau" : "paused",
            Drawn = new Dictionary<string, string> { ["learning_rate"] = $"{(draw + 1) * 1e-4}" },
        };
    }

    [Fact]
    public void Curves_stand_in_the_order_of_the_plan_whichever_draw_of_a_search_was_kept()
    {
        ResultRow Draw(string mode, int draw, double? test) => Row(mode, 50, null, 1, 1) with { Node = $"{mode}/{draw}", Group = $"{mode}/{draw}", TestError = test, Stop = test is null ? "paused" : "cap" };
        // The first draws are the plan's; later ones come as results do.
        string[] first = [.. Printed([Draw("scratch", 0, 1), Draw("full", 0, null), Draw("sets", 0, 2), Draw("full", 1, 3)]).Split('\n')];
        Assert.Contains(["training", "size", "scratch", "full", "sets"], first.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(5)));
    }

    [Fact]
    public void The_rows_that_a_wanted_error_needs_are_said_for_each_curve()
    {
        var rows = new long[] { 50, 100, 200 }.SelectMany(size => new[] { Row("scratch", size, null, 1, 20 / Math.Sqrt(size)), Row("full", size, 1000, 1, 10 / Math.Sqrt(size)) }).ToList();
        var text = ReportRows.Printed(console => new TransferReport(console, wantedError: 0.5).Print("dear", rows));
        Assert.Equal(["800", "1,600", "1,600", "…", "1,600"], Words(text, "scratch")[^5..]);
        Assert.Equal(["800", "400", "400", "…", "400"], Words(text, "full  ")[^5..]);
        Assert.Contains("by the fits scratch needs 4 times as much data for its error at 200 (95 %: 4 … 4).", text);
    }

    static string[] Words(string text, string start) =>
        text.Split('\n').Last(line => line.StartsWith(start, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    static string Printed(IReadOnlyList<ResultRow> rows) => ReportRows.Printed(console => new TransferReport(console).Print("dear", rows));

    static ResultRow Row(string mode, long size, long? source, long seed, double error) => ReportRows.Transfer(mode, size, source, seed, error);
}
