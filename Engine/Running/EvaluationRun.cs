using System.Collections.Immutable;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>Looks at the test rows of a trained model, once: a prediction per material, and its errors.</summary>
sealed class EvaluationRun(TrialContext context, TrialJob job, EvaluateContent content, IKernels kernels, WorkerState worker)
{
    public TrialOutcome Run(CancellationToken cancellation)
    {
        var began = context.Time.GetTimestamp();
        var (file, isMadeAgain) = Open(cancellation);
        var rows = PreparedRows.Open(content.Data, context.Data, context.Artifacts, cancellation);
        var prepared = context.Data.Prepare(rows.Set, file.FeatureParent?.ToParent(context.Models));
        using var model = TrainedModel.Open(file, context.Models, kernels);
        using var source = context.Models[file.Spec.Kind].OpenSource(file.Spec, prepared);

        worker.Activity("evaluating");
        var (testRows, look) = rows.OpenTest(job.Spec.Key);
        var predictions = model.Predict(source, testRows, cancellation);
        var truth = Array.ConvertAll(testRows, row => rows.Targets[row]);
        var target = content.Data.Request.Target;
        return new TrialOutcome(
            new EvaluationResult(Scores(model.OutputKind, predictions, truth), [look])
            {
                Seconds = context.Time.GetElapsedTime(began).TotalSeconds,
                Info = TrialRunner.Info(kernels.Name, context),
                Weights = isMadeAgain ? context.Artifacts.Put(file.WriteTo) : null,
            },
            [.. testRows.Select((row, i) => new TrialPrediction(RowSet.Test, rows.Set.Ids[row], target, predictions[i], truth[i]))]);
    }

    /// <summary>The trained model; a fit whose file was too large to keep is made again, with the same bits, and kept now that it is tested.</summary>
    (ModelFile File, bool IsMadeAgain) Open(CancellationToken cancellation)
    {
        var loader = new ParentLoader(context.Ledger, context.Artifacts, context.Data);
        if (loader.UnkeptAsync(content.Trial, cancellation).GetAwaiter().GetResult() is { } spec && TrialContent.Read(spec) is TrainContent train && train.IsFit(context.Models))
        {
            worker.Activity("fitting again");
            return (FittedTrial.Fit(context, train, _ => { }, cancellation).File, true);
        }
        return (loader.OpenTrialAsync(content.Trial, cancellation).GetAwaiter().GetResult(), false);
    }

    ImmutableArray<TestScore> Scores(OutputKind kind, double[] predictions, double[] truth)
    {
        // What the training was judged by stands first: it is the error of tables and fits.
        var criterion = context.Ledger.SpecAsync(content.Trial, CancellationToken.None).GetAwaiter().GetResult() is { } spec && TrialContent.Read(spec) is TrainContent train ? train.Training.Criterion : CriterionKind.Auto;
        return [.. Criterion.All(criterion, kind, predictions, truth).Select(figure => new TestScore(figure.Metric, figure.Value, Criterion.HasUnit(figure.Metric) ? content.Data.Unit : ""))];
    }
}
