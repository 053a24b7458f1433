using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>What a training's spec comes to: rows, network, first weights. The same in every process that computes shards of it.</summary>
sealed class TrainingSetup : IDisposable
{
    TrainingSetup(PreparedRows rows, (ModelFile File, string Name)? parent, ParentModel? featureParent, TransferReport report, ElementReferences? references, double[]? added, TrainInputs inputs) =>
        (Rows, Parent, FeatureParent, Report, References, Added, Inputs) = (rows, parent, featureParent, report, references, added, inputs);

    public PreparedRows Rows { get; }

    public (ModelFile File, string Name)? Parent { get; }

    /// <summary>The network whose features are the inputs; null where there is none.</summary>
    public ParentModel? FeatureParent { get; }

    /// <summary>What was carried over from the parent.</summary>
    public TransferReport Report { get; }

    /// <summary>What composition adds to the network's predictions; null: nothing.</summary>
    public ElementReferences? References { get; }

    /// <summary>The network whose predictions are added to those of the one that is trained; null: none.</summary>
    public ModelFile? Baseline { get; private init; }

    /// <summary>[rows of the set] What references and baseline add to the network's predictions of training and validation rows; null: nothing.</summary>
    public double[]? Added { get; }

    /// <summary>Of the network: <see cref="Added"/> is taken off the targets.</summary>
    public TrainInputs Inputs { get; }

    /// <exception cref="InputException">The data are not those that the study was resolved with.</exception>
    /// <exception cref="TrialFailedException">The parent is missing, or the program is of another revision.</exception>
    public static TrainingSetup Open(TrialContext context, TrainContent content, IKernels kernels, CancellationToken cancellation)
    {
        var rows = PreparedRows.Open(content.Data, context.Data, context.Artifacts, cancellation);
        var (trainRows, validationRows) = (AcquiredRows.Training(rows, content.Rows, content.Acquired, context.Ledger), rows.Validation);
        (ModelFile File, string Name)? parent = content.Parent is null
            ? null
            : new ParentLoader(context.Ledger, context.Artifacts, context.Data).OpenAsync(content.Parent, cancellation).GetAwaiter().GetResult();
        var featureParent = content.Transfer.FeatureLayer is null || parent is null ? null : parent.Value.File.ToParent(context.Models, parent.Value.Name);
        var prepared = context.Data.Prepare(rows.Set, featureParent);
        var model = CreateModel(context, content, parent?.File, prepared, trainRows);
        var source = context.Models[model.Spec.Kind].OpenSource(model.Spec, prepared);
        var baseline = content.Transfer.LearnsDifference ? parent!.Value.File : null;
        if (baseline is not null) CheckDifference(model.OutputKind);
        var predicted = baseline is null ? null : BaselineOf(context, baseline, prepared, trainRows, validationRows, kernels);
        var references = ReferencesOf(context, content, parent?.File, prepared, rows.Targets, trainRows, kernels, predicted);
        var added = references is null ? predicted
            : [.. Enumerable.Range(0, rows.Set.Count).Select(row => predicted is null ? references.Of(rows.Set.Composition(row)) : predicted[row] + references.Of(rows.Set.Composition(row)))];
        var parameters = new ParameterSet(kernels, model.Parameters);
        return new TrainingSetup(rows, parent, featureParent, content.Transfer.Apply(model, parameters, parent?.File, content.Seed), references, added, new TrainInputs
        {
            Model = model,
            Parameters = parameters,
            Source = source,
            Targets = added is null ? rows.Targets : [.. rows.Targets.Select((target, row) => target - added[row])],
            TrainRows = trainRows,
            ValidationRows = validationRows,
            Settings = content.Training,
            Seed = content.Seed,
            Scaler = content.Transfer.ScalerFrom(parent?.File),
        }) { Baseline = baseline };
    }

    /// <summary>What a baseline predicts.</summary>
    /// <returns>[rows of the set], NaN where a row is neither trained on nor validated on.</returns>
    /// <exception cref="ModelException">It cannot take one of these rows.</exception>
    public static double[] BaselineOf(TrialContext context, ModelFile baseline, PreparedData prepared, int[] trainRows, int[] validationRows, IKernels kernels)
    {
        var predicted = new double[prepared.Count];
        Array.Fill(predicted, double.NaN);
        int[] wanted = [.. trainRows, .. validationRows];
        foreach (var (row, value) in wanted.Zip(ZeroShot.Predict(baseline, context.Models, prepared, wanted, kernels))) predicted[row] = value;
        return predicted;
    }

    /// <exception cref="TrialFailedException">The model predicts probabilities.</exception>
    public static void CheckDifference(OutputKind kind)
    {
        if (kind == OutputKind.Probability) throw new TrialFailedException("a classifier learns no differences: use a model of numbers, or another transfer mode than delta", transient: false);
    }

    public void Dispose()
    {
        Inputs.Parameters.Dispose();
        Inputs.Source.Dispose();
    }

    // What a network was trained to add its references to stays so where its weights are carried over; a refit comes on top. By linearity it is the difference
    // of the references of both levels of theory, fitted to the same rows.
    static ElementReferences? ReferencesOf(
        TrialContext context, TrainContent content, ModelFile? parent, PreparedData prepared, double[] targets, int[] trainRows, IKernels kernels,
        double[]? baseline)
    {
        // A difference to the parent's predictions, with its references, has references of its own alone.
        if (baseline is not null)
            return content.Transfer.RefitsReferences ? ElementReferences.Fit([.. trainRows.Select(prepared.Composition)], [.. trainRows.Select(row => targets[row] - baseline[row])]) : null;
        if (parent is null || !content.Transfer.CarriesWeights) return null;
        if (!content.Transfer.RefitsReferences) return parent.References;
        var predictions = ZeroShot.Predict(parent, context.Models, prepared, trainRows, kernels);
        return ElementReferences.Fit([.. trainRows.Select(prepared.Composition)], [.. trainRows.Select((row, i) => targets[row] - predictions[i])]).Plus(parent.References);
    }

    static IModel CreateModel(TrialContext context, TrainContent content, ModelFile? parent, PreparedData prepared, int[] trainRows)
    {
        if (content.Model is not { } described)
            return context.Models.Create((parent ?? throw new InvalidOperationException("a spec names either a model or a parent")).Spec);
        var spec = TrainedNotes.Resolve(context.Models, described);
        var family = context.Models.Network(spec.Kind);
        return family.Create(family.Bind(spec, prepared, trainRows));
    }
}
