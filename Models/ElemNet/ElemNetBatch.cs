using AtomSets.Materials;

namespace AtomSets.Models.ElemNet;

/// <summary>Elemental fractions of some materials, one row each.</summary>
public sealed class ElemNetBatch : IBatch
{
    Buffer<float> _fractions;

    /// <inheritdoc/>
    public int Count => _fractions.Count / ElementFractions.Count;

    /// <summary>[Count × 86] in the order of <see cref="ElementFractions.Elements"/>; each row sums to 1.</summary>
    public ReadOnlySpan<float> Fractions => _fractions.Span;

    /// <summary>Empties the batch and keeps its memory.</summary>
    internal void Clear() => _fractions.Clear();

    /// <summary>Appends a row of zeros and returns it.</summary>
    internal Span<float> AddRow()
    {
        var row = _fractions.Extend(ElementFractions.Count);
        row.Clear();
        return row;
    }
}
