namespace AtomSets.Studies;

/// <summary>
/// One row per trial key for all studies and engines: who is computing it, and its result. Safe for concurrent use, by many processes.
/// </summary>
/// <remarks>
/// A claim takes a lease with an epoch: 1 for the first claim of a key, one more for each later claim. Every write names its lease; a
/// write from an epoch that is no longer the newest, or to a trial that has ended, changes nothing, is recorded as stale, and returns
/// false: its worker must stop. A lease that ran out but was not taken by another may still be renewed and used. Time is the store's, so that hosts' clocks do not matter. Where that clock is set back, a
/// lease would run for as much longer: one that ends later than any claim of now could make it (<see cref="MostLease"/>) has ended for whoever claims.
/// Every write is idempotent: repeating one whose answer was lost does no harm (a repeated <see cref="FinishAsync"/> of the same lease
/// returns true). <see cref="StoreUnavailableException"/> may come from any method.
/// </remarks>
public interface ITrialLedger
{
    /// <summary>How far ahead the end of a running lease can lie, for whoever claims for <paramref name="lease"/>: others may claim for twice as long, and a minute.</summary>
    static TimeSpan MostLease(TimeSpan lease) => (2 * lease) + TimeSpan.FromMinutes(1);

    /// <summary>Claims a trial, unless it is finished or someone else's lease on it runs. A failed or released trial can be claimed at once.</summary>
    /// <param name="spec">Stored with the key on first sight.</param>
    /// <param name="owner">Who claims: host, process and worker, for people and for takeovers: a claim by the same owner takes over its own lease.</param>
    Task<TrialClaim> ClaimAsync(TrialSpec spec, string owner, TimeSpan lease, CancellationToken cancellation);

    /// <summary>Makes the lease end <paramref name="duration"/> from now.</summary>
    Task<bool> RenewAsync(TrialLease lease, TimeSpan duration, CancellationToken cancellation);

    /// <summary>Says from where another claim can continue. Replaces the earlier checkpoint, and sets <see cref="TrialRecord.Attempts"/> back to 0.</summary>
    Task<bool> RecordCheckpointAsync(TrialLease lease, TrialCheckpoint checkpoint, CancellationToken cancellation);

    /// <summary>
    /// Result, predictions, looks at test rows and the finished state, in one transaction that checks the lease. The checkpoint reference is dropped.
    /// </summary>
    /// <exception cref="ArgumentException">The result's kind is not the spec's.</exception>
    Task<bool> FinishAsync(TrialLease lease, TrialResult result, IReadOnlyList<TrialPrediction> predictions, CancellationToken cancellation);

    /// <summary>Ends the attempt with a failure. The checkpoint stays, <see cref="TrialRecord.Attempts"/> goes back to 0.</summary>
    Task<bool> FailAsync(TrialLease lease, string reason, bool transient, CancellationToken cancellation);

    /// <summary>Every trial that is claimed and has not ended, by key; those whose lease ran out too, until someone claims them again.</summary>
    Task<IReadOnlyList<ClaimedTrial>> ClaimedAsync(CancellationToken cancellation);

    /// <summary>Owners with a lease that runs, each once, in order.</summary>
    Task<IReadOnlyList<string>> OwnersAsync(CancellationToken cancellation);

    /// <summary>Ends all leases of an owner now, for a caller who knows that it is dead (a process of this machine that no longer exists).</summary>
    /// <returns>How many leases ended.</returns>
    Task<int> ExpireAsync(string owner, CancellationToken cancellation);

    /// <summary>
    /// A finished training whose weights were lost can be claimed again, from its start; its result stays until the next <see cref="FinishAsync"/>, its predictions go.
    /// Does nothing to a trial that is not finished, or has other weights by now.
    /// </summary>
    /// <param name="weights">Hash of the lost file.</param>
    Task ReopenAsync(TrialKey key, string weights, CancellationToken cancellation);

