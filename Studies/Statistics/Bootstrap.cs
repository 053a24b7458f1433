namespace AtomSets.Studies;

/// <summary>Percentile intervals of resampled values (Efron 1979, doi:10.1214/aos/1176344552).</summary>
static class Bootstrap
{
    /// <param name="values">One per resampling; sorted in place. Infinite ones stand at their end.</param>
    /// <param name="confidence">In (0, 1).</param>
    public static (double Low, double High) Interval(double[] values, double confidence)
    {
        if (confidence is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "The confidence must lie between 0 and 1.");
        Array.Sort(values);
        var tail = (1 - confidence) / 2;
        return (Quantile(values, tail), Quantile(values, 1 - tail));
    }

    static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] == sorted[above] ? sorted[below] : sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
