namespace AtomSets.Models.Classical;

/// <summary>Rows of a kernel matrix, computed when first asked for; those asked for longest ago make room for new ones.</summary>
sealed class KernelRows
{
    readonly RadialKernel _kernel;
    readonly Func<int, float[]> _query;
    readonly int _most;
    readonly LinkedListNode<int>?[] _places;
    readonly float[]?[] _rows;
    readonly LinkedList<int> _byUse = new();

    /// <param name="kernel">Against all rows.</param>
    /// <param name="query">Makes the query of a row.</param>
    /// <param name="bytes">Memory that the rows may take.</param>
    public KernelRows(RadialKernel kernel, Func<int, float[]> query, long bytes)
    {
        (_kernel, _query) = (kernel, query);
        _most = (int)Math.Clamp(bytes / (sizeof(float) * (long)Math.Max(1, kernel.Rows)), 2, Math.Max(2, kernel.Rows));
        (_places, _rows) = (new LinkedListNode<int>?[kernel.Rows], new float[]?[kernel.Rows]);
    }

    /// <summary>A row; it stays as it is until two others have been asked for.</summary>
    public float[] this[int row]
    {
        get
        {
            if (_places[row] is { } place)
            {
                _byUse.Remove(place);
                _byUse.AddLast(place);
                return _rows[row]!;
            }
            float[]? values = null;
            if (_byUse.Count == _most)
            {
                var oldest = _byUse.First!.Value;
                _byUse.RemoveFirst();
                (values, _rows[oldest], _places[oldest]) = (_rows[oldest], null, null);
            }
            _rows[row] = values ??= new float[_kernel.Rows];
            _places[row] = _byUse.AddLast(row);
            _kernel.Of(_query(row), values);
            return values;
        }
    }
}
