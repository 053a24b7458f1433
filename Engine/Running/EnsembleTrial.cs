using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>
/// Several finished trainings as one predictor. Its validation error is that of the mean prediction of every row that validates for any member, over those members that did not
/// train on it: with the same validation rows for all members that is all of them, with validation rows of their own the members that left the row out. The same rows calibrate it.
/// </summary>
/// <param name="File">The members and what was learnt about their mean.</param>
/// <param name="Score">Validation error of the mean.</param>
sealed record EnsembleTrial(ModelFile File, ValidationScore Score)
{
    /// <summary>Larger files are kept where they are tested alone: a study may have many ensembles that no choice takes.</summary>
    const long MostKeptBytes = 16 << 20;

    public bool IsSmall => File.Members.Sum(member => sizeof(float) * member.Parameters.Values.Sum(tensor => (long)tensor.Values.Length)) <= MostKeptBytes;

    public long Parameters => File.Members.Sum(member => member.Parameters.Values.Sum(tensor => (long)tensor.Values.Length));

    /// <exception cref="TrialFailedException">A member is missing, or they do not go together.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static EnsembleTrial Make(TrialContext context, EnsembleContent content, IKernels kernels, Action<int> done, CancellationToken cancellation)
    {
        var loader = new ParentLoader(context.Ledger, context.Artifacts, context.Data);
        var members = new List<ModelFile>();
        var predictions = new MemberPredictions();
        var (kind, criterion, seen) = (OutputKind.Linear, CriterionKind.Auto, false);
        foreach (var key in content.Members)
        {
            cancellation.ThrowIfCancellationRequested();
            var spec = context.Ledger.SpecAsync(key, cancellation).GetAwaiter().GetResult();
            if (spec is null || TrialContent.Read(spec) is not TrainContent train)
                throw new TrialFailedException($"the member {key.Short} is no training: an ensemble is made of finished trainings", transient: false);
            var file = loader.UnkeptAsync(key, cancellation).GetAwaiter().GetResult() is null
                ? loader.OpenTrialAsync(key, cancellation).GetAwaiter().GetResult()
                : FittedTrial.Fit(context, train, _ => { }, cancellation).File;
            var rows = PreparedRows.Open(train.Data, context.Data, context.Artifacts, cancellation);
            using var model = RowModel.Open(file, context.Models, kernels);
            if (seen && (kind, criterion) != (model.OutputKind, train.Training.Criterion))
                throw new TrialFailedException("the members of an ensemble are judged in different ways: give them one criterion and one kind of output", transient: false);
            (kind, criterion, seen) = (model.OutputKind, train.Training.Criterion, true);
            using var inputs = model.OpenInputs(parent => context.Data.Prepare(rows.Set, parent));
            var validation = rows.Validation;
            var values = inputs.Predict(validation, cancellation)[0];
            for (var i = 0; i < validation.Length; i++) predictions.Add(rows.Set.Ids[validation[i]], rows.Targets[validation[i]], values[i]);
            members.Add(file);
            done(members.Count);
        }
        var means = predictions.Rows;
        var (mean, truth) = (means.Select(row => row.Mean).ToArray(), means.Select(row => row.Truth).ToArray());
        var metric = Criterion.NameOf(criterion, kind);
        var error = Criterion.ErrorOf(criterion, kind, mean, truth);
        if (!double.IsFinite(error)) throw new TrialFailedException("the ensemble's validation error is not finite: look at inputs and targets for outliers", transient: false);
        var metrics = Criterion.All(criterion, kind, mean, truth).ToDictionary(figure => $"validation_{figure.Metric}", figure => figure.Value, StringComparer.Ordinal);
        metrics["validation_rows"] = means.Count;
        return new EnsembleTrial(
            ModelFile.OfMembers(members, kind == OutputKind.Probability ? null : Calibrate(means, members.Count), metrics),
            new ValidationScore(metric, error, Criterion.HasUnit(metric) ? content.Data.Unit : ""));
    }

    /// <summary>By the spread of the members where none of them trained on any of the rows; else of one width for all, for the spread of those that left a row out is that of fewer.</summary>
    static Calibration? Calibrate(IReadOnlyList<MeanPrediction> rows, int members) => Calibration.Fit(
        rows.Select(row => row.Truth - row.Mean).ToArray(),
        rows.All(row => row.Members == members) ? [.. rows.Select(row => row.Spread)] : null);
}