    /// <summary>Gives the lease back (cancelled, or the host shuts down). The checkpoint stays, <see cref="TrialRecord.Attempts"/> goes back to 0.</summary>
    Task<bool> ReleaseAsync(TrialLease lease, CancellationToken cancellation);

    /// <summary>What is known about these keys; unknown keys are missing from the answer.</summary>
    Task<IReadOnlyDictionary<TrialKey, TrialRecord>> FindAsync(IReadOnlyCollection<TrialKey> keys, CancellationToken cancellation);

    /// <summary>The stored spec, or null.</summary>
    Task<TrialSpec?> SpecAsync(TrialKey key, CancellationToken cancellation);

    /// <summary>Keys beginning with these digits, at most <paramref name="limit"/>, in order.</summary>
    Task<IReadOnlyList<TrialKey>> CompleteKeyAsync(string prefix, int limit, CancellationToken cancellation);

    /// <summary>Predictions of a finished trial, in the order given to <see cref="FinishAsync"/>; empty when there are none.</summary>
    Task<IReadOnlyList<TrialPrediction>> PredictionsAsync(TrialKey key, CancellationToken cancellation);

    /// <summary>
    /// How often test rows were looked at, in the whole store: one count per finished evaluation, by data set, target and row set;
    /// ordered by these.
    /// </summary>
    Task<IReadOnlyList<TestLookCount>> CountTestLooksAsync(CancellationToken cancellation);
}

/// <summary>The right to write a trial's outcome.</summary>
public readonly record struct TrialLease(TrialKey Key, long Epoch);

/// <param name="Artifact">Hash of the checkpoint file.</param>
/// <param name="Epochs">Training epochs that it contains.</param>
public sealed record TrialCheckpoint(string Artifact, int Epochs);

/// <summary>The answer to a claim.</summary>
public abstract record TrialClaim
{
    TrialClaim() { }

    /// <summary>The trial is the claimer's.</summary>
    /// <param name="Checkpoint">Continue from here; null: from the start.</param>
    /// <param name="Attempts">
    /// Workers lost in a row: earlier claims that ended neither finished, failed nor released, since the last checkpoint. A host that sees
    /// many of them should fail the trial rather than lose another worker.
    /// </param>
    public sealed record Claimed(TrialLease Lease, TrialCheckpoint? Checkpoint, int Attempts) : TrialClaim;

    /// <summary>Nothing to compute.</summary>
    public sealed record AlreadyFinished(TrialResult Result) : TrialClaim;

    /// <summary>Ask again when the lease may have ended, or when the ledger shows the trial finished.</summary>
    public sealed record HeldByOther(string Owner, DateTimeOffset Until) : TrialClaim;
}

public enum TrialStatus
{
    /// <summary>Claimed; whether the lease still runs is in <see cref="TrialRecord.LeasedUntil"/>.</summary>
    Claimed,
    Finished,
    Failed,
    Released,
}

/// <summary>A row of the ledger.</summary>
/// <param name="Epoch">The newest lease's.</param>
/// <param name="Result">When finished, and of a training that is to be run again for its weights.</param>
/// <param name="Attempts">As in <see cref="TrialClaim.Claimed"/>; the running claim does not count.</param>
/// <param name="Failure">When failed.</param>
/// <param name="StaleReports">How many writes came from old epochs.</param>
public sealed record TrialRecord(
    TrialKey Key, TrialKind Kind, TrialStatus Status, long Epoch, string Owner, DateTimeOffset LeasedUntil, int Attempts,
    TrialCheckpoint? Checkpoint, TrialResult? Result, string? Failure, bool TransientFailure, int StaleReports);

/// <summary>A trial that someone computes. Times are durations by the store's clock.</summary>
/// <param name="Age">Since it was claimed.</param>
/// <param name="LeaseLeft">Until others may take it; negative when that time has come.</param>
public sealed record ClaimedTrial(TrialKey Key, string Owner, TimeSpan Age, TimeSpan LeaseLeft);

public sealed record TestLookCount(string DataSet, string Target, string Rows, int RowCount, int Looks);
