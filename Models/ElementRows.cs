using AtomSets.Materials;

namespace AtomSets.Models;

/// <summary>The different elements of a batch: what depends on the element alone is computed once for each.</summary>
sealed class ElementRows
{
    readonly int[] _rowOf = new int[Element.MaxAtomicNumber + 1];
    Buffer<int> _numbers;
    float[] _inputs = [];

    public ElementRows() => Clear();

    /// <summary>Number of different elements, D.</summary>
    public int Count => _numbers.Count;

    /// <summary>Atomic numbers by row.</summary>
    public ReadOnlySpan<int> Numbers => _numbers.Span;

    public void Clear()
    {
        _numbers.Clear();
        Array.Fill(_rowOf, -1);
    }

    /// <summary>The row of an element, which is added if it is new.</summary>
    public int RowOf(int atomicNumber)
    {
        ref var row = ref _rowOf[atomicNumber];
        if (row >= 0) return row;
        row = _numbers.Count;
        _numbers.Extend(1)[0] = atomicNumber;
        return row;
    }

    /// <summary>[Count × width] the rows of a table by atomic number.</summary>
    public ReadOnlySpan<float> Inputs(float[] table, int width)
    {
        if (_inputs.Length < Count * width) _inputs = new float[Math.Max(Count * width, 2 * _inputs.Length)];
        for (var row = 0; row < Count; row++) table.AsSpan(_numbers.Span[row] * width, width).CopyTo(_inputs.AsSpan(row * width));
        return _inputs.AsSpan(0, Count * width);
    }
}
