namespace AtomSets.Training;

/// <summary>A glance at a running training, for progress bars.</summary>
/// <param name="Epoch">Current epoch, from 1.</param>
/// <param name="Epochs">Cap on epochs.</param>
/// <param name="Step">Steps done in this epoch.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="Loss">Mean loss of this epoch so far, in scaled units.</param>
/// <param name="MaterialsPerSecond">Training materials per second in this epoch.</param>
/// <param name="BestValidationError">Best so far, in the target's unit; infinite before the first epoch ends.</param>
/// <param name="EpochsWithoutImprovement">Epochs waited of the patience.</param>
public readonly record struct TrainProgress(
    int Epoch, int Epochs, int Step, int StepsPerEpoch, double Loss, double MaterialsPerSecond, double BestValidationError, int EpochsWithoutImprovement);
