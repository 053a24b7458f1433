namespace AtomSets.Training;

/// <summary>Takes targets to the network's units and predictions back: scaled = (physical − <paramref name="Mean"/>) / <paramref name="Deviation"/>.</summary>
/// <param name="Mean">Mean of the training targets, in their unit; 0 without scaling.</param>
/// <param name="Deviation">Standard deviation of the training targets (of the population: divisor n), in their unit; 1 without scaling.</param>
public readonly record struct TargetScaler(double Mean, double Deviation)
{
    /// <summary>No scaling.</summary>
    public static TargetScaler Identity { get; } = new(0, 1);

    /// <summary>Standardises on the given rows alone, so that nothing of validation or test rows leaks in. Constant targets keep a deviation of 1.</summary>
    /// <exception cref="TrainingInputException">There is no row, or a target is not a finite number.</exception>
    public static TargetScaler Standard(ReadOnlySpan<double> targets, ReadOnlySpan<int> rows)
    {
        if (rows.IsEmpty) throw new TrainingInputException("there are no training rows: give a data set or a size of at least 1");
        double sum = 0;
        foreach (var row in rows)
        {
            if (!double.IsFinite(targets[row])) throw new TrainingInputException($"the target of row {row} is {targets[row]}: leave out rows without a value");
            sum += targets[row];
        }
        var mean = sum / rows.Length;
        double squares = 0;
        foreach (var row in rows) squares += (targets[row] - mean) * (targets[row] - mean);
        var deviation = Math.Sqrt(squares / rows.Length);
        // Rounding leaves a tiny deviation for constant targets; dividing by it would blow noise up.
        return new TargetScaler(mean, deviation > 1e-12 * Math.Max(1, Math.Abs(mean)) ? deviation : 1);
    }

    /// <summary>Physical → network units.</summary>
    public double Scale(double physical) => (physical - Mean) / Deviation;

    /// <summary>Network units → physical.</summary>
    public double Unscale(double scaled) => scaled * Deviation + Mean;
}
