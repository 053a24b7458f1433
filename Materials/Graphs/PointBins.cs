namespace AtomSets.Materials;

/// <summary>Points sorted into boxes of at least the search radius: all neighbours of a centre lie in the 27 boxes around it.</summary>
sealed class PointBins
{
    readonly double[] _origin = new double[3];
    readonly double[] _perAngstrom = new double[3];
    readonly int[] _count = new int[3];
    int[] _starts = [];
    int[] _binOfPoint = [];
    readonly List<(int First, int Last)> _around = [];

    /// <summary>[points] coordinates in the order of the boxes.</summary>
    internal double[] X { get; private set; } = [];

    internal double[] Y { get; private set; } = [];

    internal double[] Z { get; private set; } = [];

    /// <summary>[points] which point each sorted place holds.</summary>
    internal int[] Order { get; private set; } = [];

    /// <returns>False where boxes would save nothing.</returns>
    internal bool Build(double reach, int points, double[] x, double[] y, double[] z)
    {
        double[][] coordinates = [x, y, z];
        var bins = 1L;
        for (var k = 0; k < 3; k++)
        {
            var (low, high) = (double.MaxValue, double.MinValue);
            foreach (var value in coordinates[k].AsSpan(0, points))
            {
                low = Math.Min(low, value);
                high = Math.Max(high, value);
            }
            // Slightly larger than the reach, so that rounding cannot push a neighbour two boxes away.
            var extent = high - low;
            _count[k] = (int)Math.Clamp(extent / (reach * 1.000001), 1, 1024);
            _origin[k] = low;
            _perAngstrom[k] = _count[k] / Math.Max(extent * 1.000001, double.Epsilon);
            bins *= _count[k];
        }
        // Thin matter in a large box: wider boxes, so that they do not outnumber the points.
        while (bins > 4L * points)
        {
            var widest = Array.IndexOf(_count, _count.Max());
            bins = bins / _count[widest] * ((_count[widest] + 1) / 2);
            _perAngstrom[widest] *= (_count[widest] + 1) / 2 / (double)_count[widest];
            _count[widest] = (_count[widest] + 1) / 2;
        }
        if (bins < 64) return false;
        Sort(points, (int)bins, x, y, z);
        return true;
    }

    /// <summary>The stretches of sorted points that may lie within reach. Valid until the next call.</summary>
    internal List<(int First, int Last)> Around(double x, double y, double z)
    {
        _around.Clear();
        var (bx, by, bz) = (Box(0, x), Box(1, y), Box(2, z));
        for (var i = Math.Max(bx - 1, 0); i <= Math.Min(bx + 1, _count[0] - 1); i++)
            for (var j = Math.Max(by - 1, 0); j <= Math.Min(by + 1, _count[1] - 1); j++)
            {
                // Boxes along z lie behind one another: one stretch.
                var row = (i * _count[1] + j) * _count[2];
                var first = _starts[row + Math.Max(bz - 1, 0)];
                var last = _starts[row + Math.Min(bz + 1, _count[2] - 1) + 1];
                if (last > first) _around.Add((first, last));
            }
        return _around;
    }

    void Sort(int points, int bins, double[] x, double[] y, double[] z)
    {
        if (_starts.Length < bins + 1) _starts = new int[bins + 1];
        if (Order.Length < points)
        {
            (X, Y, Z) = (new double[points], new double[points], new double[points]);
            Order = new int[points];
            _binOfPoint = new int[points];
        }
        var starts = _starts.AsSpan(0, bins + 1);
        starts.Clear();
        for (var p = 0; p < points; p++)
        {
            var bin = (Box(0, x[p]) * _count[1] + Box(1, y[p])) * _count[2] + Box(2, z[p]);
            _binOfPoint[p] = bin;
            starts[bin + 1]++;
        }
        for (var b = 0; b < bins; b++) starts[b + 1] += starts[b];
        for (var p = points - 1; p >= 0; p--)
        {
            // Filled from the back: when all are placed, every start has moved to its own beginning.
            var place = --starts[_binOfPoint[p] + 1];
            Order[place] = p;
            (X[place], Y[place], Z[place]) = (x[p], y[p], z[p]);
        }
        // Now starts[b + 1] is where box b begins: shift down by one.
        for (var b = 0; b < bins; b++) starts[b] = starts[b + 1];
        starts[bins] = points;
    }

    int Box(int axis, double value) => Math.Clamp((int)((value - _origin[axis]) * _perAngstrom[axis]), 0, _count[axis] - 1);
}
