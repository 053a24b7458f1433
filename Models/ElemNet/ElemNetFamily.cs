using AtomSets.Materials;

namespace AtomSets.Models.ElemNet;

/// <summary>The model kind <c>elemnet</c>: a deep fully connected network on the numbers of a formula, on columns, or on a parent's layer.</summary>
public sealed class ElemNetFamily : INetworkFamily
{
    internal const string FamilyName = "elemnet";

    public string Name => FamilyName;

    public int Revision => 2;

    public IReadOnlyList<HyperParameter> Schema { get; } =
    [
        new("input", HyperParameterType.Text, InputColumns.Auto,
            "what the first layer reads, joined by +: ef86, ef112 (atomic fractions), pa145 (physical attributes), columns:a,b, layer (of a parent); auto: the layer, or ef86"),
        new("features", HyperParameterType.Text, "", "layer of the parent; set by a transfer mode features:LAYER") { IsUnwrittenAtDefault = true },
        new("standardise", HyperParameterType.Flag, false, "bring every input column to mean 0 and deviation 1 over the training rows"),
        new("architecture", HyperParameterType.Text, "elemnet-17", "elemnet-17, irnet-17, or blocks such as 1024x4D-512BARx3-1"),
        new("dropout", HyperParameterType.Text, "off", "dropping behind the blocks that the architecture marks with D: off, train, or always, in predictions too")
            { Choices = ["off", "train", "always"] },
        new("keep", HyperParameterType.Numbers, ElemNetSettings.PublishedKeep.ToArray(), "probability of keeping a value behind block 1, 2, …") { Minimum = 0.01, Maximum = 1 },
        new("initializer", HyperParameterType.Text, "keras", "keras: Glorot-uniform matrices, zero biases; torch: both uniform within 1/√inputs") { Choices = ["keras", "torch"] },
        new("output", HyperParameterType.Text, "linear", "linear for a number, sigmoid for a probability") { Choices = ["linear", "sigmoid"] },
    ];

    /// <summary>Revision 1 knew plain layers on 86 fractions alone; neighbours of one width were a block, and the first four blocks dropped.</summary>
    public ModelSpec? Upgrade(ModelSpec earlier)
    {
        const int dropping = 4;
        if (earlier.Revision != 1 || earlier.Text("input") != "fractions86") return null;
        var blocks = new List<(int Width, int Count)>();
        foreach (var width in earlier.Integers("widths"))
        {
            if (blocks.Count > 0 && blocks[^1].Width == width) blocks[^1] = (width, blocks[^1].Count + 1);
            else blocks.Add((width, 1));
        }
        var architecture = string.Concat(blocks.Select((block, index) => FormattableString.Invariant($"{block.Width}x{block.Count}{(index < dropping ? "D" : "")}-"))) + "1";
        var given = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["input"] = "ef86", ["architecture"] = architecture, ["dropout"] = earlier.Text("dropout"), ["output"] = earlier.Text("output"),
        };
        return ElemNetSettings.Bound(HyperParameterSchema.Resolve(this, given), ElementFractions.Count, [], []);
    }

    public ModelNeeds Needs(ModelSpec spec)
    {
        var input = ElemNetSettings.From(spec).Input;
        if (!input.NeedsParent) return ModelNeeds.None;
        LayerNames.CheckVector(input.LayerName, Name);
        return input.LayerName.Length == 0 || !LayerNames.Parse(input.LayerName).NeedStructures ? ModelNeeds.Parent : ModelNeeds.Parent | ModelNeeds.Structures;
    }

    public ModelSpec Bind(ModelSpec spec, PreparedData data, ReadOnlySpan<int> trainingRows)
    {
        if (ElemNetSettings.IsBound(spec)) return spec;
        var input = ElemNetSettings.From(spec).Input;
        var (mean, deviation) = spec.Flag("standardise") ? Statistics(input.Open(data), trainingRows) : ([], []);
        return ElemNetSettings.Bound(spec, input.WidthWith(data), mean, deviation);
    }

    public IModel Create(ModelSpec spec) => new ElemNetModel(spec);

    public IBatchSource OpenSource(ModelSpec spec, PreparedData data) => new ElemNetSource(ElemNetSettings.From(spec), data);

    // A constant column keeps a deviation of 1.
    static (double[] Mean, double[] Deviation) Statistics(InputRows inputs, ReadOnlySpan<int> rows)
    {
        if (rows.IsEmpty) throw new ModelException("standardising the inputs needs at least one training row");
        var (mean, deviation, values) = (new double[inputs.Width], new double[inputs.Width], new float[inputs.Width]);
        foreach (var row in rows)
        {
            inputs.Fill(row, values);
            for (var c = 0; c < values.Length; c++) mean[c] += values[c] / (double)rows.Length;
        }
        foreach (var row in rows)
        {
            inputs.Fill(row, values);
            for (var c = 0; c < values.Length; c++) deviation[c] += (values[c] - mean[c]) * (values[c] - mean[c]) / rows.Length;
        }
        for (var c = 0; c < deviation.Length; c++)
        {
            deviation[c] = Math.Sqrt(deviation[c]);
            if (deviation[c] < 1e-6 * Math.Max(1, Math.Abs(mean[c]))) deviation[c] = 1;
        }
        return (mean, deviation);
    }
}
