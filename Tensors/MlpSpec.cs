namespace AtomSets.Tensors;

/// <summary>One layer y = f(xW + b): weight [in × out], bias [1 × out] or none.</summary>
public readonly record struct MlpLayer(ParameterRef Weight, ParameterRef Bias, int Width, Activation Activation);

/// <summary>
/// The shape and parameters of an MLP, built once with the model. Its input is the concatenation of one or more inputs; rows of
/// the first weight follow their order, so published weights load as they are.
/// </summary>
public sealed class MlpSpec
{
    public MlpSpec(IReadOnlyList<int> inputWidths, IReadOnlyList<MlpLayer> layers)
    {
        if (inputWidths.Count is 0 or > MlpCall.MaxInputs)
            throw new ArgumentException($"an MLP takes 1 to {MlpCall.MaxInputs} inputs, got {inputWidths.Count}", nameof(inputWidths));
        if (layers.Count is 0 or > MlpCall.MaxLayers)
            throw new ArgumentException($"an MLP has 1 to {MlpCall.MaxLayers} layers, got {layers.Count}", nameof(layers));
        InputWidths = [.. inputWidths];
        Layers = [.. layers];
    }

    public IReadOnlyList<int> InputWidths { get; }
    public IReadOnlyList<MlpLayer> Layers { get; }
    public int OutputWidth => Layers[^1].Width;

    /// <summary>
    /// Adds the parameters <c>prefix.0.weight</c>, <c>prefix.0.bias</c>, <c>prefix.1.weight</c> … to a layout (Glorot uniform weights
    /// and zero biases unless told otherwise) and describes the MLP over them.
    /// </summary>
    /// <param name="inputWidths">columns of each input, in the order of concatenation</param>
    /// <param name="widths">outputs of each layer</param>
    public static MlpSpec Build(
        ParameterLayout layout, string prefix, ReadOnlySpan<int> inputWidths, ReadOnlySpan<int> widths,
        Activation hidden, Activation last, Initializer? weights = null, bool bias = true)
    {
        var layers = new List<MlpLayer>();
        var rows = 0;
        foreach (var width in inputWidths) rows += width;
        for (var i = 0; i < widths.Length; i++)
        {
            var weight = layout.Add($"{prefix}.{i}.weight", rows, widths[i], weights ?? Initializer.GlorotUniform);
            var shift = bias ? layout.Add($"{prefix}.{i}.bias", 1, widths[i], Initializer.Zeros) : ParameterRef.None;
            layers.Add(new(weight, shift, widths[i], i == widths.Length - 1 ? last : hidden));
            rows = widths[i];
        }
        return new(inputWidths.ToArray(), layers);
    }

    /// <summary>A single layer with parameters <c>prefix.weight</c> and <c>prefix.bias</c>.</summary>
    public static MlpSpec Dense(
        ParameterLayout layout, string prefix, ReadOnlySpan<int> inputWidths, int width, Activation activation = Activation.Linear,
        Initializer? weights = null, bool bias = true)
    {
        var rows = 0;
        foreach (var w in inputWidths) rows += w;
        var weight = layout.Add($"{prefix}.weight", rows, width, weights ?? Initializer.GlorotUniform);
        var shift = bias ? layout.Add($"{prefix}.bias", 1, width, Initializer.Zeros) : ParameterRef.None;
        return new(inputWidths.ToArray(), [new(weight, shift, width, activation)]);
    }
}
