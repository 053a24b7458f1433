using System.Collections.Immutable;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>Computes one training trial, from its checkpoint where there is one.</summary>
sealed class TrainingRun(TrialContext context, TrialJob job, TrainContent content, IKernels kernels, IReadOnlyList<IKernels> helpers, WorkerState worker)
{
    string? _resumedFrom, _rungBefore;

    public TrialOutcome Run(CancellationToken cancellation)
    {
        using var setup = TrainingSetup.Open(context, content, kernels, cancellation);
        var (rows, parent, featureParent, inputs) = (setup.Rows, setup.Parent, setup.FeatureParent, setup.Inputs);
        var (model, parameters, trainRows, validationRows) = (inputs.Model, inputs.Parameters, inputs.TrainRows, inputs.ValidationRows);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var journal = new TrialJournal(context, job, trainRows.Length, content.Training.StepRows, worker, stop);
        var gang = job.Gang is { } link ? new GangCall(link, cancellation) : null;
        var roster = gang?.Gather(kernels.Name);
        using var exchange = gang is null || roster is null ? null : new GangExchange(gang.Link, roster, parameters, content.Training.StepShards(), stop.Token);
        var options = new TrainOptions
        {
            Observer = journal, Checkpoints = journal, CheckpointInterval = context.CheckpointInterval, Time = context.Time,
            PauseAfter = content.Rung?.Until, Helpers = helpers, Exchange = exchange,
        };
        using var trainer = new Trainer(inputs, options);
        var (begunAt, resumedAt) = Resume(trainer, journal);
        gang?.Start(roster!, new GangCall.StartNote(_resumedFrom, trainer.Fingerprint));
        worker.TrainingBegan(resumedAt, content.Rung?.Until ?? content.Training.Epochs, content.Data.Unit);
        var outcome = trainer.Run(stop.Token);
        journal.Flush();
        if (outcome.StopReason == Training.StopReason.Cancelled && job.Gang?.Problem is { } problem) throw new TrialFailedException(problem, transient: true);
        if (journal.LeaseLost || outcome.StopReason == Training.StopReason.Cancelled) throw new OperationCanceledException("the trial was stopped", stop.Token);

        if (!double.IsFinite(outcome.BestValidationError))
            throw new TrialFailedException("no epoch had a finite validation error: lower learning_rate, or look at the targets for outliers", transient: false);
        var target = new ModelTarget(content.Data.Request.Target, content.Data.Unit, outcome.Scaler);
        var notes = new TrainedNotes(content, rows, trainRows, validationRows);
        var validated = trainer.Predict(validationRows, CancellationToken.None);
        if (setup.Added is { } added)
            for (var i = 0; i < validated.Length; i++) validated[i] += added[validationRows[i]];
        var metrics = notes.Metrics(model.OutputKind, validated);
        var file = ModelFile.From(model, parameters, target) with
        {
            References = setup.References,
            Baseline = setup.Baseline,
            FeatureParent = featureParent is null ? null : FeatureParent.From(featureParent),
            Training = content.Training,
            Calibration = notes.Calibration(model.OutputKind, validated),
            Provenance = notes.Provenance(parent),
            Metrics = metrics,
        };
        var pause = outcome.Checkpoint is { } paused ? context.Artifacts.Put(paused.WriteTo) : null;
        // The last checkpoint may have been made at the very epoch of the pause.
        if (pause is not null) journal.Spare(pause);
        return new TrialOutcome(
            new TrainResult(notes.Score(model.OutputKind, outcome.BestValidationError))
            {
                Seconds = outcome.History.Where(row => row.Epoch > begunAt).Sum(row => row.Seconds),
                Info = TrialRunner.Info(kernels.Name, context).Add("transfer", setup.Report.ToString()),
                Metrics = metrics.ToImmutableSortedDictionary(StringComparer.Ordinal),
                Epochs = outcome.Epochs,
                Workers = roster?.Workers.Sum() ?? 1 + helpers.Count,
                BestEpoch = outcome.BestEpoch,
                Stop = outcome.StopReason switch
                {
                    Training.StopReason.Plateau => Studies.StopReason.Plateau,
                    Training.StopReason.Paused => Studies.StopReason.Paused,
                    _ => Studies.StopReason.Cap,
                },
                Checkpoint = pause,
                // A paused training is not chosen: what goes on from it is, and that keeps its own. Its checkpoint holds the best weights too.
                Weights = outcome.StopReason == Training.StopReason.Paused ? null : context.Artifacts.Put(file.WriteTo),
                Parameters = model.Parameters.ParameterCount,
            },
            [])
        {
            Stored = () =>
            {
                journal.DropCheckpoint();
                // The rung before has no further use; who asks for it all the same begins anew, with the same numbers.
                if (_rungBefore is { } rung && rung != pause) context.Artifacts.Delete(rung);
            },
        };
    }

    /// <summary>Goes to where this trial was interrupted, else to where the rung before it ended.</summary>
    /// <returns>The epochs that belong to earlier trials, and the epochs done.</returns>
    (int Begun, int Resumed) Resume(Trainer trainer, TrialJournal journal)
    {
        var before = content.Rung?.From is { } from ? Paused(from, journal) : null;
        var begun = before?.Checkpoint.Epoch ?? 0;
        var epoch = job.Checkpoint is { } kept && Use(trainer, kept.Artifact, () => Read(kept.Artifact, job.Spec.Key)) is { } resumed ? resumed
            : before is not null && Use(trainer, before.Value.Artifact, () => before.Value.Checkpoint) is { } continued ? continued
            : begun = 0;
        context.Metrics.TruncateAsync(job.Lease, epoch, CancellationToken.None).GetAwaiter().GetResult();
        return (begun, epoch);
    }

    // A checkpoint that cannot be used costs time, never the trial: it then starts over, with the same numbers.
    int? Use(Trainer trainer, string artifact, Func<TrainCheckpoint> open)
    {
        try
        {
            var checkpoint = open();
            trainer.Resume(checkpoint);
            _resumedFrom = artifact;
            return checkpoint.Epoch;
        }
        catch (Exception e) when (e is TrainingInputException or ArtifactException)
        {
            worker.Activity($"starting over: {e.Message}");
            return null;
        }
    }

    (string Artifact, TrainCheckpoint Checkpoint)? Paused(TrialKey from, TrialJournal journal)
    {
        try
        {
            var record = context.Ledger.FindAsync([from], CancellationToken.None).GetAwaiter().GetResult().GetValueOrDefault(from);
            if (record?.Result is not TrainResult { Checkpoint: { } artifact }) return null;
            // A checkpoint of ours from before the first step has the same content.
            journal.Spare(artifact);
            _rungBefore = artifact;
            return (artifact, Read(artifact, from));
        }
        catch (ArtifactException e)
        {
            worker.Activity($"starting over: {e.Message}");
            return null;
        }
    }

    TrainCheckpoint Read(string artifact, TrialKey of) => TrainCheckpoint.Read(context.Artifacts.Get(artifact), $"checkpoint of trial {of.Short}");
}
