namespace AtomSets.Training;

/// <summary>Hears of a training's progress, on the training thread: return quickly.</summary>
public interface ITrainObserver
{
    /// <summary>An epoch is over. After a resumed training, epochs behind the checkpoint come again with equal numbers but other times.</summary>
    void EpochEnded(in EpochRow row);

    /// <summary>Every <see cref="TrainOptions.ProgressSteps"/> steps.</summary>
    void Progressed(in TrainProgress progress);
}
