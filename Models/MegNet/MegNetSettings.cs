namespace AtomSets.Models.MegNet;

/// <summary>Settings of a MEGNet. The defaults are those of the 2019 formation-energy model.</summary>
public sealed record MegNetSettings
{
    /// <summary>Rows of the element table: atomic numbers 0 (unused) to this minus 1.</summary>
    public int Elements { get; init; } = 95;

    /// <summary>Width of the element embedding (V0).</summary>
    public int Embedding { get; init; } = 16;

    /// <summary>n1: width of the hidden layers of every update network.</summary>
    public int Hidden { get; init; } = 64;

    /// <summary>n2: width of atoms, bonds and state between the blocks, and of the first readout layer.</summary>
    public int Width { get; init; } = 32;

    /// <summary>n3: width of the set2set memory and of the second readout layer.</summary>
    public int Readout { get; init; } = 16;

    /// <summary>Graph layers.</summary>
    public int Blocks { get; init; } = 3;

    /// <summary>T: set2set steps.</summary>
    public int Set2SetSteps { get; init; } = 2;

    /// <summary>Bonds reach this far, in Å; 0 means every pair of atoms of a molecule.</summary>
    public double CutoffAngstrom { get; init; } = 5;

    /// <summary>Gaussian centres, equally spaced from 0 to <see cref="GaussianStopAngstrom"/>.</summary>
    public int GaussianCentres { get; init; } = 100;

    /// <summary>Last Gaussian centre, in Å.</summary>
    public double GaussianStopAngstrom { get; init; } = 6;

    /// <summary>σ in exp(−(d − μ)²/σ²), in Å. There is no factor ½.</summary>
    public double GaussianWidthAngstrom { get; init; } = 0.5;

    /// <summary>Kinds of global state (for example levels of theory); 0 means the state is the vector (0, 0).</summary>
    public int States { get; init; }

    /// <summary>Width of the state embedding where <see cref="States"/> is not 0.</summary>
    public int StateEmbedding { get; init; } = 16;

    /// <summary>Probability of dropping a value after every block and before the readout, in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Columns of the prediction.</summary>
    public int Outputs { get; init; } = 1;

    /// <summary>Whether the output is a number or a probability.</summary>
    public OutputKind Output { get; init; } = OutputKind.Linear;

    /// <summary>Whose MEGNet: <see cref="MegNetVariant.Original"/> unless MatGL's weights are loaded.</summary>
    public MegNetVariant Variant { get; init; } = MegNetVariant.Original;

    /// <summary>Width of the state vector that enters the network.</summary>
    public int StateInput => States > 0 ? StateEmbedding : 2;

    /// <summary>Width of one set2set vector.</summary>
    public int Set2SetWidth => Variant == MegNetVariant.Original ? 2 * Readout : 2 * Width;

    /// <summary>Reads a resolved spec.</summary>
    public static MegNetSettings From(ModelSpec spec) => new()
    {
        Elements = spec.Integer("elements"),
        Embedding = spec.Integer("embedding"),
        Hidden = spec.Integer("hidden"),
        Width = spec.Integer("width"),
        Readout = spec.Integer("readout"),
        Blocks = spec.Integer("blocks"),
        Set2SetSteps = spec.Integer("set2set_steps"),
        CutoffAngstrom = spec.Number("cutoff_angstrom"),
        GaussianCentres = spec.Integer("gaussian_centres"),
        GaussianStopAngstrom = spec.Number("gaussian_stop_angstrom"),
        GaussianWidthAngstrom = spec.Number("gaussian_width_angstrom"),
        States = spec.Integer("states"),
        StateEmbedding = spec.Integer("state_embedding"),
        Dropout = spec.Number("dropout"),
        Outputs = spec.Integer("outputs"),
        Output = spec.Text("output") == "sigmoid" ? OutputKind.Probability : OutputKind.Linear,
        Variant = spec.Text("variant") == "matgl" ? MegNetVariant.MatGL : MegNetVariant.Original,
    };

    /// <summary>The spec of these settings.</summary>
    public ModelSpec ToSpec() => new(MegNetFamily.FamilyName, MegNetFamily.FamilyRevision, new Dictionary<string, object>
    {
        ["elements"] = (long)Elements,
        ["embedding"] = (long)Embedding,
        ["hidden"] = (long)Hidden,
        ["width"] = (long)Width,
        ["readout"] = (long)Readout,
        ["blocks"] = (long)Blocks,
        ["set2set_steps"] = (long)Set2SetSteps,
        ["cutoff_angstrom"] = CutoffAngstrom,
        ["gaussian_centres"] = (long)GaussianCentres,
        ["gaussian_stop_angstrom"] = GaussianStopAngstrom,
        ["gaussian_width_angstrom"] = GaussianWidthAngstrom,
        ["states"] = (long)States,
        ["state_embedding"] = (long)StateEmbedding,
        ["dropout"] = Dropout,
        ["outputs"] = (long)Outputs,
        ["output"] = Output == OutputKind.Probability ? "sigmoid" : "linear",
        ["variant"] = Variant == MegNetVariant.MatGL ? "matgl" : "original",
    });
}

/// <summary>The two published forms of MEGNet, which differ in more than weights.</summary>
public enum MegNetVariant
{
    /// <summary>Chen et al. 2019 (the Keras code): update networks end linear; set2set with projection and without carried cell state.</summary>
    Original,

    /// <summary>MatGL's port: update networks end with the activation, other input orders, set2set with an ordinary LSTM and no projection.</summary>
    MatGL,
}
