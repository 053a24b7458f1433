using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>The weights of a finished training are no longer among the artifacts.</summary>
public sealed class WeightsLostException(TrialKey trial, string weights, ArtifactMissingException inner) : ArtifactException(inner.Message, inner)
{
    public TrialKey Trial { get; } = trial;

    /// <summary>Hash of the file.</summary>
    public string Weights { get; } = weights;
}

/// <summary>Makes weights that were lost anew: a training has the same bits whenever and by whomever it is run, so its spec is enough.</summary>
sealed class LostWeights(TrialContext context, ITrialRunner runner)
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Trains again what <paramref name="job"/> needs, unless another worker does; returns when the weights are there.</summary>
    /// <exception cref="TrialFailedException">The training fails this time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="job"/> is revoked.</exception>
    public async Task MakeAnewAsync(TrialJob job, WeightsLostException lost, CancellationToken cancellation)
    {
        var spec = await context.Ledger.SpecAsync(lost.Trial, cancellation) ?? throw new TrialFailedException(lost.Message, transient: false, lost);
        var owner = (await context.Ledger.FindAsync([job.Spec.Key], cancellation))[job.Spec.Key].Owner;
        await context.Ledger.ReopenAsync(lost.Trial, lost.Weights, cancellation);
        var attempt = new TrialAttempt(context.Ledger, runner, owner, context.Time);
        while ((await attempt.RunAsync(spec, $"{job.Node}: its parent again", cancellation)).End is not AttemptEnd.Settled) await Task.Delay(Pause, context.Time, cancellation);
        var record = (await context.Ledger.FindAsync([lost.Trial], cancellation))[lost.Trial];
        if (record.Status is TrialStatus.Failed)
            throw new TrialFailedException($"the weights of trial {lost.Trial.Short} were gone, and training it again failed: {record.Failure}", record.TransientFailure, lost);
    }
}
