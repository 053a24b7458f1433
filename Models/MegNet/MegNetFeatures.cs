using AtomSets.Tensors;

namespace AtomSets.Models.MegNet;

/// <summary>Takes inner values of a trained MEGNet as features.</summary>
public static class MegNetFeatures
{
    /// <summary>Runs the network over every row of <paramref name="source"/> and keeps one layer.</summary>
    /// <param name="model">The network.</param>
    /// <param name="weights">Value of every parameter, by name.</param>
    /// <param name="source">Its inputs. Refused rows get no features (zero rows of the table).</param>
    /// <param name="level">Name of the layer, see <see cref="FeatureLevel"/>.</param>
    /// <param name="kernels">Where to compute.</param>
    /// <param name="progress">Told the number of materials done, after each batch.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static FeatureTable Extract(
        MegNetModel model, IReadOnlyDictionary<string, float[]> weights, MegNetSource source, string level, IKernels kernels,
        Action<int>? progress = null, CancellationToken cancellation = default)
    {
        var wanted = FeatureLevel.Parse(level);
        var width = wanted.WidthIn(model.Settings);
        var table = new LayerExtraction(model.Parameters, weights, kernels).Run(
            source, level, width,
            (tape, batch) =>
            {
                var trace = new MegNetTrace(level);
                model.Forward(tape, batch, trace);
                return trace[level];
            },
            (batch, i) => wanted.IsPerAtom ? ((MegNetBatch)batch).AtomsByGraph[i + 1] - ((MegNetBatch)batch).AtomsByGraph[i] : 1,
            progress, cancellation);
        return wanted.IsOfBonds ? new FeatureTable(level, width, table.Offsets, table.Values) { Refused = table.Refused, Weights = Degrees(source, table) } : table;
    }

    /// <summary>Bonds of each atom that has a row.</summary>
    static float[] Degrees(MegNetSource source, FeatureTable table)
    {
        var degrees = new float[table.Offsets[^1]];
        for (var material = 0; material < table.Count; material++)
        {
            if (table.RowCount(material) == 0) continue;
            var bonds = source.Graph(material).EdgeOffsets;
            for (var atom = 0; atom < table.RowCount(material); atom++) degrees[table.Offsets[material] + atom] = bonds[atom + 1] - bonds[atom];
        }
        return degrees;
    }
}
