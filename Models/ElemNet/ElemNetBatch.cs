namespace AtomSets.Models.ElemNet;

/// <summary>The inputs of some materials, one row each.</summary>
public sealed class ElemNetBatch : IBatch
{
    readonly int _width;
    Buffer<float> _inputs;

    internal ElemNetBatch(int width) => _width = width;

    /// <inheritdoc/>
    public int Count => _inputs.Count / _width;

    /// <summary>[Count × input width].</summary>
    public ReadOnlySpan<float> Inputs => _inputs.Span;

    /// <summary>Empties the batch and keeps its memory.</summary>
    internal void Clear() => _inputs.Clear();

    /// <summary>Appends a row, to be overwritten.</summary>
    internal Span<float> AddRow() => _inputs.Extend(_width);
}
