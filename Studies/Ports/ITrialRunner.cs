using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>
/// One worker's ability to compute a trial: one core or one GPU, one trial at a time. Implemented by the engine; called by <see cref="TrialAttempt"/>,
/// which owns claiming, renewing and finishing.
/// </summary>
public interface ITrialRunner
{
    /// <summary>
    /// Computes the trial, from <see cref="TrialJob.Checkpoint"/> when there is one (then metric rows beyond it are truncated first).
    /// Writes checkpoints and metric rows itself, under <see cref="TrialJob.Lease"/>; a write that returns false means that the lease is lost,
    /// and the runner stops with <see cref="OperationCanceledException"/>.
    /// </summary>
    /// <param name="cancellation">The trial is revoked or the lease lost: stop soon; a checkpoint written now is welcome.</param>
    /// <exception cref="TrialFailedException">The trial failed, for the reason given.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was signalled or the lease is lost.</exception>
    Task<TrialOutcome> RunAsync(TrialJob job, CancellationToken cancellation);
}

/// <param name="Node">The node that first asked for the trial; for messages only.</param>
/// <param name="Attempts">Earlier attempts that failed or lost their worker.</param>
public sealed record TrialJob(TrialSpec Spec, TrialLease Lease, TrialCheckpoint? Checkpoint, int Attempts, string Node)
{
    /// <summary>Workers of the same process that stand idle for this trial until the call ends: a sharded trial may use their cores.</summary>
    public ImmutableArray<ITrialRunner> Helpers { get; init; } = [];

    /// <summary>To workers of other processes that compute shards of this trial, which this runner leads; null: there are none.</summary>
    public IGangLink? Gang { get; init; }

    /// <summary>Another place may have what this one lacks: then a failure with <see cref="TrialFailedException.IsLack"/> comes before any costly remedy.</summary>
    public bool MayGiveBack { get; init; }
}

/// <param name="Predictions">Physical units; stored in this order.</param>
public sealed record TrialOutcome(TrialResult Result, IReadOnlyList<TrialPrediction> Predictions)
{
    /// <summary>Called once the ledger holds the outcome: what served only an interrupted trial may go. Must not throw.</summary>
    public Action? Stored { get; init; }
}

/// <summary>A trial cannot be computed. Any other exception of a runner counts as a failure that is not transient.</summary>
/// <param name="message">Value, rule, place, next step: shown to the user with the node.</param>
/// <param name="transient">True when trying again may help.</param>
public sealed class TrialFailedException(string message, bool transient, Exception? inner = null) : Exception(message, inner)
{
    public bool Transient { get; } = transient;

    /// <summary>This process lacks what the trial needs (data, weights); another may have it.</summary>
    public bool IsLack { get; init; }
}
