namespace AtomSets.Models.Cgat;

/// <summary>The model kind <c>cgat</c>.</summary>
public sealed class CgatFamily : INetworkFamily
{
    internal const string FamilyName = "cgat";

    public string Name => FamilyName;

    public int Revision => 1;

    public IReadOnlyList<HyperParameter> Schema { get; } =
    [
        new("width", HyperParameterType.Integer, 128L, "F: numbers per atom") { Minimum = 2, Maximum = 4096 },
        new("edge_width", HyperParameterType.Integer, 128L, "E: numbers per edge") { Minimum = 1, Maximum = 4096 },
        new("heads", HyperParameterType.Integer, 5L, "H: attention networks beside each other") { Minimum = 1, Maximum = 16 },
        new("steps", HyperParameterType.Integer, 5L, "L: message steps") { Minimum = 1, Maximum = 16 },
        new("composition_steps", HyperParameterType.Integer, 3L, "message steps of the composition branch") { Minimum = 0, Maximum = 16 },
        new("composition_heads", HyperParameterType.Integer, 1L, "attention networks of the composition branch") { Minimum = 1, Maximum = 16 },
        new("composition_hidden", HyperParameterType.Integer, 256L, "width of the composition branch's hidden layers") { Minimum = 1, Maximum = 4096 },
        new("neighbours", HyperParameterType.Integer, 24L, "each atom sees so many of its nearest neighbours") { Minimum = 1, Maximum = 1000 },
        new("cutoff_angstrom", HyperParameterType.Number, 18.0, "neighbours lie within this distance, in Å") { Minimum = 0.5, Maximum = 50 },
        new("shell_tolerance_angstrom", HyperParameterType.Number, 1e-8, "a neighbour farther by more than this, in Å, than the first of a shell begins the next shell") { Minimum = 0, Maximum = 1 },
        new("direction", HyperParameterType.Text, "neighbour", "the end of an edge at which messages are summed: neighbour, as in the authors' program, or centre") { Choices = ["neighbour", "centre"] },
        new("node_update", HyperParameterType.Text, "hyper", "what an atom's message passes: hyper, a network generated for each atom; mlp, two layers; none") { Choices = ["hyper", "mlp", "none"] },
        new("edge_update", HyperParameterType.Text, "mlp", "what is added to an edge: none; mlp of the edge itself; attention, an mlp of a message of both atoms and the edge; hyper, a generated network on it")
            { Choices = ["none", "mlp", "attention", "hyper"] },
        new("unused_edge_attention", HyperParameterType.Flag, true, "with edge_update: mlp, keep the edge attention networks that the authors' program has and does not use"),
        new("vector_attention", HyperParameterType.Flag, true, "attention between atoms by channel"),
        new("global_vector_attention", HyperParameterType.Flag, true, "attention by channel in the pooling over atoms"),
        new("pooled_heads", HyperParameterType.Text, "concatenated", "the heads of the pooling: concatenated or mean") { Choices = ["concatenated", "mean"] },
        new("rezero", HyperParameterType.Flag, true, "the output network's layers start switched off"),
        new("output_widths", HyperParameterType.Integers, CgatSettings.PublishedOutputWidths.Select(width => (long)width).ToArray(), "widths of the output network") { Minimum = 1, Maximum = 8192 },
        ElementInputs.Setting(ElementInputs.Matscholar),
        new("pure_elements", HyperParameterType.Text, "self", "crystals of one element: self, the element is its own context; refuse, as the authors do") { Choices = ["self", "refuse"] },
        new("output", HyperParameterType.Text, "linear", "linear for a number, sigmoid for a probability") { Choices = ["linear", "sigmoid"] },
    ];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyList<KeyValuePair<string, object>>> Presets { get; } = new Dictionary<string, IReadOnlyList<KeyValuePair<string, object>>>(StringComparer.Ordinal)
    {
        // What a run of the authors' program without options trains.
        ["released"] = [],
        // Sums over an atom's own neighbours, and edges that see their atoms.
        ["corrected"] = [new("direction", "centre"), new("edge_update", "attention"), new("unused_edge_attention", false)],
        // The list of J. Schmidt et al., Mater. Today Phys. 48, 101560 (2024), "all CGAT models".
        ["published"] = [new("edge_width", 512L), new("heads", 6L)],
        // 4.3 million numbers, without data of others.
        ["small"] =
        [
            new("width", 64L), new("edge_width", 64L), new("heads", 3L), new("steps", 3L), new("composition_steps", 2L), new("composition_hidden", 128L), new("neighbours", 12L),
            new("direction", "centre"), new("unused_edge_attention", false), new("shell_tolerance_angstrom", 1e-3), new("output_widths", new long[] { 128, 64 }),
            new("element_features", ElementInputs.Cgcnn92),
        ],
    };

    public ModelNeeds Needs(ModelSpec spec) => ModelNeeds.Structures | ModelNeeds.OrderedSites;

    public ModelSpec Bind(ModelSpec spec, PreparedData data, ReadOnlySpan<int> trainingRows) => ElementInputs.Bind(spec);

    public IModel Create(ModelSpec spec) => new CgatModel(spec);

    public IBatchSource OpenSource(ModelSpec spec, PreparedData data)
    {
        var settings = CgatSettings.From(spec);
        return OrderedSource.Over(new CgatSource(settings, data.Graphs(settings.Graphs)), data, Name);
    }
}
