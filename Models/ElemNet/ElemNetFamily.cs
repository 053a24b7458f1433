namespace AtomSets.Models.ElemNet;

/// <summary>The model kind <c>elemnet</c>: a deep fully connected network on elemental fractions.</summary>
public sealed class ElemNetFamily : IModelFamily
{
    internal const string FamilyName = "elemnet";

    public string Name => FamilyName;

    public int Revision => 1;

    public IReadOnlyList<HyperParameter> Schema { get; } =
    [
        new("input", HyperParameterType.Text, "fractions86", "what the first layer reads: fractions86, the atomic fractions of 86 elements") { Choices = ["fractions86"] },
        new("widths", HyperParameterType.Integers, ElemNetSettings.PublishedWidths.Select(width => (long)width).ToArray(),
            "widths of the hidden layers; neighbours of one width form a block") { Minimum = 1, Maximum = 8192 },
        new("dropout", HyperParameterType.Text, "off", "dropping after the first four blocks (rates 0.2, 0.1, 0.3, 0.2): off, train, or always, in predictions too")
            { Choices = ["off", "train", "always"] },
        new("output", HyperParameterType.Text, "linear", "linear for a number, sigmoid for a probability") { Choices = ["linear", "sigmoid"] },
    ];

    public ModelNeeds Needs(ModelSpec spec) => ModelNeeds.None;

    public ModelSpec Bind(ModelSpec spec, PreparedData data, ReadOnlySpan<int> trainingRows) => spec;

    public IModel Create(ModelSpec spec) => new ElemNetModel(spec);

    public IBatchSource OpenSource(ModelSpec spec, PreparedData data) => new ElemNetSource(data);
}
