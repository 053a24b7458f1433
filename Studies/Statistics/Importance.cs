using System.Globalization;

namespace AtomSets.Studies;

/// <summary>Values of one searched setting that lie together, with the mean error of the draws that had them.</summary>
/// <param name="From">Smallest number; null for words.</param>
/// <param name="To">Largest number; null for words.</param>
/// <param name="Label">The word; null for numbers.</param>
/// <param name="Mean">Geometric mean of the errors, in their unit.</param>
public sealed record ImportanceBin(double? From, double? To, string? Label, int Count, double Mean);

/// <summary>
/// How much one searched setting alone decides the error: the share of the variance of log10(error) between its values, ω² (Hays 1963, Statistics for Psychologists), which
/// unlike η² is 0 on average for a setting without effect. Numbers are put into bins of equal counts. Shares of several settings need not add up to 1: what they do together is in none.
/// </summary>
/// <param name="IsNumber">Whether all values are numbers.</param>
/// <param name="IsLog">Whether they span more than a factor of 20, all above 0: to be drawn on a logarithmic axis.</param>
/// <param name="Share">0 to 1; NaN for fewer than four draws or one value.</param>
public sealed record Importance(string Name, bool IsNumber, bool IsLog, double Share, IReadOnlyList<ImportanceBin> Bins)
{
    const int MostBins = 8, LeastDraws = 4;

    const double LogSpan = 20;

    /// <param name="name">Of the setting.</param>
    /// <param name="draws">The setting's value and the error, above 0, of each draw.</param>
    public static Importance Of(string name, IReadOnlyList<(string Value, double Error)> draws)
    {
        var numbers = draws.Select(draw => double.TryParse(draw.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : double.NaN).ToArray();
        var isNumber = draws.Count > 0 && Array.TrueForAll(numbers, double.IsFinite);
        var bins = isNumber ? NumberBins(numbers, draws) : [.. draws.GroupBy(draw => draw.Value, StringComparer.Ordinal).OrderBy(value => value.Key, StringComparer.Ordinal)
            .Select(value => (Bin: Bin(null, null, value.Key, [.. value.Select(draw => draw.Error)]), Errors: value.Select(draw => Math.Log10(draw.Error)).ToArray()))];
        return new Importance(name, isNumber, isNumber && numbers.Min() > 0 && numbers.Max() / numbers.Min() > LogSpan, OmegaSquared([.. bins.Select(bin => bin.Errors)]), [.. bins.Select(bin => bin.Bin)]);
    }

    /// <summary>Equal values stay together, so that bins may differ in size.</summary>
    static List<(ImportanceBin Bin, double[] Errors)> NumberBins(double[] numbers, IReadOnlyList<(string Value, double Error)> draws)
    {
        var values = numbers.Zip(draws, (number, draw) => (Number: number, draw.Error)).GroupBy(one => one.Number).OrderBy(value => value.Key).ToList();
        var count = values.Count <= MostBins ? values.Count : Math.Clamp(draws.Count / LeastDraws, 2, MostBins);
        var bins = new List<(ImportanceBin, double[])>();
        var (bin, taken) = (new List<(double Number, double Error)>(), 0);
        foreach (var value in values)
        {
            bin.AddRange(value);
            taken += value.Count();
            if (values.Count > MostBins && taken * count < draws.Count * (bins.Count + 1)) continue;
            bins.Add((Bin(bin[0].Number, bin[^1].Number, null, bin.ConvertAll(one => one.Error)), [.. bin.Select(one => Math.Log10(one.Error))]));
            bin.Clear();
        }
        return bins;
    }

    static ImportanceBin Bin(double? from, double? to, string? label, List<double> errors) => new(from, to, label, errors.Count, Math.Pow(10, errors.Average(Math.Log10)));

    static double OmegaSquared(double[][] bins)
    {
        var (all, count) = (bins.SelectMany(bin => bin).ToArray(), bins.Length);
        if (all.Length < LeastDraws || count < 2 || all.Length <= count) return double.NaN;
        var mean = all.Average();
        var total = all.Sum(error => (error - mean) * (error - mean));
        var between = bins.Sum(bin => bin.Length * (bin.Average() - mean) * (bin.Average() - mean));
        var within = (total - between) / (all.Length - count);
        return total > 0 ? Math.Clamp((between - ((count - 1) * within)) / (total + within), 0, 1) : 0;
    }
}
