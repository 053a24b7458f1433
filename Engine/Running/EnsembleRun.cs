using System.Collections.Immutable;
using AtomSets.Studies;
using AtomSets.Tensors;

namespace AtomSets.Engine;

/// <summary>Computes the trial of an ensemble: no training, but a validation error by which it can be chosen. It keeps no checkpoint.</summary>
sealed class EnsembleRun(TrialContext context, EnsembleContent content, IKernels kernels, WorkerState worker)
{
    public TrialOutcome Run(CancellationToken cancellation)
    {
        var began = context.Time.GetTimestamp();
        worker.TrainingBegan(0, 1, content.Data.Unit);
        worker.Activity("predicting validation rows");
        var ensemble = EnsembleTrial.Make(context, content, kernels, done => worker.Fitted((double)done / content.Members.Length), cancellation);
        return new TrialOutcome(
            new TrainResult(ensemble.Score)
            {
                Seconds = context.Time.GetElapsedTime(began).TotalSeconds,
                Info = TrialRunner.Info(kernels.Name, context),
                Metrics = ensemble.File.Metrics.ToImmutableSortedDictionary(StringComparer.Ordinal),
                // Its members had all the training that there is.
                Stop = StopReason.Plateau,
                Weights = ensemble.IsSmall ? context.Artifacts.Put(ensemble.File.WriteTo) : null,
                Parameters = ensemble.Parameters,
            },
            []);
    }
}
