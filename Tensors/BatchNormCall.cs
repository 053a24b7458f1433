namespace AtomSets.Tensors;

/// <summary>
/// The arguments of one batch normalisation of X [Rows × Columns]. A row of multiplicity m counts as m equal rows; n = Σ m.
/// With <see cref="UsesBatch"/>: mean = Σ m x/n, variance = Σ m (x − mean)²/n, and the statistics for the running values (mean;
/// unbiased variance, · n/(n − 1)) are written to the states' gradient slots. A batch with n ≤ 1 says nothing about the variance:
/// the running values are written there instead, so that they stay. Without it the running values normalise.
/// </summary>
public sealed class BatchNormCall
{
    public int Rows, Columns;
    public double Epsilon;
    public bool UsesBatch;

    /// <summary>[Rows × Columns]; the gradient may be empty.</summary>
    public DeviceSpan X, XGradient, Y, YGradient;

    /// <summary>[Rows], or empty: all 1.</summary>
    public DeviceSpan Multiplicities;

    /// <summary>[Columns]; gradients may be empty.</summary>
    public DeviceSpan Weight, Bias, WeightGradient, BiasGradient;

    /// <summary>[Columns] running statistics, and where the batch's statistics go; the latter are empty unless <see cref="UsesBatch"/>.</summary>
    public DeviceSpan RunningMean, RunningVariance, MeanStatistic, VarianceStatistic;

    /// <summary>[2 × Columns] kept for the backward pass: the mean and 1/√(variance + ε) that were used.</summary>
    public DeviceSpan Moments;
}
