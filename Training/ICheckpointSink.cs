namespace AtomSets.Training;

/// <summary>Keeps checkpoints, on the training thread. A checkpoint is a snapshot in host memory: writing it may happen later and elsewhere.</summary>
public interface ICheckpointSink
{
    /// <summary>A new checkpoint, which replaces earlier ones of this training.</summary>
    void Save(TrainCheckpoint checkpoint);
}
