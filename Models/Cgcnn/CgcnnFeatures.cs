using System.Globalization;
using AtomSets.Materials;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;

namespace AtomSets.Models.Cgcnn;

/// <summary>Takes inner values of a trained CGCNN as features.</summary>
/// <remarks>Names as for MEGNet (<see cref="FeatureLevel"/>). Per atom: <c>V0</c>, the embedded element vector; <c>V1</c> …, the atoms after a convolution. Per
/// structure: <c>final</c>, the mean over the atoms behind its softplus; <c>readout_0</c> …, the hidden layers behind it.</remarks>
public static class CgcnnFeatures
{
    /// <summary>All names for a network, from input to output.</summary>
    public static IReadOnlyList<string> Names(CgcnnSettings settings) =>
    [
        .. Enumerable.Range(0, settings.Convolutions + 1).Select(k => FormattableString.Invariant($"V{k}")), "final",
        .. Enumerable.Range(0, Math.Min(2, settings.HiddenLayers)).Select(l => FormattableString.Invariant($"readout_{l}")),
    ];

    /// <summary>Numbers per row of a layer.</summary>
    /// <exception cref="ModelException">The network has no such layer.</exception>
    public static int WidthIn(CgcnnSettings settings, string level)
    {
        var names = Names(settings);
        if (!names.Contains(level))
            throw new ModelException($"a cgcnn with {settings.Convolutions.ToString(CultureInfo.InvariantCulture)} convolutions has no layer '{level}'; {NearestName.Advice(level, names)}");
        return level.StartsWith("readout_", StringComparison.Ordinal) ? settings.Hidden : settings.AtomFeatures;
    }

    /// <summary>Runs the network over every row of <paramref name="source"/> and keeps one layer.</summary>
    /// <param name="model">The network.</param>
    /// <param name="weights">Value of every parameter and statistic, by name.</param>
    /// <param name="source">Its inputs. Refused rows get no features (zero rows of the table).</param>
    /// <param name="level">Name of the layer.</param>
    /// <param name="kernels">Where to compute.</param>
    /// <exception cref="ModelException">The network has no such layer.</exception>
    public static FeatureTable Extract(CgcnnModel model, IReadOnlyDictionary<string, float[]> weights, CgcnnSource source, string level, IKernels kernels)
    {
        var width = WidthIn(model.Settings, level);
        var isPerAtom = FeatureLevel.Parse(level).IsPerAtom;
        return new LayerExtraction(model.Parameters, weights, kernels).Run(
            source, level, width, (tape, batch) => model.Forward(tape, batch, level),
            (batch, i) => isPerAtom ? ((CgcnnBatch)batch).AtomsByGraph[i + 1] - ((CgcnnBatch)batch).AtomsByGraph[i] : 1);
    }

    /// <summary>The embedded vector of every element [Rows × F], by atomic number; row 0 is zero.</summary>
    internal static (int Rows, float[] Table) ElementTable(CgcnnModel model, IReadOnlyDictionary<string, float[]> weights)
    {
        var (vectors, width) = model.ElementInput;
        var (weight, bias) = (weights["embedding.weight"], weights["embedding.bias"]);
        var features = bias.Length;
        const int rows = ElementVectors.MaxAtomicNumber + 1;
        var table = new float[rows * features];
        for (var number = 1; number < rows; number++)
            for (var f = 0; f < features; f++)
            {
                double sum = bias[f];
                for (var k = 0; k < width; k++) sum += (double)vectors[number * width + k] * weight[k * features + f];
                table[number * features + f] = (float)sum;
            }
        return (rows, table);
    }
}
