using System.Globalization;
using System.Text;
using AtomSets.Storage;
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
        var of = TargetCurves.Of(target, rows);
        var (curves, unit, isTest, metric) = (of.Curves, of.Unit, of.IsTest, (of.Metric ?? "error").ToUpperInvariant());
        if (curves.Count == 0) return;

        console.WriteLine();
        console.WriteLine($"{target} ({rows[0].Property}): {(isTest ? "test" : "validation")} {metric}{(unit is { Length: > 0 } ? $" in {unit}" : "")}, mean ± standard error over replicates");
        Table(curves).Write(console, OutputFormat.Table);
        if (curves.Any(curve => curve.Sizes.Any(size => curve.FoldsAt(size) < curves.Max(other => other.FoldsAt(size)))))
            console.WriteLine("Some are tested in some folds only: the others have chosen something else, or have not come so far. `results groups` and `results metrics` have means over all folds.");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{of.Finished} runs: {of.Plateau} stopped on their validation plateau, {of.Capped} hit the epoch cap{(of.Paused > 0 ? $", {of.Paused} paused at a rung of their search" : "")}."));

        foreach (var curve in curves.Where(curve => curve.Sizes.Any(size => curve.At(size) is { } at && IsOneResult(at))))
            console.WriteLine($"{curve.Name}: a mean without ± is of replicates that are one and the same result, as nothing that a seed draws differs between them; it says nothing of the spread.");

        PrintSearches(rows, TargetCurves.NameOf(rows));

        // A ladder of source sizes has its own curves; those over two target sizes would hide them.
        var sources = of.SourceCurves();
        var errorTitle = $"{(isTest ? "test" : "validation")} {metric}{(unit is { Length: > 0 } ? $", {unit}" : "")}";
        if (curves.Any(curve => curve.Sizes.Count > (sources.Count > 0 ? 2 : 1)))
        {
            new ScalingTables(console, wantedError).Print(curves, errorTitle);
            PrintAgainstScratch(of);
        }
        if (sources.Count > 0)
        {
            console.WriteLine();
            console.WriteLine($"{target} against the rows of its source, at each training size of its own:");
            Table(sources, "source size").Write(console, OutputFormat.Table);
            new ScalingTables(console, wantedError).Print(sources, errorTitle, size: "source size");
        }
        PrintJointFits(of);
    }

    static bool IsOneResult((double Mean, double? StandardError) at) => at.StandardError is { } error && Numbers.IsNothing(at.Mean, error);

    static RowTable Table(IReadOnlyList<Curve> curves, string sizes = "training size")
    {
        // With several baselines (one for each model) no ratio is meant.
        var scratch = curves.FirstOrDefault(curve => curve.Name == "scratch");
        var others = scratch is null ? [] : curves.Where(curve => curve != scratch).ToList();
        var table = new RowTable([sizes, .. curves.Select(curve => curve.Name), .. others.Select(curve => $"{curve.Name} / scratch")]);
        foreach (var size in curves.SelectMany(curve => curve.Sizes).Distinct().Order())
        {
            var cells = new List<object?> { (long)size };
            // Of a group each fold tests what it has chosen: a mean over some folds must not be read beside one over all.
            var folds = curves.Max(curve => curve.FoldsAt(size));
            cells.AddRange(curves.Select(curve => curve.At(size) is { } at
                ? Numbers.WithError(at.Mean, IsOneResult(at) ? null : at.StandardError) + (curve.FoldsAt(size) < folds ? $" ({curve.FoldsAt(size)} of {folds} folds)" : "") : null));
            cells.AddRange(others.Select(curve => curve.At(size) is { } at && scratch!.At(size) is { } from && curve.FoldsAt(size) == scratch.FoldsAt(size) ? (at.Mean / from.Mean).ToString("0.00", CultureInfo.InvariantCulture) : null));
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
    void PrintAgainstScratch(TargetCurves target)
    {
        if (target.Scratch is not { } scratch) return;
        foreach (var curve in target.Curves.Where(curve => curve != scratch))
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

    void PrintJointFits(TargetCurves target)
    {
        foreach (var (mode, fit) in target.JointFits())
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{mode}: log10(error) = {fit.Intercept:0.000} - ({Numbers.WithError(fit.TargetSlope, fit.TargetSlopeError)}) log10(target rows) - ({Numbers.WithError(fit.SourceSlope, fit.SourceSlopeError)}) log10(source rows), "
                + $"R² {fit.RSquared:0.00}, {fit.Points} points, intervals {fit.TargetInterval.Low:0.000} … {fit.TargetInterval.High:0.000} and {fit.SourceInterval.Low:0.000} … {fit.SourceInterval.High:0.000}"));
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
