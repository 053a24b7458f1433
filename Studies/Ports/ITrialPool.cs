using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>Where a study's driver sends its trials: the pool in this process, or a grain. Safe for concurrent use; every call is idempotent.</summary>
public interface ITrialPool
{
    /// <summary>Runs these trials when their turn comes. A trial submitted by several studies runs once.</summary>
    Task SubmitAsync(string study, ImmutableArray<RequestTrial> trials, CancellationToken cancellation);

    /// <summary>What the study waits for has another priority from now on; running trials go on.</summary>
    Task PrioritizeAsync(string study, int priority, CancellationToken cancellation);

    /// <summary>The study no longer waits for these; running ones that nobody else wants are revoked.</summary>
    Task WithdrawAsync(string study, ImmutableArray<TrialKey> keys, CancellationToken cancellation);

    /// <summary>The study no longer waits for those of these that no worker has begun.</summary>
    /// <returns>Those.</returns>
    Task<ImmutableArray<TrialKey>> WithdrawWaitingAsync(string study, ImmutableArray<TrialKey> keys, CancellationToken cancellation);

    /// <summary>The study no longer waits for anything. Returns when none of its own trials runs any more.</summary>
    Task WithdrawAllAsync(string study, CancellationToken cancellation);
}

/// <summary>Hears that trials have ended. A hint: the truth is in the ledger, and hearing twice or late does no harm.</summary>
public interface ITrialListener
{
    /// <summary>The ledger has an outcome for this trial. Must not block.</summary>
    void TrialEnded(TrialKey key);
}
