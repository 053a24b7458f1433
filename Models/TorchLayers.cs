using AtomSets.Tensors;

namespace AtomSets.Models;

/// <summary>Layers with the first values that PyTorch gives linear layers: weights and biases uniform in ±1/√inputs.</summary>
static class TorchLayers
{
    /// <summary>Dense layers <c>prefix.0.weight</c>, <c>prefix.0.bias</c>, <c>prefix.1.weight</c> …, the last one linear.</summary>
    public static MlpSpec Build(ParameterLayout layout, string prefix, ReadOnlySpan<int> inputWidths, ReadOnlySpan<int> widths, Activation hidden)
    {
        var layers = new MlpLayer[widths.Length];
        var rows = 0;
        foreach (var width in inputWidths) rows += width;
        for (var l = 0; l < widths.Length; l++)
        {
            layers[l] = Layer(layout, FormattableString.Invariant($"{prefix}.{l}"), rows, widths[l], l == widths.Length - 1 ? Activation.Linear : hidden, bias: true);
            rows = widths[l];
        }
        return new MlpSpec(inputWidths.ToArray(), layers);
    }

    /// <summary>One layer <c>prefix.weight</c> and, if wanted, <c>prefix.bias</c>.</summary>
    public static MlpSpec Single(ParameterLayout layout, string prefix, int inputs, int width, Activation activation = Activation.Linear, bool bias = true) =>
        new([inputs], [Layer(layout, prefix, inputs, width, activation, bias)]);

    static MlpLayer Layer(ParameterLayout layout, string prefix, int inputs, int width, Activation activation, bool bias)
    {
        var uniform = Uniform(inputs);
        var weight = layout.Add($"{prefix}.weight", inputs, width, uniform);
        return new MlpLayer(weight, bias ? layout.Add($"{prefix}.bias", 1, width, uniform) : ParameterRef.None, width, activation);
    }

    public static Initializer Uniform(int inputs) => Initializer.Uniform(-1 / Math.Sqrt(inputs), 1 / Math.Sqrt(inputs));
}
