using System.Collections.Immutable;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>Computes one training trial whose model is fitted in one go. It counts as one epoch, and keeps no checkpoint: an interrupted one begins anew and
/// ends with the same numbers.</summary>
sealed class FitRun(TrialContext context, TrialJob job, TrainContent content, WorkerState worker)
{
    public TrialOutcome Run(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var journal = new TrialJournal(context, job, content.Rows, content.Rows, worker, stop);
        context.Metrics.TruncateAsync(job.Lease, 0, CancellationToken.None).GetAwaiter().GetResult();
        worker.TrainingBegan(0, 1, content.Data.Unit);
        var fitted = FittedTrial.Fit(context, content, worker.Fitted, stop.Token);
        journal.EpochEnded(new Training.EpochRow(1, double.NaN, fitted.Score.Value, 0, fitted.Seconds));
        journal.Flush();
        if (journal.LeaseLost) throw new OperationCanceledException("the trial was stopped", stop.Token);
        if (!double.IsFinite(fitted.Score.Value))
            throw new TrialFailedException("the fit's validation error is not finite: look at inputs and targets for outliers", transient: false);
        return new TrialOutcome(
            new TrainResult(fitted.Score)
            {
                Seconds = fitted.Seconds,
                Info = TrialRunner.Info("host", context),
                Metrics = fitted.File.Metrics.ToImmutableSortedDictionary(StringComparer.Ordinal),
                Epochs = 1,
                BestEpoch = 1,
                // It had all the training that there is.
                Stop = StopReason.Plateau,
                Weights = fitted.IsSmall ? context.Artifacts.Put(fitted.File.WriteTo) : null,
                Parameters = fitted.Parameters,
            },
            []);
    }
}
