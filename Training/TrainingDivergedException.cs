namespace AtomSets.Training;

/// <summary>The loss or the gradient became infinite or not a number, and the settings do not allow (further) retries.</summary>
public sealed class TrainingDivergedException : Exception
{
    public TrainingDivergedException(string message, int epoch, long step) : base(message)
    {
        Epoch = epoch;
        Step = step;
    }

    /// <summary>Epoch in which it happened, from 1.</summary>
    public int Epoch { get; }

    /// <summary>Optimiser steps taken before.</summary>
    public long Step { get; }
}
