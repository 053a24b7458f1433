using AtomSets.Materials;
using AtomSets.Tensors;

namespace AtomSets.Models.Cgcnn;

/// <summary>Settings of a CGCNN. The defaults are those of the authors' program.</summary>
public sealed record CgcnnSettings
{
    /// <summary>F: width of the atoms between the convolutions.</summary>
    public int AtomFeatures { get; init; } = 64;

    /// <summary>Graph layers.</summary>
    public int Convolutions { get; init; } = 3;

    /// <summary>Width of the layers behind the pooling.</summary>
    public int Hidden { get; init; } = 128;

    /// <summary>Layers behind the pooling, the output layer not counted.</summary>
    public int HiddenLayers { get; init; } = 1;

    /// <summary>Each atom sees so many of its nearest neighbours.</summary>
    public int Neighbours { get; init; } = 12;

    /// <summary>… as far as they lie within this distance, in Å; also the last Gaussian centre.</summary>
    public double CutoffAngstrom { get; init; } = 8;

    /// <summary>Whether short lists are filled up as the authors' program does (<see cref="GraphSettings.PadsNeighbors"/>).</summary>
    public bool PadsNeighbours { get; init; }

    /// <summary>Distance between Gaussian centres, in Å; the first is 0.</summary>
    public double GaussianStepAngstrom { get; init; } = 0.2;

    /// <summary>σ in exp(−(d − μ)²/σ²), in Å. There is no factor ½.</summary>
    public double GaussianWidthAngstrom { get; init; } = 0.2;

    /// <summary>What the network is told of an element.</summary>
    public CgcnnElements Elements { get; init; } = CgcnnElements.Cgcnn92;

    /// <summary>Probability of dropping a value behind the first hidden layer, in training; the authors take 0.5 for classes and 0 for numbers.</summary>
    public double Dropout { get; init; }

    /// <summary>The form of the output layer.</summary>
    public CgcnnOutput Output { get; init; } = CgcnnOutput.Linear;

    /// <summary>The graphs that the network reads.</summary>
    public GraphSettings Graphs => new(CutoffAngstrom, Neighbours) { PadsNeighbors = PadsNeighbours };

    /// <summary>The expansion of an edge's length.</summary>
    public GaussianBasis Basis => GaussianBasis.OfWidth(0, (Centres - 1) * GaussianStepAngstrom, Centres, GaussianWidthAngstrom);

    int Centres => (int)Math.Round(CutoffAngstrom / GaussianStepAngstrom) + 1;

    /// <summary>Reads a resolved spec.</summary>
    public static CgcnnSettings From(ModelSpec spec) => new()
    {
        AtomFeatures = spec.Integer("atom_features"),
        Convolutions = spec.Integer("convolutions"),
        Hidden = spec.Integer("hidden"),
        HiddenLayers = spec.Integer("hidden_layers"),
        Neighbours = spec.Integer("neighbours"),
        CutoffAngstrom = spec.Number("cutoff_angstrom"),
        PadsNeighbours = spec.Flag("pad_neighbours"),
        GaussianStepAngstrom = spec.Number("gaussian_step_angstrom"),
        GaussianWidthAngstrom = spec.Number("gaussian_width_angstrom"),
        Elements = spec.Text("element_features") == "one_hot" ? CgcnnElements.OneHot : CgcnnElements.Cgcnn92,
        Dropout = spec.Number("dropout"),
        Output = spec.Text("output") switch
        {
            "sigmoid" => CgcnnOutput.Sigmoid,
            "two_class" => CgcnnOutput.TwoClass,
            _ => CgcnnOutput.Linear,
        },
    };

    /// <summary>The spec of these settings.</summary>
    public ModelSpec ToSpec() => new(CgcnnFamily.FamilyName, CgcnnFamily.FamilyRevision, new Dictionary<string, object>
    {
        ["atom_features"] = (long)AtomFeatures,
        ["convolutions"] = (long)Convolutions,
        ["hidden"] = (long)Hidden,
        ["hidden_layers"] = (long)HiddenLayers,
        ["neighbours"] = (long)Neighbours,
        ["cutoff_angstrom"] = CutoffAngstrom,
        ["pad_neighbours"] = PadsNeighbours,
        ["gaussian_step_angstrom"] = GaussianStepAngstrom,
        ["gaussian_width_angstrom"] = GaussianWidthAngstrom,
        ["element_features"] = Elements == CgcnnElements.OneHot ? "one_hot" : "cgcnn92",
        ["dropout"] = Dropout,
        ["output"] = Output switch
        {
            CgcnnOutput.Sigmoid => "sigmoid",
            CgcnnOutput.TwoClass => "two_class",
            _ => "linear",
        },
    });
}

/// <summary>Element vectors that enter the network.</summary>
public enum CgcnnElements
{
    /// <summary>The 92 numbers of the paper (<see cref="ElementVectors"/>).</summary>
    Cgcnn92,

    /// <summary>Only which element it is: the embedding is learnt from the training rows alone.</summary>
    OneHot,
}

/// <summary>Forms of the output layer.</summary>
public enum CgcnnOutput
{
    /// <summary>A number.</summary>
    Linear,

    /// <summary>The logit of class 1.</summary>
    Sigmoid,

    /// <summary>As published: log-softmax over two columns. The difference of the columns is the logit of class 1.</summary>
    TwoClass,
}
