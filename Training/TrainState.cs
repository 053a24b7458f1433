namespace AtomSets.Training;

/// <summary>Everything that changes during a training besides the parameter buffers; a checkpoint holds it exactly.</summary>
sealed class TrainState
{
    public const int WholeNumbers = 9;
    public const int Numbers = 7;

    /// <summary>Epochs completed.</summary>
    public int Epoch;

    /// <summary>Steps completed in the current epoch.</summary>
    public int StepInEpoch;

    /// <summary>Steps over all epochs.</summary>
    public long Steps;

    /// <summary>Rows of <see cref="LossSum"/>.</summary>
    public long LossRows;

    public int BestEpoch;
    public int Waited;
    public int PlateauWaited;
    public int Halvings;

    /// <summary>Adam's step count.</summary>
    public long OptimizerSteps;

    /// <summary>Σ loss · rows over the current epoch.</summary>
    public double LossSum;

    /// <summary>Lowest validation error.</summary>
    public double Best = double.PositiveInfinity;

    /// <summary>Validation error that the next must undercut, by the least improvement, to reset the patience.</summary>
    public double Reference = double.PositiveInfinity;

    public double PlateauBest = double.PositiveInfinity;

    /// <summary>Factor that the plateau schedule has reached.</summary>
    public double PlateauFactor = 1;

    /// <summary>Factor of <see cref="NanPolicy.Halve"/>.</summary>
    public double NanFactor = 1;

    /// <summary>Wall time of the current epoch before the last resumption, in seconds.</summary>
    public double EpochSeconds;

    public List<EpochRow> History { get; } = [];

    public long[] ToWholeNumbers() => [Epoch, StepInEpoch, Steps, LossRows, BestEpoch, Waited, PlateauWaited, Halvings, OptimizerSteps];

    public double[] ToNumbers() => [LossSum, Best, Reference, PlateauBest, PlateauFactor, NanFactor, EpochSeconds];

    public static TrainState From(ReadOnlySpan<long> whole, ReadOnlySpan<double> numbers) => new()
    {
        Epoch = checked((int)whole[0]),
        StepInEpoch = checked((int)whole[1]),
        Steps = whole[2],
        LossRows = whole[3],
        BestEpoch = checked((int)whole[4]),
        Waited = checked((int)whole[5]),
        PlateauWaited = checked((int)whole[6]),
        Halvings = checked((int)whole[7]),
        OptimizerSteps = whole[8],
        LossSum = numbers[0],
        Best = numbers[1],
        Reference = numbers[2],
        PlateauBest = numbers[3],
        PlateauFactor = numbers[4],
        NanFactor = numbers[5],
        EpochSeconds = numbers[6],
    };
}
