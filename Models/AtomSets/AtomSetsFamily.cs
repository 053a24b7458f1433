namespace AtomSets.Models.AtomSets;

/// <summary>The model kind <c>atomsets</c>: DeepSets on features of a MEGNet or CGCNN.</summary>
public sealed class AtomSetsFamily : INetworkFamily
{
    internal const string FamilyName = "atomsets";

    public string Name => FamilyName;

    public int Revision => 1;

    public IReadOnlyList<HyperParameter> Schema { get; } =
    [
        new("features", HyperParameterType.Text, "V0",
            "layer of the parent: V0, V1 or V1_pre (after or before the residual) … site_readout, final; of an elemnet fc0_0 …; V1_stats or V1_mean over the atoms; several joined: V0+V1; or 'embedding', learned without a parent"),
        new("per_atom", HyperParameterType.Flag, false, "V0 or embedding: one row per atom of the structure, not per element of the formula"),
        new("phi", HyperParameterType.Integers, new long[] { 64, 64 }, "widths of the layers before pooling") { Minimum = 1, Maximum = 4096 },
        new("rho", HyperParameterType.Integers, new long[] { 64, 64 }, "widths of the layers after pooling") { Minimum = 1, Maximum = 4096 },
        new("pooling", HyperParameterType.Text, "mean", "mean (weighted), set2set, or both") { Choices = ["mean", "set2set", "both"] },
        new("alpha", HyperParameterType.Number, 1.0, "exponent of the weights in the mean") { Minimum = 0, Maximum = 16 },
        new("set2set_steps", HyperParameterType.Integer, 3L, "T: set2set steps") { Minimum = 1, Maximum = 16 },
        new("set2set_hidden", HyperParameterType.Integer, 512L, "width of the set2set memory") { Minimum = 1, Maximum = 4096 },
        new("activation", HyperParameterType.Text, "relu", "activation of phi and rho") { Choices = ["relu", "silu", "softplus2"] },
        new("standardise", HyperParameterType.Flag, false, "bring every input column to mean 0 and deviation 1 over the training rows"),
        new("output", HyperParameterType.Text, "linear", "linear for a number, sigmoid for a probability") { Choices = ["linear", "sigmoid"] },
        new("outputs", HyperParameterType.Integer, 1L, "predicted columns") { Minimum = 1, Maximum = 4096 },
        new("embedding", HyperParameterType.Integer, 32L, "width of the learned table where features is 'embedding'") { Minimum = 1, Maximum = 1024 },
        new("elements", HyperParameterType.Integer, 95L, "rows of the learned table") { Minimum = 2, Maximum = 119 },
    ];

    public ModelNeeds Needs(ModelSpec spec)
    {
        var settings = AtomSetsSettings.FromUnbound(spec);
        return (settings.IsByElement || settings.IsWithoutStructures ? ModelNeeds.None : ModelNeeds.Structures) | (settings.IsOwnEmbedding ? ModelNeeds.None : ModelNeeds.Parent)
            | (IsOneElementASite(settings) ? ModelNeeds.OrderedSites : ModelNeeds.None);
    }

    public ModelSpec Bind(ModelSpec spec, PreparedData data, ReadOnlySpan<int> trainingRows)
    {
        if (spec.Has("input_width")) return spec;
        var settings = AtomSetsSettings.FromUnbound(spec);
        var width = settings.IsOwnEmbedding
            ? settings.InputWidth
            : ParentFeatures.WidthIn(data, settings.Features);
        double[] mean = [], deviation = [];
        if (spec.Flag("standardise"))
        {
            if (settings.IsOwnEmbedding)
                throw new ModelException("atomsets.standardise = true needs features of a parent; a learned embedding has no fixed columns");
            using var source = AtomSetsSource.Open(settings with { InputWidth = width }, data);
            (mean, deviation) = source.ColumnStatistics(trainingRows);
        }
        return spec.With("input_width", (long)width).With("input_mean", mean).With("input_deviation", deviation);
    }

    public IModel Create(ModelSpec spec) => new AtomSetsModel(spec);

    public IBatchSource OpenSource(ModelSpec spec, PreparedData data)
    {
        var settings = AtomSetsSettings.From(spec);
        var source = AtomSetsSource.Open(settings, data);
        return IsOneElementASite(settings) ? OrderedSource.Over(source, data, "atomsets with per_atom: true") : source;
    }

    // By element the amounts of the formula are the occupancies, and layers of a network have their own; a row for each atom would need one element there.
    static bool IsOneElementASite(AtomSetsSettings settings) => !settings.IsByElement && (settings.IsOwnEmbedding || settings.Features == "V0");
}
