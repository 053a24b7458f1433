namespace AtomSets.Models.Roost;

/// <summary>The model kind <c>roost</c>: CGAT's composition branch as a network of its own.</summary>
public sealed class RoostFamily : INetworkFamily
{
    internal const string FamilyName = "roost";

    public string Name => FamilyName;

    public int Revision => 1;

    public IReadOnlyList<HyperParameter> Schema { get; } =
    [
        new("width", HyperParameterType.Integer, 128L, "F: numbers per element of a formula, its fraction among them") { Minimum = 2, Maximum = 4096 },
        new("steps", HyperParameterType.Integer, 3L, "message steps") { Minimum = 0, Maximum = 16 },
        new("heads", HyperParameterType.Integer, 1L, "attention networks beside each other, averaged") { Minimum = 1, Maximum = 16 },
        new("hidden", HyperParameterType.Integer, 256L, "width of the hidden layers of gates and messages") { Minimum = 1, Maximum = 4096 },
        new("output_widths", HyperParameterType.Integers, Cgat.CgatSettings.PublishedOutputWidths.Select(width => (long)width).ToArray(), "widths of the output network") { Minimum = 1, Maximum = 8192 },
        new("rezero", HyperParameterType.Flag, true, "the output network's layers start switched off"),
        ElementInputs.Setting(ElementInputs.Matscholar),
        new("output", HyperParameterType.Text, "linear", "linear for a number, sigmoid for a probability") { Choices = ["linear", "sigmoid"] },
    ];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyList<KeyValuePair<string, object>>> Presets { get; } = new Dictionary<string, IReadOnlyList<KeyValuePair<string, object>>>(StringComparer.Ordinal)
    {
        ["small"] =
        [
            new("width", 64L), new("steps", 2L), new("hidden", 128L), new("output_widths", new long[] { 128, 64 }), new("element_features", ElementInputs.Cgcnn92),
        ],
    };

    public ModelNeeds Needs(ModelSpec spec) => ModelNeeds.None;

    public ModelSpec Bind(ModelSpec spec, PreparedData data, ReadOnlySpan<int> trainingRows) => ElementInputs.Bind(spec);

    public IModel Create(ModelSpec spec) => new RoostModel(spec);

    public IBatchSource OpenSource(ModelSpec spec, PreparedData data) => new RoostSource(RoostSettings.From(spec), data);
}
