namespace AtomSets.Training;

/// <summary>The end of a training.</summary>
public sealed record TrainOutcome
{
    /// <summary>Why it ended.</summary>
    public required StopReason StopReason { get; init; }

    /// <summary>Epochs trained, over all resumptions.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epoch whose weights were kept, from 1; 0: the first weights, since no epoch had a finite validation error.</summary>
    public required int BestEpoch { get; init; }

    /// <summary><see cref="EpochRow.ValidationError"/> of <see cref="BestEpoch"/>; infinite without validation rows.</summary>
    public required double BestValidationError { get; init; }

    /// <summary>Target scaling that the weights belong to.</summary>
    public required TargetScaler Scaler { get; init; }

    /// <summary>Every epoch, those before a resumption included.</summary>
    public required IReadOnlyList<EpochRow> History { get; init; }

    /// <summary>With <see cref="TrainOptions.PauseAfter"/>: where another training of the same inputs goes on.</summary>
    public TrainCheckpoint? Checkpoint { get; init; }

    /// <summary>How often <see cref="NanPolicy.Halve"/> acted.</summary>
    public required int Halvings { get; init; }
}
