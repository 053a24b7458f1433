using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>What the spec of a fit comes to: always the same bits, so that a model whose file was not kept can be made again.</summary>
/// <param name="File">The model.</param>
/// <param name="Score">Its validation error.</param>
/// <param name="Seconds">Time of the fit alone.</param>
sealed record FittedTrial(ModelFile File, ValidationScore Score, double Seconds)
{
    /// <summary>Larger files are kept where they are tested alone: a search makes hundreds, and a forest is as large as its training set times its trees.</summary>
    public const long MostKeptBytes = 4 << 20;

    /// <summary>Whether a search may keep every one of its like.</summary>
    public bool IsSmall => sizeof(float) * (Numbers(File.Parameters) + (File.FeatureParent is { } parent ? Numbers(parent.Parameters) : 0) + (File.Baseline is { } baseline ? Numbers(baseline.Parameters) : 0)) <= MostKeptBytes;

    /// <summary>Numbers of the model itself.</summary>
    public long Parameters => Numbers(File.Parameters);

    /// <exception cref="InputException">The data are not those that the study was resolved with.</exception>
    /// <exception cref="TrialFailedException">The parent is missing, or the program is of another revision.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static FittedTrial Fit(TrialContext context, TrainContent content, Action<double> progress, CancellationToken cancellation)
    {
        var rows = PreparedRows.Open(content.Data, context.Data, context.Artifacts, cancellation);
        var (trainRows, validationRows) = (AcquiredRows.Training(rows, content.Rows, content.Acquired, context.Ledger), rows.Validation);
        (ModelFile File, string Name)? parent = content.Parent is null
            ? null
            : new ParentLoader(context.Ledger, context.Artifacts, context.Data).OpenAsync(content.Parent, cancellation).GetAwaiter().GetResult();
        var featureParent = content.Transfer.FeatureLayer is null ? null : parent?.File.ToParent(context.Models, parent.Value.Name);
        var prepared = context.Data.Prepare(rows.Set, featureParent);
        var spec = TrainedNotes.Resolve(context.Models, content.Model!);
        var family = (IFittedFamily)context.Models[spec.Kind];
        using var source = family.OpenSource(spec, prepared);
        var baseline = content.Transfer.LearnsDifference ? parent!.Value.File : null;
        double[]? added = null;
        if (baseline is not null)
        {
            TrainingSetup.CheckDifference(family.OutputKind(spec));
            using var kernels = context.Kernels();
            added = TrainingSetup.BaselineOf(context, baseline, prepared, trainRows, validationRows, kernels);
        }
        var task = new FitTask
        {
            Family = family, Spec = spec, Source = source, Targets = added is null ? rows.Targets : [.. rows.Targets.Select((target, row) => target - added[row])], TrainRows = trainRows, ValidationRows = validationRows,
            Scaling = content.Training.Scaling, Criterion = content.Training.Criterion, Seed = content.Seed,
        };
        var began = context.Time.GetTimestamp();
        var outcome = ModelFit.Run(task, progress, cancellation);
        var seconds = context.Time.GetElapsedTime(began).TotalSeconds;
        var notes = new TrainedNotes(content, rows, trainRows, validationRows);
        var validated = added is null ? outcome.ValidationPredictions : [.. outcome.ValidationPredictions.Select((value, i) => value + added[validationRows[i]])];
        return new FittedTrial(
            new ModelFile
            {
                Spec = spec,
                Target = new ModelTarget(content.Data.Request.Target, content.Data.Unit, outcome.Scaler),
                Parameters = outcome.Tensors,
                FeatureParent = featureParent is null ? null : FeatureParent.From(featureParent),
                Baseline = baseline,
                Provenance = notes.Provenance(parent),
                Metrics = notes.Metrics(outcome.OutputKind, validated),
                Calibration = notes.Calibration(outcome.OutputKind, validated, outcome.ValidationDeviations),
            },
            notes.Score(outcome.OutputKind, outcome.ValidationError), seconds);
    }

    static long Numbers(IReadOnlyDictionary<string, ModelTensor> tensors) => tensors.Values.Sum(tensor => (long)tensor.Values.Length);
}
