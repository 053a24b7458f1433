using System.Globalization;
using System.Text;
using AtomSets.Storage;
using AtomSets.Studies;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary>
/// What a transfer study found, for people: error against size for every mode, a log-log plot, the slopes of its fits, how many runs hit the
/// epoch cap and how often test rows were looked at. One report per target.
/// </summary>
/// <param name="console">Where to.</param>
/// <param name="wantedError">An error whose size is asked for, in the targets' unit; null: none.</param>
sealed class TransferReport(IAnsiConsole console, double? wantedError = null)
{
    /// <param name="target">The target's column.</param>
    /// <param name="rows">Finished runs of this target.</param>
    public void Print(string target, IReadOnlyList<ResultRow> rows)
    {
        var unit = rows.Select(row => row.Unit).FirstOrDefault(u => u is not null) ?? "";
        var metric = (rows.Select(row => row.Metric).FirstOrDefault(m => m is not null) ?? "error").ToUpperInvariant();
        var isTest = rows.Any(row => row.TestError is not null);
        // In the order of the plan, of which every row tells, and not of the runs that have an error: which draw a search kept, and when it was drawn, is a matter of chance.
        var curves = rows.Where(row => row.Mode is not null && row.Size is not null).GroupBy(NameOf(rows)).Select(group => (Name: group.Key, Runs: group.Where(row => ErrorOf(row, isTest) is > 0).ToList()))
            .Where(group => group.Runs.Count > 0)
            .Select(group => new Curve(group.Name, group.Runs[0].Mode!, [.. group.Runs.Select(row => new CurveRun(row.Size!.Value, row.SourceSize, (row.Fold, row.Seed), ErrorOf(row, isTest)!.Value))])).ToList();
        if (curves.Count == 0) return;

        console.WriteLine();
        console.WriteLine($"{target} ({rows[0].Property}): {(isTest ? "test" : "validation")} {metric} in {unit}, mean ± standard error over replicates");
        Table(curves).Write(console, OutputFormat.Table);
        var finished = rows.Where(row => row.Key is not null && row.Status == NodeStatus.Finished).DistinctBy(row => row.Key).ToList();
        var capped = finished.Count(row => row.Stop == "cap");
        var paused = finished.Count(row => row.Stop == "paused");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{finished.Count} runs: {finished.Count(row => row.Stop == "plateau")} stopped on their validation plateau, {capped} hit the epoch cap{(paused > 0 ? $", {paused} paused at a rung of their search" : "")}."));

        PrintSearches(rows, NameOf(rows));

        if (!curves.Any(curve => curve.Sizes.Count > 1)) return;
        new ScalingTables(console, wantedError).Print(curves, $"{(isTest ? "test" : "validation")} {metric}, {unit}");
        PrintAgainstScratch(curves);
        PrintJointFits(curves);
    }

    /// <summary>A curve is a mode; where a study has several sources or models for one mode, their names are added.</summary>
    static Func<ResultRow, string> NameOf(IReadOnlyList<ResultRow> rows)
    {
        var several = rows.GroupBy(row => row.Mode).ToLookup(mode => mode.Key, mode => (
            Sources: mode.Select(row => row.Source).Distinct().Count() > 1,
            SourceSizes: mode.Select(row => row.SourceSize).Distinct().Count() > 1,
            Models: mode.Select(row => row.Model).Distinct().Count() > 1));
        return row =>
        {
            var (sources, sourceSizes, models) = several[row.Mode].First();
            var name = row.Mode!;
            if (models) name += $" {row.Model}";
            if (sources) name += $" from {row.Source}";
            if (sourceSizes) name += string.Create(CultureInfo.InvariantCulture, $" ({row.SourceSize})");
            return name;
        };
    }

    static double? ErrorOf(ResultRow row, bool isTest) => isTest ? row.TestError : row.ValidationError;

    static RowTable Table(List<Curve> curves)
    {
        // With several baselines (one for each model) no ratio is meant.
        var scratch = curves.Find(curve => curve.Name == "scratch");
        var others = scratch is null ? [] : curves.Where(curve => curve != scratch).ToList();
        var table = new RowTable(["training size", .. curves.Select(curve => curve.Name), .. others.Select(curve => $"{curve.Name} / scratch")]);
        foreach (var size in curves.SelectMany(curve => curve.Sizes).Distinct().Order())
        {
            var cells = new List<object?> { (long)size };
            cells.AddRange(curves.Select(curve => curve.At(size) is { } at ? Numbers.WithError(at.Mean, at.StandardError) : null));
            cells.AddRange(others.Select(curve => curve.At(size) is { } at && scratch!.At(size) is { } from ? (at.Mean / from.Mean).ToString("0.00", CultureInfo.InvariantCulture) : null));
            table.Add([.. cells]);
        }
        return table;
    }

