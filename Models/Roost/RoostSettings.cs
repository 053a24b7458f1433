using AtomSets.Models.Cgat;

namespace AtomSets.Models.Roost;

/// <summary>Settings of a Roost.</summary>
public sealed record RoostSettings
{
    /// <summary>F: numbers per element of a formula.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Message steps.</summary>
    public int Steps { get; init; } = 3;

    /// <summary>Attention networks beside each other, averaged.</summary>
    public int Heads { get; init; } = 1;

    /// <summary>Width of the hidden layers of gates and messages.</summary>
    public int Hidden { get; init; } = 256;

    /// <summary>Widths of the output network.</summary>
    public IReadOnlyList<int> OutputWidths { get; init; } = CgatSettings.PublishedOutputWidths;

    /// <summary>Whether the output network's layers start switched off, as numbers α = 0 before them.</summary>
    public bool ReZero { get; init; } = true;

    /// <summary>What the network is told of an element (<see cref="ElementInputs"/>).</summary>
    public string ElementFeatures { get; init; } = ElementInputs.Matscholar;

    public OutputKind Output { get; init; } = OutputKind.Linear;

    /// <summary>Reads a resolved spec.</summary>
    public static RoostSettings From(ModelSpec spec) => new()
    {
        Width = spec.Integer("width"),
        Steps = spec.Integer("steps"),
        Heads = spec.Integer("heads"),
        Hidden = spec.Integer("hidden"),
        OutputWidths = spec.Integers("output_widths"),
        ReZero = spec.Flag("rezero"),
        ElementFeatures = spec.Text("element_features"),
        Output = spec.Text("output") == "sigmoid" ? OutputKind.Probability : OutputKind.Linear,
    };
}
