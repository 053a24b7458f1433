namespace AtomSets.Models;

/// <summary>One vector for each of some materials.</summary>
/// <param name="width">Numbers per row.</param>
public sealed class VectorBatch(int width) : IBatch
{
    Buffer<float> _values;

    /// <summary>Numbers per row.</summary>
    public int Width => width;

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>[Count × Width], row-major.</summary>
    public ReadOnlySpan<float> Values => _values.Span;

    /// <summary>One row: [Width].</summary>
    public ReadOnlySpan<float> this[int row] => Values.Slice(row * width, width);

    /// <summary>Empties the batch and keeps its memory.</summary>
    public void Clear()
    {
        _values.Clear();
        Count = 0;
    }

    /// <summary>Appends a row and returns it, with undefined contents: [Width].</summary>
    public Span<float> AddRow()
    {
        Count++;
        return _values.Extend(width);
    }
}