    /// <summary>Where settings were searched: what each search kept, how the kept runs ended, and how far the draws came.</summary>
    void PrintSearches(IReadOnlyList<ResultRow> rows, Func<ResultRow, string> nameOf)
    {
        var searches = rows.Where(row => row.Mode is not null && row.Size is not null).GroupBy(SearchSummary.ConfigurationOf)
            .Select(one => (Name: nameOf(one.First()), Size: one.First().Size!.Value, Search: SearchSummary.Of([.. one]))).Where(one => one.Search.IsSearch).ToList();
        if (searches.Count == 0) return;
        var settings = searches.SelectMany(one => one.Search.Drawn.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
        console.WriteLine("What the searches kept, how the kept runs ended, and how many draws were trained to how many epochs:");
        var table = new RowTable(["mode", "size", .. settings, "end", "draws"]);
        // With nested selection each fold searches for itself.
        foreach (var one in searches.OrderBy(one => searches.FindIndex(other => other.Name == one.Name)).ThenBy(one => one.Size))
            table.Add([searches.Count(other => (other.Name, other.Size) == (one.Name, one.Size)) > 1 ? $"{one.Name} fold {one.Search.Kept[0].Fold}" : one.Name,
                one.Size, .. settings.Select(one.Search.Setting), one.Search.EndText, one.Search.RungText]);
        table.Write(console, OutputFormat.Table);
    }

    /// <summary>Pairs of runs with the same size, fold and seed, and what a curve saves by the fits, at the largest size that both have.</summary>
    void PrintAgainstScratch(List<Curve> curves)
    {
        if (curves.Find(curve => curve.Name == "scratch") is not { } scratch) return;
        foreach (var curve in curves.Where(curve => curve != scratch))
        {
            var (won, pairs) = curve.WonAgainst(scratch);
            if (pairs == 0) continue;
            var line = string.Create(CultureInfo.InvariantCulture, $"{curve.Name} against scratch: the lower error in {won} of {pairs} pairs of the same size and replicate");
            var common = curve.Sizes.Intersect(scratch.Sizes).DefaultIfEmpty(0).Max();
            if (curve.Sizes.Count > 1 && scratch.Sizes.Count > 1 && curve.Fit().EquivalentDataFactor(scratch.Fit(), common) is var factor && double.IsFinite(factor))
                line += string.Create(CultureInfo.InvariantCulture, $"; by the fits scratch needs {factor:G3} times as much data for its error at {common:0} ({Interval(curve.FactorInterval(scratch, common))})");
            console.WriteLine($"{line}.");
        }
    }

    static string Interval((double Low, double High) factor) => string.Create(CultureInfo.InvariantCulture, $"95 %: {Factor(factor.Low)} … {Factor(factor.High)}");

    static string Factor(double factor) => factor is > 1e6 ? "without end" : factor.ToString("G3", CultureInfo.InvariantCulture);

    void PrintJointFits(List<Curve> curves)
    {
        foreach (var mode in curves.GroupBy(curve => curve.Mode))
        {
            (double, double, double)[] points = [.. mode.SelectMany(curve => curve.Points).Where(p => p.SourceSize is > 0).Select(p => (p.Size, (double)p.SourceSize!.Value, p.Error))];
            if (points.Select(p => p.Item1).Distinct().Count() < 2 || points.Select(p => p.Item2).Distinct().Count() < 2) continue;
            try
            {
                var fit = JointScalingFit.Fit(points);
                console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{mode.Key}: log10(error) = {fit.Intercept:0.000} - ({Numbers.WithError(fit.TargetSlope, fit.TargetSlopeError)}) log10(target rows) - ({Numbers.WithError(fit.SourceSlope, fit.SourceSlopeError)}) log10(source rows), "
                    + $"R² {fit.RSquared:0.00}, {fit.Points} points, intervals {fit.TargetInterval.Low:0.000} … {fit.TargetInterval.High:0.000} and {fit.SourceInterval.Low:0.000} … {fit.SourceInterval.High:0.000}"));
            }
            catch (ArgumentException)
            {
                // Sizes that vary only together: no plane to fit.
            }
        }
    }

    /// <summary>How often test rows were looked at, by this study and by anything in the database.</summary>
    public static string Describe(IReadOnlyList<TestLookSummary> looks)
    {
        var text = new StringBuilder();
        foreach (var look in looks)
            text.Append(CultureInfo.InvariantCulture, $"Test rows of {look.DataSet} ({look.Target}, {look.RowCount} rows) were evaluated {look.StudyLooks} times by this study, {look.Looks} times in this database.\n");
        return text.ToString();
    }
}
