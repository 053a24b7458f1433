using AtomSets.Tensors;

namespace AtomSets.Models;

/// <summary>Runs a trained network over every row of its inputs and keeps one layer.</summary>
/// <param name="parameters">The network's layout.</param>
/// <param name="weights">Value of every parameter, by name.</param>
/// <param name="kernels">Where to compute.</param>
sealed class LayerExtraction(ParameterLayout parameters, IReadOnlyDictionary<string, float[]> weights, IKernels kernels)
{
    /// <summary>Materials per forward pass; the values do not depend on it, since in prediction every sum runs within one material.</summary>
    const int BatchSize = 64;

    /// <summary>The values of <paramref name="layer"/> for every row.</summary>
    /// <param name="source">Inputs. Refused rows get no features (zero rows of the table).</param>
    /// <param name="level">Name of the layer.</param>
    /// <param name="width">Its numbers per row.</param>
    /// <param name="layer">The forward pass up to the layer.</param>
    /// <param name="rowsOf">Rows that a material of a batch has in the layer.</param>
    /// <param name="progress">Told the number of materials done, after each batch.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public FeatureTable Run(
        IBatchSource source, string level, int width, Func<Tape, IBatch, Tensor> layer, Func<IBatch, int, int> rowsOf,
        Action<int>? progress = null, CancellationToken cancellation = default)
    {
        using var set = new ParameterSet(kernels, parameters);
        foreach (var parameter in parameters.Parameters) set.Import(parameter.Name, weights[parameter.Name].AsSpan());
        using var tape = new Tape(kernels, set);

        var refused = source.Refused.Select(entry => entry.Row).ToHashSet();
        var rows = Enumerable.Range(0, source.Count).Where(row => !refused.Contains(row)).ToArray();
        var offsets = new int[source.Count + 1];
        Buffer<float> values = default;
        var batch = source.Create();
        for (var start = 0; start < rows.Length; start += BatchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            var part = rows.AsSpan(start, Math.Min(BatchSize, rows.Length - start));
            source.Fill(batch, part);
            tape.Reset(training: false);
            var found = layer(tape, batch);
            tape.Read(found, values.Extend(found.Length));
            for (var i = 0; i < part.Length; i++) offsets[part[i] + 1] = rowsOf(batch, i);
            progress?.Invoke(start + part.Length);
        }
        for (var row = 0; row < source.Count; row++) offsets[row + 1] += offsets[row];
        return new FeatureTable(level, width, offsets, values.Span.ToArray()) { Refused = source.Refused };
    }
}
