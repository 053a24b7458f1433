using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>
/// A round of active learning: the models of the round before predict the rows that have no label yet, and those that they are least sure of (or that promise the highest or lowest
/// value) are chosen to be learnt from next. It sees formulas and structures of the pool, never its labels, and nothing of the test rows. No training: it keeps no checkpoint.
/// </summary>
sealed class AcquisitionRun(TrialContext context, AcquireContent content, IKernels kernels, WorkerState worker)
{
    /// <exception cref="TrialFailedException">A model is missing, cannot say how sure it is, or the pool is too small.</exception>
    public TrialOutcome Run(CancellationToken cancellation)
    {
        var began = context.Time.GetTimestamp();
        worker.TrainingBegan(0, 1, content.Data.Unit);
        worker.Activity("predicting the pool");
        var rows = PreparedRows.Open(content.Data, context.Data, context.Artifacts, cancellation);
        var learnt = AcquiredRows.Training(rows, content.Rows, content.Acquired, context.Ledger);
        var (file, criterion) = Model(cancellation);
        using var model = RowModel.Open(file, context.Models, kernels);
        if (content.By == Acquisition.Uncertainty && !model.HasDeviations)
            throw new TrialFailedException("the model is as sure of every row as of any other: take a Gaussian process (kind: gp), or several members", transient: false);
        using var inputs = model.OpenInputs(parent => context.Data.Prepare(rows.Set, parent));

        var refused = inputs.Refused.Select(row => row.Row).ToHashSet();
        var known = learnt.ToHashSet();
        int[] pool = [.. rows.AllTraining().Where(row => !known.Contains(row) && !refused.Contains(row))];
        var means = inputs.PredictMeans(pool, cancellation);
        var promise = Array.ConvertAll(means, mean => content.By switch
        {
            Acquisition.Highest => mean.Mean,
            Acquisition.Lowest => -mean.Mean,
            _ => mean.Spread,
        });
        var chosen = AcquiredRows.Choose([.. pool.Select(row => rows.Set.Ids[row])], promise, content.Count);
        if (chosen.Length < content.Count)
            throw new TrialFailedException($"only {chosen.Length} of the {pool.Length} rows that are left can be chosen, {content.Count} are wanted: take fewer rounds", transient: false);
        return new TrialOutcome(
            new TrainResult(Score(rows, inputs, model.OutputKind, criterion, cancellation))
            {
                Seconds = context.Time.GetElapsedTime(began).TotalSeconds,
                Info = TrialRunner.Info(kernels.Name, context),
                Stop = Studies.StopReason.Plateau,
                Chosen = chosen,
            },
            []);
    }

    /// <summary>The model of the round, or the mean of its members.</summary>
    (ModelFile File, CriterionKind Criterion) Model(CancellationToken cancellation)
    {
        var loader = new ParentLoader(context.Ledger, context.Artifacts, context.Data);
        var (files, criterion) = (new List<ModelFile>(), CriterionKind.Auto);
        foreach (var key in content.Models)
        {
            cancellation.ThrowIfCancellationRequested();
            var spec = context.Ledger.SpecAsync(key, cancellation).GetAwaiter().GetResult();
            if (spec is null || TrialContent.Read(spec) is not TrainContent train) throw new TrialFailedException($"the trial {key.Short} is no training: rows are chosen by trained models", transient: false);
            criterion = train.Training.Criterion;
            // A fit whose file was too large to keep is made again, with the same bits.
            files.Add(loader.UnkeptAsync(key, cancellation).GetAwaiter().GetResult() is null
                ? loader.OpenTrialAsync(key, cancellation).GetAwaiter().GetResult()
                : FittedTrial.Fit(context, train, _ => { }, cancellation).File);
        }
        return (files is [var only] ? only : ModelFile.OfMembers(files, calibration: null, new Dictionary<string, double>()), criterion);
    }

    ValidationScore Score(PreparedRows rows, RowInputs inputs, OutputKind kind, CriterionKind criterion, CancellationToken cancellation)
    {
        var validation = rows.Validation;
        var predictions = Array.ConvertAll(inputs.PredictMeans(validation, cancellation), mean => mean.Mean);
        var error = Criterion.ErrorOf(criterion, kind, predictions, Array.ConvertAll(validation, row => rows.Targets[row]));
        var metric = Criterion.NameOf(criterion, kind);
        return new ValidationScore(metric, error, Criterion.HasUnit(metric) ? content.Data.Unit : "");
    }
}
