namespace AtomSets.Models.Classical;

/// <summary>Rows of numbers: [Rows × Columns], row-major.</summary>
sealed record Matrix(int Rows, int Columns, float[] Values)
{
    public ReadOnlySpan<float> this[int row] => Values.AsSpan(row * Columns, Columns);

    /// <summary>The rows of a batch, copied.</summary>
    /// <exception cref="ArgumentException">The batch holds no vectors.</exception>
    public static Matrix Of(IBatch batch) => batch is VectorBatch vectors
        ? new Matrix(vectors.Count, vectors.Width, vectors.Values.ToArray())
        : throw new ArgumentException($"classical models take a {nameof(VectorBatch)}, got {batch.GetType().Name}", nameof(batch));
}
