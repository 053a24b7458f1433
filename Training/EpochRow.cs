namespace AtomSets.Training;

/// <summary>What one epoch came to.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">Mean loss over the training rows as they were seen, in scaled units; NaN where the epoch diverged.</param>
/// <param name="ValidationError">Error on the validation rows by <see cref="TrainSettings.Criterion"/>: as a rule the mean absolute error in the target's unit, or log loss for probabilities. NaN without such rows.</param>
/// <param name="LearningRate">Learning rate of the epoch's last step.</param>
/// <param name="Seconds">Wall time, validation included.</param>
public readonly record struct EpochRow(int Epoch, double TrainLoss, double ValidationError, double LearningRate, double Seconds);
