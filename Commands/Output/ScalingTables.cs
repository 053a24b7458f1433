using System.Globalization;
using AtomSets.Storage;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary>Error against size for people: a log-log plot, the fits of the curves, and what these say about the rows that an error needs.</summary>
/// <param name="console">Where to.</param>
/// <param name="wantedError">An error whose size is asked for, in the curves' unit; null: none.</param>
sealed class ScalingTables(IAnsiConsole console, double? wantedError)
{
    /// <param name="curves">At least one with several sizes.</param>
    /// <param name="errorTitle">What the errors are: "test MAE, eV/atom".</param>
    /// <param name="first">Title of the column of curve names.</param>
    /// <param name="size">What the sizes are.</param>
    public void Print(IReadOnlyList<Curve> curves, string errorTitle, string first = "mode", string size = "training size")
    {
        console.WriteLine();
        var marks = MarksOf(curves);
        var plotted = curves.Select((curve, index) => new LogLogCurve(curve.Name, marks[index], [.. curve.Sizes.Select(rows => (rows, curve.At(rows)!.Value.Mean))])).ToList();
        console.Profile.Out.Writer.Write(LogLogPlot.Draw(plotted, size, errorTitle));
        console.WriteLine();
        console.WriteLine($"Fits of log10(error) = a - b log10({size}), bootstrap intervals of 95 %; rows that half the error of the largest size"
            + (wantedError is { } wanted ? $", and {Numbers.Short(wanted)}," : "") + " would need if the law went on:");
        List<string> columns = [first, "a", "b", "interval", "R²", "of means", "points", "rows for half"];
        if (wantedError is not null) columns.AddRange(["rows wanted", "their interval"]);
        var table = new RowTable([.. columns]);
        foreach (var curve in curves.Where(curve => curve.Sizes.Count > 1)) table.Add([.. Cells(curve)]);
        table.Write(console, OutputFormat.Table);
    }

    IEnumerable<object?> Cells(Curve curve)
    {
        var fit = curve.Fit();
        yield return curve.Name;
        yield return fit.Intercept.ToString("0.000", CultureInfo.InvariantCulture);
        yield return Numbers.WithError(fit.Slope, fit.SlopeError);
        yield return string.Create(CultureInfo.InvariantCulture, $"{fit.SlopeLow:0.000} … {fit.SlopeHigh:0.000}");
        yield return Share(fit.RSquared);
        yield return Share(fit.RSquaredOfMeans);
        yield return fit.Points;
        yield return Rows(fit.SizeFor(fit.ErrorAt(curve.Sizes[^1]) / 2));
        if (wantedError is not { } wanted) yield break;
        yield return Rows(fit.SizeFor(wanted));
        var (low, high) = curve.SizeInterval(wanted);
        yield return $"{Rows(low)} … {Rows(high)}";
    }

    static string? Share(double explained) => double.IsNaN(explained) ? null : explained.ToString("0.000", CultureInfo.InvariantCulture);

    // Two digits are more than such an extrapolation knows.
    static string Rows(double rows) => double.IsNaN(rows) || rows > 1e15 ? "never"
        : rows < 1000 ? rows.ToString("G3", CultureInfo.InvariantCulture)
        : rows < 1e7 ? double.Parse(rows.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).ToString("#,##0", CultureInfo.InvariantCulture)
        : rows.ToString("0.0e0", CultureInfo.InvariantCulture);

    /// <summary>The first letter of a curve's name that no earlier curve has, else a digit, else a star.</summary>
    static char[] MarksOf(IReadOnlyList<Curve> curves)
    {
        var marks = new List<char>();
        foreach (var curve in curves)
            marks.Add(curve.Name.Concat("0123456789").Where(char.IsAsciiLetterOrDigit).FirstOrDefault(c => !marks.Contains(c), '*'));
        return [.. marks];
    }
}
