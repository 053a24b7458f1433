namespace AtomSets.Studies;

/// <summary>Learning curves: one row per trial and epoch. Safe for concurrent use.</summary>
public interface IMetricSink
{
    /// <summary>
    /// Stores rows of consecutive epochs. Rows of the trial from the first of these epochs on are replaced, so that repeating an
    /// append, or appending after a resumption, leaves one row per epoch.
    /// </summary>
    /// <param name="rows">Ascending by epoch; may be empty.</param>
    /// <returns>False, and nothing stored, when the lease is not the newest of its trial.</returns>
    Task<bool> AppendAsync(TrialLease lease, IReadOnlyList<EpochRow> rows, CancellationToken cancellation);

    /// <summary>Deletes rows of epochs after <paramref name="lastEpoch"/>: what a worker does on resuming from a checkpoint (0: all rows).</summary>
    /// <returns>False, and nothing deleted, when the lease is not the newest of its trial.</returns>
    Task<bool> TruncateAsync(TrialLease lease, int lastEpoch, CancellationToken cancellation);

    /// <summary>The last row of each of these trials; those without rows are missing from the answer.</summary>
    Task<IReadOnlyDictionary<TrialKey, EpochRow>> LastAsync(IReadOnlyCollection<TrialKey> keys, CancellationToken cancellation);

    /// <summary>All rows by epoch; empty for an unknown trial.</summary>
    Task<IReadOnlyList<EpochRow>> ReadAsync(TrialKey key, CancellationToken cancellation);
}

/// <param name="Epoch">1-based.</param>
/// <param name="TrainLoss">Mean over the epoch, in scaled units.</param>
/// <param name="ValidationError">In the target's physical unit; NaN where the epoch was not validated.</param>
/// <param name="Seconds">Of this epoch.</param>
/// <param name="SamplesPerSecond">Training samples over training time.</param>
public readonly record struct EpochRow(
    int Epoch, double TrainLoss, double ValidationError, double LearningRate, double Seconds, double SamplesPerSecond);
