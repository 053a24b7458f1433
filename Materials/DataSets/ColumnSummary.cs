namespace AtomSets.Materials;

/// <summary>Distribution of the finite values of a column, in its unit.</summary>
/// <param name="Column">Name.</param>
/// <param name="Unit">Unit; empty where unknown.</param>
/// <param name="About">Meaning.</param>
/// <param name="Count">Finite values.</param>
/// <param name="Missing">Rows without one.</param>
/// <param name="Mean">Arithmetic mean; NaN without values, as all that follow.</param>
/// <param name="StandardDeviation">Of the population (divided by the count).</param>
/// <param name="MeanAbsoluteDeviation">Mean of |value − mean|: the error of predicting the mean.</param>
/// <param name="Min">Smallest value.</param>
/// <param name="Quantile05">5 % quantile, linear between order statistics.</param>
/// <param name="Quantile25">25 % quantile.</param>
/// <param name="Median">50 % quantile.</param>
/// <param name="Quantile75">75 % quantile.</param>
/// <param name="Quantile95">95 % quantile.</param>
/// <param name="Max">Largest value.</param>
public sealed record ColumnSummary(
    string Column, string Unit, string About, int Count, int Missing, double Mean, double StandardDeviation, double MeanAbsoluteDeviation,
    double Min, double Quantile05, double Quantile25, double Median, double Quantile75, double Quantile95, double Max)
{
    public static ColumnSummary Of(string column, string unit, string about, ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray().Where(double.IsFinite).ToArray();
        Array.Sort(sorted);
        var mean = sorted.Length == 0 ? double.NaN : sorted.Average();
        double Quantile(double share)
        {
            if (sorted.Length == 0) return double.NaN;
            var place = share * (sorted.Length - 1);
            var below = (int)place;
            return below + 1 == sorted.Length ? sorted[below] : sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
        }
        double Average(Func<double, double> term) => sorted.Length == 0 ? double.NaN : sorted.Average(term);
        return new ColumnSummary(
            column, unit, about, sorted.Length, values.Length - sorted.Length, mean, Math.Sqrt(Average(value => (value - mean) * (value - mean))), Average(value => Math.Abs(value - mean)),
            Quantile(0), Quantile(0.05), Quantile(0.25), Quantile(0.5), Quantile(0.75), Quantile(0.95), Quantile(1));
    }
}
