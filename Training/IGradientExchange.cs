using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>Adds the gradients of a step's logical shards over several processes, each with a training of the same inputs and its own copy of the
/// parameters; the threads of one process share memory and need none (<see cref="TrainOptions.Helpers"/>). The sum runs in shard order whoever computed
/// them, so that the number of workers never changes a bit of the result. Called by one thread. Every method may throw
/// <see cref="OperationCanceledException"/> while it waits for the others: nothing of the step has been applied then.</summary>
public interface IGradientExchange
{
    /// <summary>A step begins.</summary>
    /// <param name="step">Steps taken before, over all epochs.</param>
    /// <param name="shares">[logical shards of this batch] Each shard's part of the batch, as a fraction of 1.</param>
    void Begin(long step, ReadOnlySpan<double> shares);

    /// <summary>Whether this process computes the shard.</summary>
    bool Computes(int shard);

    /// <summary>Takes the gradient of a computed shard from <see cref="ParameterSet.Gradients"/>, which the caller then overwrites.</summary>
    /// <param name="shard">Called in rising order.</param>
    /// <param name="loss">Mean loss of the shard.</param>
    /// <param name="parameters">Holds the gradient.</param>
    void Add(int shard, double loss, ParameterSet parameters);

    /// <summary>Puts Σ share · gradient into <see cref="ParameterSet.Gradients"/>.</summary>
    /// <returns>Σ share · loss.</returns>
    double Complete(ParameterSet parameters);

    /// <summary>Whether this process predicts a batch of the validation rows.</summary>
    /// <param name="batch">Counted from 0.</param>
    bool Predicts(int batch);

    /// <summary>Puts the other processes' predictions into <paramref name="predictions"/>, so that all decide by the same numbers.</summary>
    /// <param name="predictions">[validation rows] Those of this process's batches are filled in.</param>
    /// <param name="batchSize">Rows of a batch, the last one excepted.</param>
    void Gather(Span<double> predictions, int batchSize);
}
