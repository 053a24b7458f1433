using AtomSets.Models;

namespace AtomSets.Core.Tests.Models.Classical;

/// <summary>Fits families to rows written in a test.</summary>
static class FitOn
{
    public static VectorBatch Batch(params float[][] rows)
    {
        var batch = new VectorBatch(rows[0].Length);
        foreach (var row in rows) row.CopyTo(batch.AddRow());
        return batch;
    }

    /// <summary>Drawn rows, evenly in (−1, 1).</summary>
    public static float[][] Draw(ulong seed, int rows, int columns)
    {
        var random = AtomSets.Tensors.KeyedRandom.For(seed, "rows");
        return [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns).Select(column => (float)random.Uniform((ulong)(row * columns + column), -1, 1)).ToArray())];
    }

    public static ModelSpec Spec(string kind, params (string Key, object? Value)[] settings) =>
        ModelRegistry.Default.Resolve(kind, settings.Select(entry => KeyValuePair.Create(entry.Key, entry.Value)));

    public static IReadOnlyDictionary<string, ModelTensor> Tensors(ModelSpec spec, float[][] rows, double[] targets, ulong seed = 1) =>
        ((IFittedFamily)ModelRegistry.Default[spec.Kind]).Fit(spec, new FitInputs(Batch(rows), targets, seed), CancellationToken.None);

    public static double[] Predict(ModelSpec spec, IReadOnlyDictionary<string, ModelTensor> tensors, float[][] rows)
    {
        var predictions = new double[rows.Length];
        ((IFittedFamily)ModelRegistry.Default[spec.Kind]).Load(spec, tensors).Predict(Batch(rows), predictions);
        return predictions;
    }
}
