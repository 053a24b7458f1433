namespace AtomSets.Training;

/// <summary>Errors of predicted numbers, in the target's unit.</summary>
/// <param name="Count">Rows compared.</param>
/// <param name="MeanAbsoluteError">(1/n) Σ |ŷ − y|</param>
/// <param name="RootMeanSquareError">√((1/n) Σ (ŷ − y)²)</param>
/// <param name="RSquared">1 − Σ (ŷ − y)² / Σ (y − ȳ)²; NaN where all targets are equal.</param>
public readonly record struct RegressionMetrics(int Count, double MeanAbsoluteError, double RootMeanSquareError, double RSquared)
{
    /// <summary>Compares predictions with targets, entry by entry.</summary>
    /// <exception cref="ArgumentException">The lengths differ or are zero.</exception>
    public static RegressionMetrics Of(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets)
    {
        if (predictions.Length != targets.Length || targets.IsEmpty)
            throw new ArgumentException($"{predictions.Length} predictions for {targets.Length} targets: need equally many, at least one", nameof(predictions));
        double absolute = 0, squares = 0, sum = 0;
        for (var i = 0; i < targets.Length; i++)
        {
            var error = predictions[i] - targets[i];
            absolute += Math.Abs(error);
            squares += error * error;
            sum += targets[i];
        }
        var mean = sum / targets.Length;
        double spread = 0;
        foreach (var target in targets) spread += (target - mean) * (target - mean);
        return new RegressionMetrics(targets.Length, absolute / targets.Length, Math.Sqrt(squares / targets.Length), spread > 0 ? 1 - squares / spread : double.NaN);
    }
}
