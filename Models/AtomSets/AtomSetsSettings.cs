using AtomSets.Tensors;

namespace AtomSets.Models.AtomSets;

/// <summary>How the rows of a set become one vector.</summary>
public enum Pooling
{
    /// <summary>Σ wᵅ x / Σ wᵅ.</summary>
    WeightedMean,

    /// <summary>Set2set with weighted attention.</summary>
    Set2Set,

    /// <summary>Both, concatenated.</summary>
    Both,
}

/// <summary>Settings of an AtomSets model.</summary>
public sealed record AtomSetsSettings
{
    /// <summary>The setting value of the non-transfer variant.</summary>
    public const string OwnEmbedding = "embedding";

    /// <summary>Layers of the parent that are the input (<see cref="LayerNames"/>), or <see cref="OwnEmbedding"/>.</summary>
    public string Features { get; init; } = "V0";

    /// <summary>Whether V0 or the embedding is taken once per atom of the structure instead of once per element of the formula.</summary>
    public bool PerAtom { get; init; }

    /// <summary>Width of the input rows (for <see cref="OwnEmbedding"/> that of the table).</summary>
    public int InputWidth { get; init; } = 16;

    /// <summary>Rows of the own element table.</summary>
    public int Elements { get; init; } = 95;

    /// <summary>Widths of the layers before pooling; unused for structure features, which are one row.</summary>
    public IReadOnlyList<int> Phi { get; init; } = [64, 64];

    /// <summary>Widths of the layers after pooling.</summary>
    public IReadOnlyList<int> Rho { get; init; } = [64, 64];

    public Pooling Pooling { get; init; } = Pooling.WeightedMean;

    /// <summary>α: exponent of the weights.</summary>
    public double Alpha { get; init; } = 1;

    /// <summary>T: set2set steps.</summary>
    public int Set2SetSteps { get; init; } = 3;

    /// <summary>Width of the set2set memory; the pooled vector is twice as wide.</summary>
    public int Set2SetHidden { get; init; } = 512;

    public Activation Activation { get; init; } = Activation.Relu;

    public OutputKind Output { get; init; } = OutputKind.Linear;

    /// <summary>Columns of the prediction.</summary>
    public int Outputs { get; init; } = 1;

    /// <summary>Mean of each input column over the training rows; empty: inputs are not standardised.</summary>
    public IReadOnlyList<double> InputMean { get; init; } = [];

    /// <summary>Standard deviation of each input column over the training rows.</summary>
    public IReadOnlyList<double> InputDeviation { get; init; } = [];

    /// <summary>Whether inputs are a learned table, not features of a parent.</summary>
    public bool IsOwnEmbedding => Features == OwnEmbedding;

    /// <summary>Whether each material is one row, so that there is nothing to pool.</summary>
    public bool IsStructureVector => !IsOwnEmbedding && !LayerNames.Parse(Features).IsPerAtom;

    /// <summary>Whether that row needs no structure, unless the parent's own prediction does.</summary>
    public bool IsWithoutStructures => !IsOwnEmbedding && !LayerNames.Parse(Features).NeedStructures;

    /// <summary>Whether rows are the elements of the formula, weighted by amount.</summary>
    public bool IsByElement => !PerAtom && Features is OwnEmbedding or "V0";

    /// <summary>Reads a bound spec.</summary>
    public static AtomSetsSettings From(ModelSpec spec) => FromUnbound(spec) with
    {
        InputWidth = spec.Integer("input_width"),
        InputMean = spec.Numbers("input_mean"),
        InputDeviation = spec.Numbers("input_deviation"),
    };

    /// <summary>Reads a resolved spec whose input width is not known yet.</summary>
    public static AtomSetsSettings FromUnbound(ModelSpec spec) => new()
    {
        Features = spec.Text("features"),
        PerAtom = spec.Flag("per_atom"),
        InputWidth = spec.Integer("embedding"),
        Elements = spec.Integer("elements"),
        Phi = spec.Integers("phi"),
        Rho = spec.Integers("rho"),
        Pooling = spec.Text("pooling") switch { "set2set" => Pooling.Set2Set, "both" => Pooling.Both, _ => Pooling.WeightedMean },
        Alpha = spec.Number("alpha"),
        Set2SetSteps = spec.Integer("set2set_steps"),
        Set2SetHidden = spec.Integer("set2set_hidden"),
        Activation = spec.Text("activation") switch { "softplus2" => Activation.ShiftedSoftplus, "silu" => Activation.Silu, _ => Activation.Relu },
        Output = spec.Text("output") == "sigmoid" ? OutputKind.Probability : OutputKind.Linear,
        Outputs = spec.Integer("outputs"),
    };
}
