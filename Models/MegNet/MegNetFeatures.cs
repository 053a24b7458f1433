using AtomSets.Tensors;

namespace AtomSets.Models.MegNet;

/// <summary>Takes inner values of a trained MEGNet as features.</summary>
public static class MegNetFeatures
{
    /// <summary>Materials per forward pass; the values do not depend on it, since every sum runs within one material.</summary>
    const int BatchSize = 64;

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
        using var parameters = new ParameterSet(kernels, model.Parameters);
        foreach (var parameter in model.Parameters.Parameters) parameters.Import(parameter.Name, weights[parameter.Name].AsSpan());
        using var tape = new Tape(kernels, parameters);

        var refused = source.Refused.Select(entry => entry.Row).ToHashSet();
        var rows = Enumerable.Range(0, source.Count).Where(row => !refused.Contains(row)).ToArray();
        var offsets = new int[source.Count + 1];
        Buffer<float> values = default;
        var batch = (MegNetBatch)source.Create();
        for (var start = 0; start < rows.Length; start += BatchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            var part = rows.AsSpan(start, Math.Min(BatchSize, rows.Length - start));
            source.Fill(batch, part);
            tape.Reset(training: false);
            var trace = new MegNetTrace(level);
            model.Forward(tape, batch, trace);
            var layer = trace[level];
            tape.Read(layer, values.Extend(layer.Length));
            for (var i = 0; i < part.Length; i++)
                offsets[part[i] + 1] = wanted.IsPerAtom ? batch.AtomsByGraph[i + 1] - batch.AtomsByGraph[i] : 1;
            progress?.Invoke(start + part.Length);
        }
        for (var row = 0; row < source.Count; row++) offsets[row + 1] += offsets[row];
        return new FeatureTable(level, width, offsets, values.Span.ToArray());
    }
}
