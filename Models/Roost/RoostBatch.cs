using AtomSets.Materials;

namespace AtomSets.Models.Roost;

/// <summary>Formulas of several materials. Every list grows to its largest use and is then reused.</summary>
public sealed class RoostBatch : IBatch
{
    Buffer<int> _elements;
    Buffer<double> _amounts;

    /// <inheritdoc/>
    public int Count => Formulas.Count;

    /// <summary>The different elements of all formulas.</summary>
    internal ElementRows Elements { get; } = new();

    internal FormulaRows Formulas { get; } = new();

    /// <summary>Empties the batch and keeps its memory.</summary>
    public void Clear()
    {
        Elements.Clear();
        Formulas.Clear();
    }

    /// <summary>Appends a formula, elements by ascending atomic number.</summary>
    public void Add(Composition composition)
    {
        _elements.Clear();
        _amounts.Clear();
        foreach (var item in composition.Amounts)
        {
            _elements.Extend(1)[0] = Elements.RowOf(item.Element.AtomicNumber);
            _amounts.Extend(1)[0] = item.Amount;
        }
        Formulas.Add(_elements.Span, _amounts.Span);
    }
}
