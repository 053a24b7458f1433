namespace AtomSets.Models.Roost;

/// <summary>The formulas of a batch: items (an element of a formula with its fraction) and, grouped by their first item, ordered pairs of different items.</summary>
/// <remarks>The only item of a pure element is paired with itself, so that it has a context as others have.</remarks>
sealed class FormulaRows
{
    Buffer<int> _elements, _others, _pairsByItem, _itemsByFormula;
    Buffer<float> _fractions, _logFractions;
    int[] _selves = [];

    public FormulaRows() => Clear();

    /// <summary>Formulas.</summary>
    public int Count => _itemsByFormula.Count - 1;

    /// <summary>Items of all formulas, M.</summary>
    public int Items => _elements.Count;

    /// <summary>Row of each item's element among those of the batch [M].</summary>
    public ReadOnlySpan<int> Elements => _elements.Span;

    /// <summary>Share of the item's element in its formula [M].</summary>
    public ReadOnlySpan<float> Fractions => _fractions.Span;

    /// <summary>The natural logarithm of it [M].</summary>
    public ReadOnlySpan<float> LogFractions => _logFractions.Span;

    /// <summary>First pair of each item, and the number of pairs P [M + 1].</summary>
    public ReadOnlySpan<int> PairsByItem => _pairsByItem.Span;

    /// <summary>The second item of each pair [P].</summary>
    public ReadOnlySpan<int> Others => _others.Span;

    /// <summary>The first item of each pair [P].</summary>
    public ReadOnlySpan<int> Selves => _selves.AsSpan(0, _others.Count);

    /// <summary>First item of each formula, and the number of items [Count + 1].</summary>
    public ReadOnlySpan<int> ItemsByFormula => _itemsByFormula.Span;

    public void Clear()
    {
        _elements.Clear();
        _others.Clear();
        _fractions.Clear();
        _logFractions.Clear();
        _pairsByItem.Clear();
        _pairsByItem.Extend(1)[0] = 0;
        _itemsByFormula.Clear();
        _itemsByFormula.Extend(1)[0] = 0;
    }

    /// <summary>Appends a formula.</summary>
    /// <param name="elements">rows of its elements among those of the batch, each once</param>
    /// <param name="amounts">of them, above 0</param>
    public void Add(ReadOnlySpan<int> elements, ReadOnlySpan<double> amounts)
    {
        var first = Items;
        elements.CopyTo(_elements.Extend(elements.Length));
        var total = 0.0;
        foreach (var amount in amounts) total += amount;
        Span<float> fractions = _fractions.Extend(elements.Length), logarithms = _logFractions.Extend(elements.Length);
        for (var i = 0; i < elements.Length; i++)
        {
            fractions[i] = (float)(amounts[i] / total);
            logarithms[i] = (float)Math.Log(amounts[i] / total);
            for (var j = 0; j < elements.Length; j++)
                if (j != i || elements.Length == 1) _others.Extend(1)[0] = first + j;
            _pairsByItem.Extend(1)[0] = _others.Count;
        }
        if (_selves.Length < _others.Count) Array.Resize(ref _selves, Math.Max(_others.Count, 2 * _selves.Length));
        for (var i = first; i < Items; i++) _selves.AsSpan(_pairsByItem.Span[i].._pairsByItem.Span[i + 1]).Fill(i);
        _itemsByFormula.Extend(1)[0] = Items;
    }
}
