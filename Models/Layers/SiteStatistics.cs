namespace AtomSets.Models;

/// <summary>Statistics of each number over the rows of a material, in the order of <see cref="Names"/>: one vector of a fixed length for any number of atoms.</summary>
/// <remarks>The list is that of the AtomSets code (maml's <c>site_stats</c>, with matminer's definitions). Its mode asks for equality to the last bit; here values
/// closer than 1e-4 (relative above 1) count as equal, since sites that symmetry makes equal differ by rounding.</remarks>
public static class SiteStatistics
{
    /// <summary><c>mad</c> is the mean absolute deviation from the mean; <c>mode</c> the most frequent value, of several the smallest.</summary>
    public static IReadOnlyList<string> Names { get; } = ["min", "max", "range", "mean", "mad", "mode"];

    const double Equal = 1e-4;

    /// <summary>Computes all of them.</summary>
    /// <param name="rows">[n × width], n ≥ 1, row-major.</param>
    /// <param name="width">Numbers per row.</param>
    /// <param name="weights">Of each row [n], not negative, such as amounts; empty, or all zero: equal ones. Mean, deviation and mode see them.</param>
    /// <param name="result">[6 × width]: all minima, then all maxima, and so on.</param>
    public static void Compute(ReadOnlySpan<float> rows, int width, ReadOnlySpan<float> weights, Span<float> result)
    {
        var count = rows.Length / width;
        Span<double> weight = count <= 256 ? stackalloc double[count] : new double[count];
        var total = Fill(weight, weights);
        var (values, order) = (new float[count], new int[count]);
        for (var c = 0; c < width; c++)
        {
            var mean = 0.0;
            for (var r = 0; r < count; r++)
            {
                (values[r], order[r]) = (rows[r * width + c], r);
                mean += weight[r] * values[r];
            }
            mean /= total;
            var deviation = 0.0;
            for (var r = 0; r < count; r++) deviation += weight[r] * Math.Abs(values[r] - mean);
            Array.Sort(values, order);
            result[c] = values[0];
            result[width + c] = values[^1];
            result[2 * width + c] = values[^1] - values[0];
            result[3 * width + c] = (float)mean;
            result[4 * width + c] = (float)(deviation / total);
            result[5 * width + c] = Mode(values, order, weight);
        }
    }

    /// <summary>The weighted mean alone.</summary>
    /// <inheritdoc cref="Compute"/>
    /// <param name="rows">[n × width], n ≥ 1, row-major.</param>
    /// <param name="width">Numbers per row.</param>
    /// <param name="weights">Of each row [n]; empty: equal ones.</param>
    /// <param name="result">[width]</param>
    public static void Mean(ReadOnlySpan<float> rows, int width, ReadOnlySpan<float> weights, Span<float> result)
    {
        var count = rows.Length / width;
        Span<double> weight = count <= 256 ? stackalloc double[count] : new double[count];
        var total = Fill(weight, weights);
        for (var c = 0; c < width; c++)
        {
            var sum = 0.0;
            for (var r = 0; r < count; r++) sum += weight[r] * rows[r * width + c];
            result[c] = (float)(sum / total);
        }
    }

    static double Fill(Span<double> weight, ReadOnlySpan<float> given)
    {
        weight.Fill(1);
        if (given.IndexOfAnyExcept(0f) < 0) return weight.Length;
        var total = 0.0;
        for (var r = 0; r < weight.Length; r++) total += weight[r] = given[r];
        return total;
    }

    // Runs of ascending values whose neighbours are equal: the mean of the heaviest run, of several the first.
    static float Mode(float[] sorted, int[] order, ReadOnlySpan<double> weight)
    {
        var (best, mode) = (-1.0, 0.0);
        for (var first = 0; first < sorted.Length;)
        {
            var (heavy, sum, end) = (0.0, 0.0, first);
            do
            {
                heavy += weight[order[end]];
                sum += weight[order[end]] * sorted[end];
                end++;
            }
            while (end < sorted.Length && sorted[end] - sorted[end - 1] <= Equal * Math.Max(1, Math.Abs(sorted[end])));
            // Amounts of a formula are sums of decimals: what differs by their rounding is as heavy.
            if (heavy > best * (1 + 1e-6)) (best, mode) = (heavy, heavy > 0 ? sum / heavy : sorted[first]);
            first = end;
        }
        return (float)mode;
    }
}
