using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>How an attempt to compute a trial ended, for the pool.</summary>
public enum AttemptEnd
{
    /// <summary>The ledger holds the outcome, good or bad.</summary>
    Settled,

    /// <summary>Another owner computes it; ask again later.</summary>
    HeldByOther,

    /// <summary>Nothing is decided: revoked, or the lease was lost. The trial is to be run again if anyone wants it.</summary>
    Given,

    /// <summary>Nothing is decided: this place lacks what the trial needs, another may have it.</summary>
    Lacking,
}

/// <param name="Until">When <see cref="AttemptEnd.HeldByOther"/>: when that lease ends.</param>
public readonly record struct AttemptReport(AttemptEnd End, DateTimeOffset? Until = null, string? Message = null);

public sealed record TrialAttemptOptions
{
    /// <summary>How long a worker may be silent before others may take its trial. Default: 30 seconds.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Share of the lease after which it is renewed. Default: a quarter.</summary>
    public double RenewAfter { get; init; } = 0.25;

    /// <summary>A trial that loses this many workers in a row, without a checkpoint in between, is failed instead of begun again. Default: 10.</summary>
    public int MaxLostWorkers { get; init; } = 10;

    /// <summary>Whether the process of a lease is certainly gone: then nobody waits for its lease to run out. Default: nobody knows.</summary>
    public Func<string, bool> IsGone { get; init; } = _ => false;

    /// <summary>How long a finished trial waits for a store that is away. Default: 10 minutes.</summary>
    public TimeSpan StorePatience { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>One attempt of one worker at one trial: claim, run under a renewed lease, write the outcome. Hosts in any process use this.</summary>
public sealed class TrialAttempt(ITrialLedger ledger, ITrialRunner runner, string owner, TimeProvider time, TrialAttemptOptions? options = null)
{
    readonly TrialAttemptOptions _options = options ?? new TrialAttemptOptions();

    /// <summary>Further workers of the gang, see <see cref="TrialJob.Helpers"/>.</summary>
    public ImmutableArray<ITrialRunner> Helpers { get; init; } = [];

    /// <summary>To the gang's workers of other processes, see <see cref="TrialJob.Gang"/>.</summary>
    public IGangLink? Gang { get; init; }

    /// <summary>A trial for which this process lacks something goes back instead of failing: another place may have it.</summary>
    public bool MayGiveBack { get; init; }

    /// <summary>Never throws for what a trial does.</summary>
    /// <param name="revoked">The pool takes the trial back.</param>
    /// <exception cref="StoreUnavailableException">The ledger stayed away beyond patience.</exception>
    /// <exception cref="OperationCanceledException">Revoked before the trial was claimed.</exception>
    public async Task<AttemptReport> RunAsync(TrialSpec spec, string node, CancellationToken revoked)
    {
        if (revoked.IsCancellationRequested) return new AttemptReport(AttemptEnd.Given);
        var claim = await ClaimAsync(spec, revoked);
        if (claim is TrialClaim.HeldByOther dead && _options.IsGone(dead.Owner))
        {
            await Patiently(() => ledger.ExpireAsync(dead.Owner, revoked), revoked);
            claim = await ClaimAsync(spec, revoked);
        }
        switch (claim)
        {
            case TrialClaim.AlreadyFinished:
                return new AttemptReport(AttemptEnd.Settled);
            case TrialClaim.HeldByOther held:
                return new AttemptReport(AttemptEnd.HeldByOther, held.Until, held.Owner);
        }
        var claimed = (TrialClaim.Claimed)claim;
        if (claimed.Attempts >= _options.MaxLostWorkers)
        {
            var reason = $"Trial {spec.Key.Short} lost {claimed.Attempts} workers in a row without a checkpoint: it may be killing them (out of memory?). Look at what their logs say, then `study resume`.";
            return Settled(await Patiently(() => ledger.FailAsync(claimed.Lease, reason, transient: false, revoked), revoked));
        }
        return await RunClaimedAsync(new TrialJob(spec, claimed.Lease, claimed.Checkpoint, claimed.Attempts, node) { Helpers = Helpers, Gang = Gang, MayGiveBack = MayGiveBack }, revoked);
    }

    Task<TrialClaim> ClaimAsync(TrialSpec spec, CancellationToken revoked) => Patiently(() => ledger.ClaimAsync(spec, owner, _options.Lease, revoked), revoked);

    async Task<AttemptReport> RunClaimedAsync(TrialJob job, CancellationToken revoked)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(revoked);
        using var ended = new CancellationTokenSource();
        var renewal = RenewAsync(job.Lease, stop, ended.Token);
        var (span, began, ending, problem) = (Telemetry.Begin(job), time.GetTimestamp(), "lost", default(string));
        try
        {
            var outcome = await runner.RunAsync(job, stop.Token);
            var (result, predictions) = (outcome.Result, outcome.Predictions);
            var stored = await Patiently(() => ledger.FinishAsync(job.Lease, result, predictions, CancellationToken.None), CancellationToken.None);
            if (stored) outcome.Stored?.Invoke();
            if (stored) ending = "finished";
            return Settled(stored);
        }
        catch (OperationCanceledException)
        {
            ending = "released";
            await Patiently(() => ledger.ReleaseAsync(job.Lease, CancellationToken.None), CancellationToken.None);
            return new AttemptReport(AttemptEnd.Given);
        }
        catch (StoreUnavailableException)
        {
            throw; // not the trial's fault; the lease runs out and the trial continues from its checkpoint
        }
        catch (Exception e)
        {
            if (MayGiveBack && e is TrialFailedException { IsLack: true })
            {
                (ending, problem) = ("released", e.Message);
                await Patiently(() => ledger.ReleaseAsync(job.Lease, CancellationToken.None), CancellationToken.None);
                return new AttemptReport(AttemptEnd.Lacking, Message: e.Message);
            }
            var (reason, transient) = e is TrialFailedException failed ? (failed.Message, failed.Transient) : ($"{e.GetType().Name}: {e.Message}", false);
            (ending, problem) = ("failed", reason);
            return Settled(await Patiently(() => ledger.FailAsync(job.Lease, reason, transient, CancellationToken.None), CancellationToken.None));
        }
        finally
        {
            Telemetry.End(span, ending, time.GetElapsedTime(began), problem);
            await ended.CancelAsync();
            await renewal;
        }
    }

    Task<T> Patiently<T>(Func<Task<T>> call, CancellationToken cancellation) => StoreRetry.RunAsync(call, time, _options.StorePatience, cancellation);

    static AttemptReport Settled(bool written) => new(written ? AttemptEnd.Settled : AttemptEnd.Given);

    async Task RenewAsync(TrialLease lease, CancellationTokenSource stop, CancellationToken ended)
    {
        var pause = _options.Lease * _options.RenewAfter;
        try
        {
            while (true)
            {
                await Task.Delay(pause, time, ended);
                try
                {
                    if (await ledger.RenewAsync(lease, _options.Lease, ended)) continue;
                    await stop.CancelAsync(); // taken over: stop computing
                    return;
                }
                catch (StoreUnavailableException)
                {
                    // Ask again after the next pause; whether the lease survived is the ledger's to say.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The trial ended first.
        }
    }
}
