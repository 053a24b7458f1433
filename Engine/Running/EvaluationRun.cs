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
        using var model = RowModel.Open(file, context.Models, kernels);
        using var inputs = model.OpenInputs(parent => context.Data.Prepare(rows.Set, parent));

        worker.Activity("evaluating");
        var (testRows, look) = rows.OpenTest(job.Spec.Key);
        var members = file.Members.Count > 0 ? inputs.Predict(testRows, cancellation) : [];
        var means = members.Length > 0
            ? testRows.Select((row, i) => MemberPredictions.Of("", rows.Targets[row], Array.ConvertAll(members, member => member[i]))).ToArray()
            : inputs.PredictMeans(testRows, cancellation).Select((mean, i) => mean with { Truth = rows.Targets[testRows[i]] }).ToArray();
        var predictions = Array.ConvertAll(means, mean => mean.Mean);
        var truth = Array.ConvertAll(testRows, row => rows.Targets[row]);
        var target = content.Data.Request.Target;
        return new TrialOutcome(
            new EvaluationResult(Scores(file, model.OutputKind, members, means, truth), [look])
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
        switch (loader.UnkeptAsync(content.Trial, cancellation).GetAwaiter().GetResult() is { } spec ? TrialContent.Read(spec) : null)
        {
            case TrainContent train when train.IsFit(context.Models):
                worker.Activity("fitting again");
                return (FittedTrial.Fit(context, train, _ => { }, cancellation).File, true);
            case EnsembleContent ensemble:
                worker.Activity("gathering the ensemble");
                return (EnsembleTrial.Make(context, ensemble, kernels, _ => { }, cancellation).File, true);
        }
        return (loader.OpenTrialAsync(content.Trial, cancellation).GetAwaiter().GetResult(), false);
    }

    ImmutableArray<TestScore> Scores(ModelFile file, OutputKind kind, double[][] members, MeanPrediction[] means, double[] truth)
    {
        // What the training was judged by stands first: it is the error of tables and fits.
        var criterion = JudgedBy(content.Trial);
        var predictions = Array.ConvertAll(means, mean => mean.Mean);
        List<(string Metric, double Value)> figures = [.. Criterion.All(criterion, kind, predictions, truth)];
        if (members.Length > 1) figures.Add(("member_" + Criterion.NameOf(criterion, kind), members.Average(member => Criterion.ErrorOf(criterion, kind, member, truth))));
        if (file.Calibration is { } calibration && calibration.Rows >= Calibration.RowsFor(Calibration.UsualLevel))
        {
            var halves = Array.ConvertAll(means, mean => calibration.HalfWidth(Calibration.UsualLevel, double.IsNaN(mean.Spread) ? 0 : mean.Spread));
            figures.Add((Criterion.Coverage90, means.Zip(halves).Average(one => Math.Abs(one.First.Truth - one.First.Mean) <= one.Second ? 1.0 : 0)));
            figures.Add((Criterion.IntervalWidth90, 2 * halves.Average()));
        }
        return [.. figures.Where(figure => double.IsFinite(figure.Value)).Select(figure => new TestScore(figure.Metric, figure.Value, Criterion.HasUnit(figure.Metric) ? content.Data.Unit : ""))];
    }

    CriterionKind JudgedBy(TrialKey trial) => (context.Ledger.SpecAsync(trial, CancellationToken.None).GetAwaiter().GetResult() is { } spec ? TrialContent.Read(spec) : null) switch
    {
        TrainContent train => train.Training.Criterion,
        EnsembleContent ensemble => JudgedBy(ensemble.Members[0]),
        _ => CriterionKind.Auto,
    };
}
