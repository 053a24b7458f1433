using System.Globalization;
using AtomSets.Storage;
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
        var row = search.Kept[0];
        var searched = search.Rungs[^1] is { Epochs: null, Draws: > 1 and var draws } ? $", the best of {draws} trained to the end" : "";
        console.WriteLine($"Source {row.Source ?? row.Node}: {row.Size} training rows of {row.DataSet}, {row.Property}, validation {row.Metric?.ToUpperInvariant()} "
            + $"{Numbers.Short(row.ValidationError!.Value)} {row.Unit} after {row.Epochs} epochs ({Stop(row)}), "
            + $"{Numbers.Duration(TimeSpan.FromSeconds(row.Seconds ?? 0))}{searched}");
    }

    void PrintLadder(string name, List<(long Rows, SearchSummary Search)> sizes)
    {
        var first = sizes[0].Search.Kept[0];
        var (metric, isTest) = ((first.Metric ?? "error").ToUpperInvariant(), sizes.All(size => size.Search.Kept[0].TestError is not null));
        console.WriteLine();
        console.WriteLine($"Source {name}: {first.Property} of {first.DataSet}, {metric} in {first.Unit} against training rows"
            + (sizes.Exists(size => size.Search.IsSearch) ? "; what the search of each size kept, and how many draws it trained so far" : ""));
        var settings = sizes.SelectMany(size => size.Search.Drawn.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
        List<string> columns = ["training rows", .. isTest ? ["test"] : Array.Empty<string>(), "validation", "epochs", "end", .. settings, .. settings.Count > 0 ? ["draws"] : Array.Empty<string>(), "time"];
        var table = new RowTable([.. columns]);
        foreach (var (rows, search) in sizes)
        {
            var kept = search.Kept[0];
            List<object?> cells = [rows, .. isTest ? [Numbers.Short(kept.TestError!.Value)] : Array.Empty<object?>(), Numbers.Short(kept.ValidationError!.Value), kept.Epochs, Stop(kept),
                .. settings.Select(search.Setting), .. settings.Count > 0 ? [search.RungText] : Array.Empty<object?>(), Numbers.Duration(TimeSpan.FromSeconds(search.Seconds))];
            table.Add([.. cells]);
        }
        table.Write(console, OutputFormat.Table);
        var capped = sizes.Count(size => size.Search.Kept[0].Stop == "cap");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sizes.Count - capped} of {sizes.Count} stopped on their validation plateau, {capped} hit the epoch cap."));
        var points = sizes.Select(size => new CurveRun(size.Rows, null, (null, null), isTest ? size.Search.Kept[0].TestError!.Value : size.Search.Kept[0].ValidationError!.Value))
            .Where(point => point.Error > 0).ToList();
        if (points.Select(point => point.Size).Distinct().Count() > 1)
            new ScalingTables(console, wantedError).Print([new Curve(name, "scratch", points)], $"{(isTest ? "test" : "validation")} {metric}, {first.Unit}", "source");
    }

    static string Stop(ResultRow row) => row.Stop switch { "cap" => "epoch cap", null => "unknown end", var stop => stop };
}
