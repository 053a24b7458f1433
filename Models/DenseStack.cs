using AtomSets.Tensors;

namespace AtomSets.Models;

/// <summary>Dense layers whose parameters are called <c>prefix.0.W</c>, <c>prefix.0.b</c>, <c>prefix.1.W</c> …, as in the published weight files.</summary>
static class DenseStack
{
    /// <summary>Adds the layers to a layout: Glorot-uniform matrices (in, out), zero biases.</summary>
    public static MlpSpec Build(
        ParameterLayout layout, string prefix, ReadOnlySpan<int> inputWidths, ReadOnlySpan<int> widths, Activation hidden, Activation last)
    {
        var layers = new MlpLayer[widths.Length];
        var rows = 0;
        foreach (var width in inputWidths) rows += width;
        for (var l = 0; l < widths.Length; l++)
        {
            var weight = layout.Add(FormattableString.Invariant($"{prefix}.{l}.W"), rows, widths[l], Initializer.GlorotUniform);
            var bias = layout.Add(FormattableString.Invariant($"{prefix}.{l}.b"), 1, widths[l], Initializer.Zeros);
            layers[l] = new MlpLayer(weight, bias, widths[l], l == widths.Length - 1 ? last : hidden);
            rows = widths[l];
        }
        return new MlpSpec(inputWidths.ToArray(), layers);
    }

    /// <summary>One matrix and bias with names of their own.</summary>
    public static MlpSpec Single(ParameterLayout layout, string weight, string bias, ReadOnlySpan<int> inputWidths, int width)
    {
        var rows = 0;
        foreach (var input in inputWidths) rows += input;
        var layer = new MlpLayer(
            layout.Add(weight, rows, width, Initializer.GlorotUniform), layout.Add(bias, 1, width, Initializer.Zeros), width, Activation.Linear);
        return new MlpSpec(inputWidths.ToArray(), [layer]);
    }

    /// <summary>The layers one by one, over the same parameters, where the values in between are wanted.</summary>
    public static MlpSpec[] Split(MlpSpec stack)
    {
        var parts = new MlpSpec[stack.Layers.Count];
        for (var l = 0; l < parts.Length; l++)
            parts[l] = new MlpSpec(l == 0 ? stack.InputWidths : [stack.Layers[l - 1].Width], [stack.Layers[l]]);
        return parts;
    }
}
