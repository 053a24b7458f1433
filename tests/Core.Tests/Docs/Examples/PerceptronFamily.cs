using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Core.Tests.Docs.Examples;

/// <summary>The model kind <c>perceptron</c>: one hidden layer on the numbers that a material's formula gives.</summary>
public sealed class PerceptronFamily : INetworkFamily
{
    public string Name => "perceptron";

    /// <summary>Raised whenever the same settings would give other numbers: it is part of every trial's key.</summary>
    public int Revision => 1;

    public IReadOnlyList<HyperParameter> Schema { get; } =
    [
        new("input", HyperParameterType.Text, "ef86", "what the first layer reads, as of an elemnet: ef86, pa145, columns:a,b"),
        new("width", HyperParameterType.Integer, 64L, "width of the hidden layer") { Minimum = 1, Maximum = 4096 },
    ];

    /// <summary>None: formulas are enough. A resolver refuses a study by it before anything runs.</summary>
    public ModelNeeds Needs(ModelSpec spec) => ModelNeeds.None;

    /// <summary>What the training rows decide (means, widths) would be written into the spec here.</summary>
    public ModelSpec Bind(ModelSpec spec, PreparedData data, ReadOnlySpan<int> trainingRows) => spec;

    public IModel Create(ModelSpec spec) => new PerceptronModel(spec);

    public IBatchSource OpenSource(ModelSpec spec, PreparedData data) => new VectorSource(Input(spec).Open(data));

    internal static InputColumns Input(ModelSpec spec) => InputColumns.Parse(spec.Text("input"), layer: "");
}

/// <summary>y = W₂ tanh(W₁x + b₁) + b₂, in scaled units: the target's scaler lies outside of models.</summary>
sealed class PerceptronModel : IModel
{
    readonly MlpSpec _body, _head;

    public PerceptronModel(ModelSpec spec)
    {
        Spec = spec;
        var (inputs, width) = (PerceptronFamily.Input(spec).Width ?? throw new ModelException("perceptron: input must not be a parent's layer"), spec.Integer("width"));
        _body = MlpSpec.Build(Parameters, "body", [inputs], [width], Activation.Tanh, Activation.Tanh);
        _head = MlpSpec.Dense(Parameters, "head", [width], 1);
    }

    public ModelSpec Spec { get; }

    public ParameterLayout Parameters { get; } = new();

    /// <summary>Prefixes of parameter names, from input to output: what <c>freeze:</c> takes.</summary>
    public IReadOnlyList<string> Parts => ["body", "head"];

    /// <summary>What <c>new-head</c> draws anew.</summary>
    public string Head => "head";

    public int Outputs => 1;

    public OutputKind OutputKind => OutputKind.Linear;

    public Tensor Forward(Tape tape, IBatch batch)
    {
        var vectors = (VectorBatch)batch;
        return tape.Dense(_head, tape.Mlp(_body, tape.Input(vectors.Values, vectors.Count, vectors.Width)));
    }
}
