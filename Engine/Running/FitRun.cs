using System.Collections.Immutable;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>Computes one training trial whose model is fitted in one go. It counts as one epoch, and keeps no checkpoint: an interrupted one begins anew and
/// ends with the same numbers.</summary>
sealed class FitRun(TrialContext context, TrialJob job, TrainContent content, WorkerState worker)
{
    public TrialOutcome Run(CancellationToken cancellation)
    {
        var rows = PreparedRows.Open(content.Data, context.Data, context.Artifacts, cancellation);
        var (trainRows, validationRows) = (rows.Training(content.Rows), rows.Validation);
        (ModelFile File, string Name)? parent = content.Parent is null
            ? null
            : new ParentLoader(context.Ledger, context.Artifacts, context.Data).OpenAsync(content.Parent, cancellation).GetAwaiter().GetResult();
        var featureParent = parent?.File.ToParent(context.Models, parent.Value.Name);
        var prepared = context.Data.Prepare(rows.Set, featureParent);
        var spec = TrainedNotes.Resolve(context.Models, content.Model!);
        var family = (IFittedFamily)context.Models[spec.Kind];
        using var source = family.OpenSource(spec, prepared);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var journal = new TrialJournal(context, job, trainRows.Length, worker, stop);
        context.Metrics.TruncateAsync(job.Lease, 0, CancellationToken.None).GetAwaiter().GetResult();
        worker.TrainingBegan(0, 1, content.Data.Unit);
        var began = context.Time.GetTimestamp();
        var task = new FitTask
        {
            Family = family, Spec = spec, Source = source, Targets = rows.Targets, TrainRows = trainRows, ValidationRows = validationRows,
            Scaling = content.Training.Scaling, Seed = content.Seed,
        };
        var outcome = ModelFit.Run(task, worker.Fitted, stop.Token);
        var seconds = context.Time.GetElapsedTime(began).TotalSeconds;
        journal.EpochEnded(new Training.EpochRow(1, double.NaN, outcome.ValidationError, 0, seconds));
        journal.Flush();
        if (journal.LeaseLost) throw new OperationCanceledException("the trial was stopped", stop.Token);
        if (!double.IsFinite(outcome.ValidationError))
            throw new TrialFailedException("the fit's validation error is not finite: look at inputs and targets for outliers", transient: false);

        var notes = new TrainedNotes(content, rows, trainRows, validationRows);
        var metrics = notes.Metrics(outcome.OutputKind, outcome.ValidationPredictions);
        var file = new ModelFile
        {
            Spec = spec,
            Target = new ModelTarget(content.Data.Request.Target, content.Data.Unit, outcome.Scaler),
            Parameters = outcome.Tensors,
            FeatureParent = featureParent is null ? null : FeatureParent.From(featureParent),
            Provenance = notes.Provenance(parent),
            Metrics = metrics,
        };
        return new TrialOutcome(
            new TrainResult(notes.Score(outcome.OutputKind, outcome.ValidationError))
            {
                Seconds = seconds,
                Info = TrialRunner.Info("host", context),
                Metrics = metrics.ToImmutableSortedDictionary(StringComparer.Ordinal),
                Epochs = 1,
                BestEpoch = 1,
                // It had all the training that there is.
                Stop = Studies.StopReason.Plateau,
                Weights = context.Artifacts.Put(file.WriteTo),
                Parameters = outcome.Tensors.Values.Sum(tensor => (long)tensor.Values.Length),
            },
            []);
    }
}
