using System.Globalization;

namespace AtomSets.Bench;

/// <summary>The values that two samples of searches came to, compared.</summary>
static class SearchSides
{
    /// <summary>Mean and its standard error.</summary>
    public static string MeanText(double[] values)
    {
        var mean = values.Average();
        var error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length);
        return string.Create(CultureInfo.InvariantCulture, $"{mean:G3} ± {error:G2}");
    }

    public static double Median(double[] values) => Measurement.Quantile(values, 0.5);

    public static string Quartiles(double[] values) =>
        string.Create(CultureInfo.InvariantCulture, $"{Measurement.Quantile(values, 0.25):G3} to {Measurement.Quantile(values, 0.75):G3}");

    /// <summary>Interquartile range over median.</summary>
    public static double Spread(double[] values) =>
        Median(values) is var median && median > 0 ? (Measurement.Quantile(values, 0.75) - Measurement.Quantile(values, 0.25)) / median : 0;

    public static string RankSumText(double[] ours, double[] theirs)
    {
        var z = Math.Round(RankSum(ours, theirs), 1);
        return "rank sum z " + (z == 0 ? "0.0" : z.ToString("+0.0;-0.0", CultureInfo.InvariantCulture));
    }

    /// <summary>Mann and Whitney's statistic in standard deviations, with the correction for ties: whether one side's values tend to be lower.</summary>
    static double RankSum(double[] ours, double[] theirs)
    {
        var above = ours.Sum(our => theirs.Sum(their => our > their ? 1 : our == their ? 0.5 : 0));
        var (pairs, all) = ((double)ours.Length * theirs.Length, (double)ours.Length + theirs.Length);
        var ties = ours.Concat(theirs).GroupBy(value => value).Sum(same => Math.Pow(same.Count(), 3) - same.Count());
        var variance = pairs / 12 * (all + 1 - (ties / (all * (all - 1))));
        return variance > 0 ? (above - (pairs / 2)) / Math.Sqrt(variance) : 0;
    }
}
