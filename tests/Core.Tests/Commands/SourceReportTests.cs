using AtomSets.Commands;
using AtomSets.Storage;
using Xunit;

namespace AtomSets.Core.Tests.Commands;

public sealed class SourceReportTests
{
    /// <summary>Three draws for each size, pruned after 3 epochs; test error 8·N^-½ of the one that was kept.</summary>
    static List<ResultRow> Ladder()
    {
        var rows = new List<ResultRow>();
        foreach (var size in new long[] { 1600, 100, 400 })
        {
            for (var draw = 0; draw < 3; draw++) rows.Add(ReportRows.Draw(size, draw, 3, 1 + draw, null, ("width", $"{8 << draw}"), ("learning_rate", "0.00123456")));
            // The kept one is that with test rows, whatever the others' errors.
            rows.Add(ReportRows.Draw(size, 0, null, 0.5, 8 / Math.Sqrt(size), ("width", "8"), ("learning_rate", "0.00123456")));
        }
        return rows;
    }

    static string Printed(IReadOnlyList<ResultRow> rows, double? wanted = null) => ReportRows.Printed(console => new SourceReport(console, wanted).Print(rows));

    static string Line(string text, string start) => text.Split('\n').First(line => line.TrimStart().StartsWith(start, StringComparison.Ordinal));

    [Fact]
    public void A_ladder_of_sizes_is_a_table_with_what_each_search_kept_and_its_fit()
    {
        var text = Printed(Ladder());
        Assert.Equal(["100", "0.8000", "0.5000", "27", "epoch", "cap", "0.00123", "8", "3", "to", "3,", "1", "to", "the", "end", "4", "min", "00", "s"],
            Line(text, "100 ").Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.True(text.IndexOf("\n          400", StringComparison.Ordinal) < text.IndexOf("\n         1600", StringComparison.Ordinal), text);
        Assert.Contains("0 of 3 stopped on their validation plateau, 3 hit the epoch cap.", text);
        // Half of the error at 1600 with slope ½: four times the rows.
        var fit = Line(text, "cheap   0.903");
        Assert.Contains("0.500000 ± 0.000000", fit);
        Assert.Contains("0.500 … 0.500", fit);
        Assert.EndsWith("6,400", fit);
    }

    [Fact]
    public void The_size_for_a_wanted_error_has_an_interval()
    {
        // 8·N^-½ = 0.1 at N = 6,400.
        Assert.EndsWith("6,400 … 6,400", Line(Printed(Ladder(), wanted: 0.1), "cheap   0.903"));
        var scattered = Ladder().ConvertAll(row => row.Size == 400 ? row with { TestError = row.TestError * 1.3 } : row);
        Assert.DoesNotContain("6,400 … 6,400", Line(Printed(scattered, wanted: 0.1), "cheap   0.9"));
    }

    [Fact]
    public void Without_test_rows_the_lowest_validation_error_was_kept()
    {
        var text = Printed([ReportRows.Draw(100, 0, null, 0.7, null, ("width", "8")), ReportRows.Draw(100, 1, null, 0.6, null, ("width", "16")), ReportRows.Draw(200, 0, null, 0.4, null, ("width", "8"))]);
        Assert.Contains("validation MAE, eV", text);
        Assert.Contains("0.6000", Line(text, "100 "));
        Assert.Contains(" 16 ", Line(text, "100 "));
    }

    [Fact]
    public void One_size_is_one_line() =>
        Assert.Contains("Source cheap: 100 training rows of ionic, energy, validation MAE 0.6000 eV after 27 epochs (epoch cap), 1 min 00 s, the best of 2 trained to the end",
            Printed([ReportRows.Draw(100, 0, null, 0.7, null), ReportRows.Draw(100, 1, null, 0.6, null)]));

    /// <summary>Test error 8·N^-½ times 0.9, 1 and 1.1.</summary>
    static List<ResultRow> Replicates(bool tested, params long[] sizes) =>
        [.. sizes.SelectMany(size => Enumerable.Range(0, 3).Select(i => ReportRows.Draw(size, 0, null, 0.5 + (0.01 * i), tested ? 8 / Math.Sqrt(size) * (0.9 + (0.1 * i)) : null) with
        {
            Node = $"pretrain/cheap-n{size}/s{i}", Group = $"pretrain/cheap-n{size}", Replicate = i, Seed = i, Epochs = 20 + i, Stop = i == 2 ? "cap" : "plateau",
        }))];

    [Fact]
    public void Replicates_are_a_mean_with_its_error_and_all_of_them_are_fitted()
    {
        var text = Printed(Replicates(tested: true, 100, 400, 1600));
        Assert.Contains("MAE in eV against training rows, mean ± standard error over replicates", text);
        var line = Line(text, "100 ");
        Assert.Contains("0.800 ± 0.046", line);
        Assert.Contains("0.5100 ± 0.0058", line);
        Assert.Contains("20 … 22", line);
        Assert.Contains("2 plateau, 1 cap", line);
        Assert.Contains("6 of 9 stopped on their validation plateau, 3 hit the epoch cap.", text);
        var fit = Line(text, "cheap ");
        Assert.Contains("0.500 ± ", fit);
        Assert.Contains(" 9 ", fit);
        Assert.DoesNotContain("0.500 … 0.500", fit);
    }

    [Fact]
    public void Replicates_without_test_rows_are_fitted_by_validation() =>
        Assert.Contains(" 6 ", Line(Printed(Replicates(tested: false, 100, 400)), "cheap "));

    [Fact]
    public void Replicates_of_one_size_are_one_line() =>
        Assert.Contains("validation MAE 0.5100 ± 0.0058 eV, mean ± standard error over 3 replicates, after 20 … 22 epochs (2 plateau, 1 cap), 3 min 00 s", Printed(Replicates(tested: true, 100)));
}
