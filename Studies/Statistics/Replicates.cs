namespace AtomSets.Studies;

/// <summary>How far values of the same thing lie apart, such as errors over seeds or folds.</summary>
public static class Replicates
{
    /// <summary>Standard deviation (divisor n − 1), in the values' unit; null for fewer than two.</summary>
    public static double? Deviation(IReadOnlyCollection<double> values) => values.Count < 2 ? null : Math.Sqrt(Variance(values));

    /// <summary>Standard error of their mean, in the values' unit; null for fewer than two.</summary>
    public static double? StandardError(IReadOnlyCollection<double> values) => values.Count < 2 ? null : Math.Sqrt(Variance(values) / values.Count);

    static double Variance(IReadOnlyCollection<double> values)
    {
        var mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
    }
}
