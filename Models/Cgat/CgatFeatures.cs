using System.Globalization;
using AtomSets.Materials;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;

namespace AtomSets.Models.Cgat;

/// <summary>Takes inner values of a trained CGAT as features.</summary>
/// <remarks>Names as for MEGNet (<see cref="FeatureLevel"/>). Per atom: <c>V0</c>, the embedded element vector; <c>V1</c> …, the atoms after a message step. Per structure:
/// <c>final</c>, the pooled heads ("graph embedding"); <c>readout_0</c>, the output network before its last layer.</remarks>
public static class CgatFeatures
{
    /// <summary>All names for a network, from input to output.</summary>
    public static IReadOnlyList<string> Names(CgatSettings settings) =>
        [.. Enumerable.Range(0, settings.Steps + 1).Select(k => FormattableString.Invariant($"V{k}")), "final", "readout_0"];

    /// <summary>Numbers per row of a layer.</summary>
    /// <exception cref="ModelException">The network has no such layer.</exception>
    public static int WidthIn(CgatSettings settings, string level)
    {
        var names = Names(settings);
        if (!names.Contains(level))
            throw new ModelException($"a cgat of {settings.Steps.ToString(CultureInfo.InvariantCulture)} steps has no layer '{level}'; {NearestName.Advice(level, names)}");
        return level switch
        {
            "final" => settings.PooledWidth,
            "readout_0" => settings.OutputWidths.Count == 0 ? settings.PooledWidth : settings.OutputWidths[^1],
            _ => settings.Width,
        };
    }

    /// <summary>Runs the network over every row of its graphs and keeps one layer.</summary>
    /// <param name="model">The network.</param>
    /// <param name="weights">Value of every parameter, by name.</param>
    /// <param name="graphs">Of the model's neighbours (<see cref="CgatSettings.Graphs"/>). Refused rows get no features (zero rows of the table).</param>
    /// <param name="level">Name of the layer.</param>
    /// <param name="kernels">Where to compute.</param>
    /// <exception cref="ModelException">The network has no such layer.</exception>
    public static FeatureTable Extract(CgatModel model, IReadOnlyDictionary<string, float[]> weights, IGraphSource graphs, string level, IKernels kernels)
    {
        var width = WidthIn(model.Settings, level);
        var isPerAtom = FeatureLevel.Parse(level).IsPerAtom;
        // Where atoms are wanted, each by itself in the crystal's order.
        using var source = new CgatSource(model.Settings, graphs, merges: !isPerAtom);
        return new LayerExtraction(model.Parameters, weights, kernels).Run(
            source, level, width, (tape, batch) => model.Layer(tape, batch, level),
            (batch, i) => isPerAtom ? ((CgatBatch)batch).AtomsByGraph[i + 1] - ((CgatBatch)batch).AtomsByGraph[i] : 1);
    }

    /// <summary>The embedded vector of every element [Rows × F], by atomic number; row 0 is zero.</summary>
    internal static (int Rows, float[] Table) ElementTable(CgatModel model, IReadOnlyDictionary<string, float[]> weights)
    {
        var (vectors, width) = model.ElementInput;
        var weight = weights["graph.nodes.weight"];
        var (rows, features) = (vectors.Length / width, model.Settings.Width);
        var table = new float[rows * features];
        for (var number = 1; number < rows; number++)
            for (var f = 0; f < features; f++)
            {
                var sum = 0.0;
                for (var k = 0; k < width; k++) sum += (double)vectors[number * width + k] * weight[k * features + f];
                table[number * features + f] = (float)sum;
            }
        return (rows, table);
    }
}
