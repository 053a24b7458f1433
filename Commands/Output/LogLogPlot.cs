using System.Globalization;
using System.Text;

namespace AtomSets.Commands;

/// <summary>One curve of a <see cref="LogLogPlot"/>: positive points, drawn with a letter of its own.</summary>
/// <param name="Name">Name for the legend.</param>
/// <param name="Mark">The letter of its points.</param>
/// <param name="Points">(x, y) pairs, all positive.</param>
public sealed record LogLogCurve(string Name, char Mark, IReadOnlyList<(double X, double Y)> Points);

/// <summary>
/// Error against data size on two logarithmic axes, in plain characters, so that it can be read on any terminal, in a log and in a README.
/// Lines between points are dots; where two curves meet, the later one is drawn.
/// </summary>
public static class LogLogPlot
{
    /// <summary>Draws the curves; an empty string when there is no point.</summary>
    /// <param name="curves">What to draw.</param>
    /// <param name="xTitle">Title of the horizontal axis, with unit.</param>
    /// <param name="yTitle">Title of the vertical axis, with unit.</param>
    /// <param name="width">Characters between the axes.</param>
    /// <param name="height">Rows between the axes.</param>
    public static string Draw(IReadOnlyList<LogLogCurve> curves, string xTitle, string yTitle, int width = 60, int height = 18)
    {
        var points = curves.SelectMany(curve => curve.Points).Where(p => p.X > 0 && p.Y > 0).ToList();
        if (points.Count == 0) return "";
        var (xLow, xHigh) = Range(points.Select(p => Math.Log10(p.X)));
        var (yLow, yHigh) = Range(points.Select(p => Math.Log10(p.Y)));
        var grid = new char[height, width];
        for (var row = 0; row < height; row++)
            for (var column = 0; column < width; column++)
                grid[row, column] = ' ';
        int Column(double x) => (int)Math.Round((Math.Log10(x) - xLow) / (xHigh - xLow) * (width - 1));
        int Row(double y) => (int)Math.Round((yHigh - Math.Log10(y)) / (yHigh - yLow) * (height - 1));

        foreach (var curve in curves)
        {
            var ordered = curve.Points.Where(p => p.X > 0 && p.Y > 0).OrderBy(p => p.X).ToList();
            for (var i = 1; i < ordered.Count; i++) Line(grid, Column(ordered[i - 1].X), Row(ordered[i - 1].Y), Column(ordered[i].X), Row(ordered[i].Y));
        }
        foreach (var curve in curves)
            foreach (var (x, y) in curve.Points.Where(p => p.X > 0 && p.Y > 0))
                grid[Row(y), Column(x)] = curve.Mark;

        return Frame(grid, points, yTitle, xTitle, curves, Row, Column);
    }

    static string Frame(char[,] grid, List<(double X, double Y)> points, string yTitle, string xTitle,
        IReadOnlyList<LogLogCurve> curves, Func<double, int> rowOf, Func<double, int> columnOf)
    {
        var (height, width) = (grid.GetLength(0), grid.GetLength(1));
        var yLabels = Labels(points.Min(p => p.Y), points.Max(p => p.Y)).GroupBy(rowOf).ToDictionary(g => g.Key, g => g.First());
        var margin = yLabels.Values.Max(v => Text(v).Length) + 1;
        var text = new StringBuilder();
        text.Append(' ', margin + 1).Append(yTitle).Append(" (log)\n");
        for (var row = 0; row < height; row++)
        {
            var label = yLabels.TryGetValue(row, out var value) ? Text(value) : "";
            text.Append(label.PadLeft(margin)).Append(label.Length > 0 ? '+' : '|');
            var line = new StringBuilder();
            for (var column = 0; column < width; column++) line.Append(grid[row, column]);
            text.Append(line.ToString().TrimEnd()).Append('\n');
        }
        var axis = new string('-', width).ToCharArray();
        var below = new string(' ', width + 12).ToCharArray();
        var free = 0;
        foreach (var x in points.Select(p => p.X).Distinct().Order())
        {
            var column = columnOf(x);
            axis[column] = '+';
            var label = Text(x);
            var start = Math.Max(0, column - label.Length / 2);
            if (start < free) continue;
            label.CopyTo(below.AsSpan(start));
            free = start + label.Length + 1;
        }
        text.Append(' ', margin).Append('+').Append(axis).Append('\n');
        text.Append(' ', margin + 1).Append(new string(below).TrimEnd()).Append("   ").Append(xTitle).Append(" (log)\n");
        text.Append(' ', margin + 1).AppendJoin("   ", curves.Select(curve => $"{curve.Mark} {curve.Name}")).Append('\n');
        return text.ToString();
    }

    static (double Low, double High) Range(IEnumerable<double> logarithms)
    {
        var values = logarithms.ToList();
        var (low, high) = (values.Min(), values.Max());
        var pad = Math.Max((high - low) * 0.06, 0.02);
        return (low - pad, high + pad);
    }

    // 1, 1.5, 2, 3, 5, 7 times powers of ten within the range, and the ends when that leaves fewer than two.
    static List<double> Labels(double low, double high)
    {
        var labels = new List<double>();
        for (var power = (int)Math.Floor(Math.Log10(low)); power <= (int)Math.Ceiling(Math.Log10(high)); power++)
            foreach (var step in (ReadOnlySpan<double>)[1, 1.5, 2, 3, 5, 7])
                if (step * Math.Pow(10, power) is var value && value >= low && value <= high)
                    labels.Add(value);
        if (labels.Count < 2) labels = [low, high];
        return labels;
    }

    static string Text(double value) => value >= 1000 && value == Math.Floor(value)
        ? value.ToString("0", CultureInfo.InvariantCulture)
        : value.ToString("G3", CultureInfo.InvariantCulture);

    static void Line(char[,] grid, int x0, int y0, int x1, int y1)
    {
        var steps = Math.Max(Math.Abs(x1 - x0), Math.Abs(y1 - y0));
        for (var step = 1; step < steps; step++)
        {
            var column = x0 + (int)Math.Round((double)(x1 - x0) * step / steps);
            var row = y0 + (int)Math.Round((double)(y1 - y0) * step / steps);
            grid[row, column] = '.';
        }
    }
}
