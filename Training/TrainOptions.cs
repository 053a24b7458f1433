using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>What surrounds a training without changing its numbers.</summary>
public sealed record TrainOptions
{
    /// <summary>Hears of epochs and progress.</summary>
    public ITrainObserver? Observer { get; init; }

    /// <summary>Gets checkpoints.</summary>
    public ICheckpointSink? Checkpoints { get; init; }

    /// <summary>Time between checkpoints. One falls due in the middle of an epoch only when the epoch outlasts it.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Also hand out a checkpoint at the end of every epoch.</summary>
    public bool CheckpointEveryEpoch { get; init; }

    /// <summary>End after this epoch, if no other reason came first, and hand out a checkpoint in the outcome; null: train to the end.</summary>
    public int? PauseAfter { get; init; }

    /// <summary>Steps between progress reports.</summary>
    public int ProgressSteps { get; init; } = 20;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Kernels of further workers of this process, of the kind that the parameters live on: each computes logical shards on a thread of its own
    /// while this training lasts. Helpers beyond the number of shards are left idle. They change the speed, never a bit of the numbers.</summary>
    public IReadOnlyList<IKernels> Helpers { get; init; } = [];

    /// <summary>Shares the logical shards with trainings of the same inputs in other processes; null: all shards are computed here.</summary>
    public IGradientExchange? Exchange { get; init; }
}
