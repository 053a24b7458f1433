using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>Computes this process's shards of a training that another process leads, step by step with it: the same training, of which only the leader keeps
/// anything.</summary>
sealed class AssistingRun(TrialContext context, TrialSpec spec, IGangLink link, Func<IKernels> own, Func<IReadOnlyList<IKernels>> helpers)
{
    /// <returns>What made this process unable to take part; null when it did.</returns>
    /// <exception cref="OperationCanceledException">The gang ended before the training.</exception>
    public string? Run(CancellationToken cancellation)
    {
        var call = new GangCall(link, cancellation);
        var hasJoined = false;
        try
        {
            var kernels = own();
            NumericsClass.Check(spec, context.Numerics);
            if (TrialContent.Read(spec) is not TrainContent content) throw new InvalidOperationException($"a trial of kind {spec.Kind} has no shards");
            using var setup = TrainingSetup.Open(context, content, kernels, cancellation);
            if (call.Join(kernels.Name) is not { } roster) return $"it computes with {kernels.Name}, the trial's leader with other kernels";
            hasJoined = true;
            Train(content, setup, call, roster, cancellation);
            return null;
        }
        catch (OperationCanceledException)
        {
            link.End(null);
            throw;
        }
        catch (Exception e) when (!hasJoined)
        {
            // The leader goes on without this process.
            call.Refuse(e.Message);
            return e.Message;
        }
        catch (Exception e) when (hasJoined)
        {
            link.End(e.Message);
            return e.Message;
        }
    }

    void Train(TrainContent content, TrainingSetup setup, GangCall call, GangRoster roster, CancellationToken cancellation)
    {
        using var exchange = new GangExchange(link, roster, setup.Inputs.Parameters, content.Training.StepShards(), cancellation);
        using var trainer = new Trainer(setup.Inputs, new TrainOptions { Time = context.Time, PauseAfter = content.Rung?.Until, Helpers = helpers(), Exchange = exchange });
        var start = call.Await();
        if (start.Fingerprint != trainer.Fingerprint) throw new TrialFailedException("the training that this process prepared is not the leader's", transient: true);
        if (start.Checkpoint is { } artifact) trainer.Resume(TrainCheckpoint.Read(context.Artifacts.Get(artifact), $"checkpoint of trial {spec.Key.Short}"));
        try
        {
            if (trainer.Run(cancellation).StopReason == Training.StopReason.Cancelled) throw new OperationCanceledException("the gang ended", cancellation);
        }
        catch (TrainingDivergedException)
        {
            // The leader finds the same, and says so.
        }
    }
}
