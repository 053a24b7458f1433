namespace AtomSets.Models.Classical;

/// <summary>What the classical families share: vectors as inputs (of the formula, or a layer of a parent), standardised where the method measures
/// distances or weights, and settings named as in scikit-learn.</summary>
public abstract class ClassicalFamily : IFittedFamily
{
    readonly bool _standardises;

    /// <param name="name">Name of the kind.</param>
    /// <param name="standardises">Null: the method does not care about scales; else the default.</param>
    /// <param name="classifies">Whether it can predict a probability.</param>
    /// <param name="own">The method's own settings.</param>
    private protected ClassicalFamily(string name, bool? standardises, bool classifies, params HyperParameter[] own)
    {
        Name = name;
        _standardises = standardises is not null;
        List<HyperParameter> schema =
        [
            new("input", HyperParameterType.Text, InputColumns.Auto,
                "what a row is, joined by +: ef86, ef112 (atomic fractions), pa145 (physical attributes), columns:a,b, layer (of a parent); auto: the layer, or ef86"),
            new("features", HyperParameterType.Text, "", "layer of the parent; set by a transfer mode features:LAYER") { IsUnwrittenAtDefault = true },
        ];
        if (classifies)
            schema.Add(new("task", HyperParameterType.Text, "regression", "regression for a number, classification for the probability of class 1") { Choices = ["regression", "classification"] });
        if (standardises is { } usual)
            schema.Add(new("standardise", HyperParameterType.Flag, usual, "bring every input column to mean 0 and deviation 1 over the training rows") { Usual = UsualSpace.Choice(true, false) });
        Schema = [.. schema, .. own];
    }

    public string Name { get; }

    public virtual int Revision => 1;

    public virtual bool PredictsDeviations => false;

    public IReadOnlyList<HyperParameter> Schema { get; }

    public ModelNeeds Needs(ModelSpec spec)
    {
        var layer = spec.Text("features");
        if (!Input(spec).NeedsParent) return ModelNeeds.None;
        LayerNames.CheckVector(layer, Name);
        // Without a name: the layer that a transfer mode is still to name.
        return layer.Length == 0 || !LayerNames.Parse(layer).NeedStructures ? ModelNeeds.Parent : ModelNeeds.Parent | ModelNeeds.Structures;
    }

    public IBatchSource OpenSource(ModelSpec spec, PreparedData data) => new VectorSource(Input(spec).Open(data));

    public OutputKind OutputKind(ModelSpec spec) => IsClassifier(spec) ? Models.OutputKind.Probability : Models.OutputKind.Linear;

    public IReadOnlyDictionary<string, ModelTensor> Fit(ModelSpec spec, FitInputs inputs, CancellationToken cancellation)
    {
        var tensors = new FittedTensors();
        var rows = Matrix.Of(inputs.Rows);
        if (IsStandardised(spec))
        {
            var scaling = ColumnScaling.Of(rows);
            scaling.AddTo(tensors);
            rows = scaling.Apply(rows);
        }
        Learn(new FitCall(spec, rows, inputs.Targets, inputs.Seed, inputs.Progress ?? (_ => { }), cancellation), tensors);
        return tensors.All;
    }

    public IFittedModel Load(ModelSpec spec, IReadOnlyDictionary<string, ModelTensor> tensors)
    {
        var read = new FittedTensors(Name, tensors);
        return new Model(IsStandardised(spec) ? ColumnScaling.From(read) : null, Read(spec, read));
    }

    /// <summary>Learns, and adds what it learnt.</summary>
    private protected abstract void Learn(FitCall call, FittedTensors tensors);

    /// <summary>Reads what <see cref="Learn"/> added.</summary>
    private protected abstract IRowPredictor Read(ModelSpec spec, FittedTensors tensors);

    private protected static bool IsClassifier(ModelSpec spec) => spec.Has("task") && spec.Text("task") == "classification";

    bool IsStandardised(ModelSpec spec) => _standardises && spec.Flag("standardise");

    static InputColumns Input(ModelSpec spec) => InputColumns.Parse(spec.Text("input"), spec.Text("features"));

    sealed class Model(ColumnScaling? scaling, IRowPredictor predictor) : IFittedModel
    {
        public bool PredictsDeviations => predictor is IDeviationPredictor;

        public void Predict(IBatch batch, Span<double> predictions, Span<double> deviations)
        {
            var rows = Matrix.Of(batch);
            ((IDeviationPredictor)predictor).Predict(scaling is null ? rows : scaling.Apply(rows), predictions, deviations);
        }

        public void Predict(IBatch batch, Span<double> predictions)
        {
            var rows = Matrix.Of(batch);
            predictor.Predict(scaling is null ? rows : scaling.Apply(rows), predictions);
        }
    }
}

/// <summary>One fit.</summary>
/// <param name="Rows">Training rows, standardised where the settings ask for it.</param>
/// <param name="Targets">Of each row.</param>
/// <param name="Progress">Hears the share that is done.</param>
sealed record FitCall(ModelSpec Spec, Matrix Rows, double[] Targets, ulong Seed, Action<double> Progress, CancellationToken Cancellation);

/// <summary>Predicts how far a value may be off as well.</summary>
interface IDeviationPredictor : IRowPredictor
{
    /// <param name="rows">[rows × columns]</param>
    /// <param name="predictions">[rows]</param>
    /// <param name="deviations">[rows] Standard deviations, scaled.</param>
    void Predict(Matrix rows, Span<double> predictions, Span<double> deviations);
}

/// <summary>Predicts rows as they are after standardisation.</summary>
interface IRowPredictor
{
    /// <param name="rows">[rows × columns]</param>
    /// <param name="predictions">[rows]: scaled numbers, or probabilities.</param>
    void Predict(Matrix rows, Span<double> predictions);
}
