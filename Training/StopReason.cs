namespace AtomSets.Training;

/// <summary>Why a training ended.</summary>
public enum StopReason
{
    /// <summary>The validation error did not improve for <see cref="TrainSettings.Patience"/> epochs.</summary>
    Plateau,

    /// <summary>It reached <see cref="TrainSettings.Epochs"/>; it might have gone on improving.</summary>
    Cap,

    /// <summary>It reached <see cref="TrainOptions.PauseAfter"/>; another training may go on from <see cref="TrainOutcome.Checkpoint"/>.</summary>
    Paused,

    /// <summary>Somebody asked it to stop; a checkpoint was handed out before.</summary>
    Cancelled,
}
