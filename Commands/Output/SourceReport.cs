using System.Globalization;
using AtomSets.Storage;
using AtomSets.Studies;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary>How good the parents are: a line for a source with one size; for several a table of error against size, its fit, and what the searches kept.</summary>
sealed class SourceReport(IAnsiConsole console, double? wantedError)
{
    /// <param name="rows">Finished pre-training runs.</param>
    public void Print(IReadOnlyList<ResultRow> rows)
    {
        foreach (var source in rows.Where(row => row.ValidationError is not null).GroupBy(row => (row.Source, row.DataSet, row.Property)))
        {
            var sizes = source.GroupBy(row => row.Size).OrderBy(size => size.Key)
                .Select(size => (Rows: size.Key ?? 0, Search: SearchSummary.Of([.. size]))).Where(size => size.Search.Kept.Count > 0).ToList();
            if (sizes.Count < 2) sizes.ForEach(size => PrintLine(size.Search));
            else PrintLadder(source.Key.Source ?? source.Key.Property ?? "", sizes);
        }
    }

    void PrintLine(SearchSummary search)
    {
        var kept = search.Kept;
        var row = kept[0];
        var searched = search.Rungs[^1] is { Epochs: null, Draws: > 1 and var draws } ? $", the best of {draws} trained to the end" : "";
        var over = kept.Count > 1 ? $", mean ± standard error over {kept.Count} replicates," : "";
        console.WriteLine($"Source {row.Source ?? row.Node}: {row.Size} training rows of {row.DataSet}, {row.Property}, validation {row.Metric?.ToUpperInvariant()} "
            + $"{Mean(kept, isTest: false)} {row.Unit}{over} after {Epochs(kept)} epochs ({Ends(search)}), "
            + $"{Numbers.Duration(TimeSpan.FromSeconds(kept.Sum(one => one.Seconds ?? 0)))}{searched}");
    }

    void PrintLadder(string name, List<(long Rows, SearchSummary Search)> sizes)
    {
        var first = sizes[0].Search.Kept[0];
        var kept = sizes.SelectMany(size => size.Search.Kept).ToList();
        // While a study runs some replicates may be tested before others.
        var (metric, isTest) = ((first.Metric ?? "error").ToUpperInvariant(), sizes.All(size => size.Search.Kept.Any(row => row.TestError is not null)));
        console.WriteLine();
        console.WriteLine($"Source {name}: {first.Property} of {first.DataSet}, {metric} in {first.Unit} against training rows"
            + (kept.Count > sizes.Count ? ", mean ± standard error over replicates" : "")
            + (sizes.Exists(size => size.Search.IsSearch) ? "; what the search of each size kept, and how many draws it trained so far" : ""));
        var settings = sizes.SelectMany(size => size.Search.Drawn.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
        List<string> columns = ["training rows", .. isTest ? ["test"] : Array.Empty<string>(), "validation", "epochs", "end", .. settings, .. settings.Count > 0 ? ["draws"] : Array.Empty<string>(), "time"];
        var table = new RowTable([.. columns]);
        foreach (var (rows, search) in sizes)
        {
            List<object?> cells = [rows, .. isTest ? [Mean(search.Kept, isTest)] : Array.Empty<object?>(), Mean(search.Kept, isTest: false), Epochs(search.Kept), Ends(search),
                .. settings.Select(search.Setting), .. settings.Count > 0 ? [search.RungText] : Array.Empty<object?>(), Numbers.Duration(TimeSpan.FromSeconds(search.Seconds))];
            table.Add([.. cells]);
        }
        table.Write(console, OutputFormat.Table);
        var capped = kept.Count(row => row.Stop == "cap");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kept.Count - capped} of {kept.Count} stopped on their validation plateau, {capped} hit the epoch cap."));
        var points = Points(kept, isTest);
        if (points.Select(point => point.Size).Distinct().Count() > 1)
            new ScalingTables(console, wantedError).Print([new Curve(name, "scratch", points)], $"{(isTest ? "test" : "validation")} {metric}, {first.Unit}", "source");
    }

    static List<CurveRun> Points(IReadOnlyList<ResultRow> rows, bool isTest) =>
        [.. rows.Select(row => (Row: row, Error: isTest ? row.TestError : row.ValidationError)).Where(one => one.Error is > 0)
            .Select(one => new CurveRun(one.Row.Size ?? 0, null, (null, one.Row.Seed), one.Error!.Value))];

    /// <summary>Of runs of one size; with their standard error where there are several.</summary>
    static string Mean(IReadOnlyList<ResultRow> rows, bool isTest)
    {
        var errors = rows.Select(row => isTest ? row.TestError : row.ValidationError).OfType<double>().ToList();
        return Numbers.WithError(errors.Average(), Replicates.StandardError(errors));
    }

    static object? Epochs(IReadOnlyList<ResultRow> rows)
    {
        var (least, most) = (rows.Min(row => row.Epochs), rows.Max(row => row.Epochs));
        return least == most ? least : string.Create(CultureInfo.InvariantCulture, $"{least} … {most}");
    }

    static string Ends(SearchSummary search) => search.Kept.Count == 1 ? Stop(search.Kept[0]) : search.EndText;

    static string Stop(ResultRow row) => row.Stop switch { "cap" => "epoch cap", null => "unknown end", var stop => stop };
}
