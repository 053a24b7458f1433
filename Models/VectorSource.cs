namespace AtomSets.Models;

/// <summary>A vector per material, of the numbers that <see cref="InputColumns"/> names.</summary>
/// <param name="rows">The numbers.</param>
public sealed class VectorSource(InputRows rows) : IBatchSource
{
    /// <inheritdoc/>
    public int Count => rows.Count;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused => rows.Refused;

    /// <inheritdoc/>
    public IBatch Create() => new VectorBatch(rows.Width);

    /// <inheritdoc/>
    public void Fill(IBatch batch, ReadOnlySpan<int> materials)
    {
        if (batch is not VectorBatch vectors || vectors.Width != rows.Width)
            throw new ArgumentException($"a {nameof(VectorBatch)} of width {rows.Width} is needed, got {batch.GetType().Name}", nameof(batch));
        vectors.Clear();
        foreach (var material in materials) rows.Fill(material, vectors.AddRow());
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
