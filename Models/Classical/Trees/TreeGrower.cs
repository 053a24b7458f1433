using System.Runtime.CompilerServices;

namespace AtomSets.Models.Classical.Trees;

/// <summary>
/// Grows regression trees with exact splits (L. Breiman et al., Classification and Regression Trees, 1984): the columns' sorted lists are divided along with
/// the rows, so that nothing is sorted again. The split with the largest Σ over both sides of (Σ y)² / n is taken, which is the least squared error and, for
/// classes 0 and 1, the least Gini impurity. Columns are looked at in random order, and the first of equally good ones stays.
/// </summary>
sealed class TreeGrower
{
    readonly SortedColumns _columns;
    readonly RandomSplits? _whole;
    readonly TreeSettings _settings;
    readonly double[] _targets;
    readonly Sample[] _samples;
    readonly bool[] _goesRight;
    readonly int[] _order, _spare, _rows, _features;
    readonly float[] _values, _spareValues;
    readonly Stack<Pending> _pending = new();
    readonly Stack<int[]> _bounds = new();
    RandomCursor _random;
    double _negligible;

    /// <param name="columns">What it learns from.</param>
    /// <param name="targets">Of each row.</param>
    /// <param name="settings">How to grow.</param>
    /// <param name="whole">Finds random thresholds without lists, which then are not kept.</param>
    public TreeGrower(SortedColumns columns, double[] targets, TreeSettings settings, RandomSplits? whole = null)
    {
        (_columns, _targets, _settings, _whole) = (columns, targets, settings, whole);
        _samples = new Sample[columns.Rows];
        _goesRight = new bool[columns.Rows];
        (_order, _values) = (new int[columns.Order.Length], new float[columns.Order.Length]);
        (_spare, _spareValues) = (new int[columns.Rows], new float[columns.Rows]);
        _rows = new int[columns.Rows];
        _features = new int[columns.Columns];
    }

    /// <summary>Adds a tree.</summary>
    /// <param name="repetitions">How often each row is in the sample [rows].</param>
    /// <param name="random">What it draws from.</param>
    /// <param name="nodes">Takes the tree.</param>
    public void Grow(int[] repetitions, RandomCursor random, TreeNodes nodes)
    {
        _random = random;
        var root = Begin(repetitions);
        nodes.BeginTree();
        _pending.Push(root);
        while (_pending.TryPop(out var node))
        {
            if (node.Parent >= 0) nodes.RightBegins(node.Parent);
            var index = nodes.AddLeaf(node.Sum / node.Weight);
            if (IsLeaf(node) || Best(node) is not { Column: >= 0 } split)
            {
                _bounds.Push(node.Bounds);
                continue;
            }
            nodes.MakeSplit(index, split.Column, split.Threshold);
            var (left, right) = Divide(node, split, index);
            _pending.Push(right);
            _pending.Push(left);
        }
    }

    Pending Begin(int[] repetitions)
    {
        var bounds = TakeBounds();
        var (count, node) = (0, new Pending { Bounds = bounds, Parent = -1 });
        for (var row = 0; row < repetitions.Length; row++)
        {
            if (repetitions[row] == 0) continue;
            _samples[row] = new Sample(repetitions[row], repetitions[row] * _targets[row]);
            _rows[count++] = row;
            node.Weight += repetitions[row];
            node.Sum += repetitions[row] * _targets[row];
            node.Squares += repetitions[row] * _targets[row] * _targets[row];
        }
        node.End = count;
        _negligible = 1e-14 * Math.Max(node.Squares / node.Weight - node.Sum / node.Weight * (node.Sum / node.Weight), double.Epsilon);
        if (_whole is not null) return node;
        var at = 0;
        for (var column = 0; column < _columns.Columns; column++)
        {
            bounds[2 * column] = at;
            for (var i = _columns.Starts[column]; i < _columns.Starts[column + 1]; i++)
            {
                if (repetitions[_columns.Order[i]] == 0) continue;
                (_order[at], _values[at]) = (_columns.Order[i], _columns.Values[i]);
                at++;
            }
            bounds[2 * column + 1] = at;
        }
        return node;
    }

    bool IsLeaf(in Pending node)
    {
        var mean = node.Sum / node.Weight;
        return node.Count < 2 * _settings.MinSamplesLeaf || node.Count < 2
            || (_settings.MaxDepth > 0 && node.Depth >= _settings.MaxDepth)
            || node.Squares / node.Weight - mean * mean <= _negligible;
    }

    Split Best(in Pending node)
    {
        // Nothing can be better than two sides without spread.
        var perfect = node.Squares - _negligible * node.Weight;
        if (_whole is not null) return _whole.Best(_rows.AsSpan(node.Start, node.Count), _samples, node.Weight, node.Sum, perfect, ref _random);
        var best = Split.None;
        for (var i = 0; i < _features.Length; i++) _features[i] = i;
        var (looked, varied) = (0, false);
        while (looked < _features.Length && (looked < _settings.MaxFeatures || !varied))
        {
            var drawn = looked + _random.Below(_features.Length - looked);
            var column = _features[drawn];
            (_features[drawn], _features[looked]) = (_features[looked], column);
            looked++;
            var (first, end) = (node.Bounds[2 * column], node.Bounds[2 * column + 1]);
            var hasLeast = end - first < node.Count;
            if (first == end || (!hasLeast && _values[first] == _values[end - 1])) continue;
            varied = true;
            if (_settings.IsRandom) TryRandom(node, column, first, end, hasLeast, ref best);
            else TryAll(node, column, first, end, hasLeast, ref best);
            if (best.Score >= perfect) break;
        }
        return best;
    }

    // From the largest value down: what has been passed is the right side.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void TryAll(in Pending node, int column, int first, int end, bool hasLeast, ref Split best)
    {
        var (order, values, samples) = (_order, _values, _samples);
        double weight = 0, sum = 0;
        var (lowest, highest) = (_settings.MinSamplesLeaf, node.Count - _settings.MinSamplesLeaf);
        for (var i = end - 1; i >= first; i--)
        {
            var sample = samples[order[i]];
            weight += sample.Weight;
            sum += sample.Sum;
            if (i > first ? values[i - 1] == values[i] : !hasLeast) continue;
            var count = end - i;
            if (count < lowest || count > highest) continue;
            var rest = node.Sum - sum;
            var score = sum * sum / weight + rest * rest / (node.Weight - weight);
            if (score > best.Score) best = new Split(column, Between(i > first ? values[i - 1] : _columns.Least[column], values[i]), i, score);
        }
    }

    void TryRandom(in Pending node, int column, int first, int end, bool hasLeast, ref Split best)
    {
        var threshold = _random.Threshold(hasLeast ? _columns.Least[column] : _values[first], _values[end - 1]);
        double weight = 0, sum = 0;
        var i = end;
        while (i > first && _values[i - 1] > threshold)
        {
            var sample = _samples[_order[--i]];
            weight += sample.Weight;
            sum += sample.Sum;
        }
        var count = end - i;
        if (count < _settings.MinSamplesLeaf || node.Count - count < _settings.MinSamplesLeaf) return;
        var rest = node.Sum - sum;
        var score = sum * sum / weight + rest * rest / (node.Weight - weight);
        if (score > best.Score) best = new Split(column, threshold, i, score);
    }

    /// <summary>A threshold t with low ≤ t &lt; high.</summary>
    static float Between(float low, float high) => low / 2 + high / 2 is var middle && middle < high && middle >= low ? middle : low;

    (Pending Left, Pending Right) Divide(in Pending node, in Split split, int index)
    {
        MarkRight(node, split);
        var left = new Pending { Start = node.Start, Depth = node.Depth + 1, Parent = -1, Bounds = node.Bounds };
        var right = new Pending { End = node.End, Depth = node.Depth + 1, Parent = index, Bounds = TakeBounds() };
        var (kept, moved) = (node.Start, 0);
        for (var i = node.Start; i < node.End; i++)
        {
            var row = _rows[i];
            if (_goesRight[row])
            {
                _spare[moved++] = row;
                right.Take(_samples[row], _targets[row]);
            }
            else
            {
                _rows[kept++] = row;
                left.Take(_samples[row], _targets[row]);
            }
        }
        _spare.AsSpan(0, moved).CopyTo(_rows.AsSpan(kept));
        left.End = right.Start = kept;
        // Leaves need no lists.
        if (_whole is null && (!IsLeaf(left) || !IsLeaf(right))) DivideLists(left.Bounds, right.Bounds);
        for (var i = kept; i < node.End; i++) _goesRight[_rows[i]] = false;
        return (left, right);
    }

    void MarkRight(in Pending node, in Split split)
    {
        if (_whole is null)
        {
            for (var i = split.Entry; i < node.Bounds[2 * split.Column + 1]; i++) _goesRight[_order[i]] = true;
            return;
        }
        var values = _whole.Column(split.Column);
        foreach (var row in _rows.AsSpan(node.Start, node.Count)) _goesRight[row] = values[row] > split.Threshold;
    }

    /// <param name="bounds">Of the node; becomes those of the left side.</param>
    /// <param name="right">Becomes those of the right side.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void DivideLists(int[] bounds, int[] right)
    {
        var (order, values, goesRight, spare, spareValues) = (_order, _values, _goesRight, _spare, _spareValues);
        for (var column = 0; column < _columns.Columns; column++)
        {
            var (first, end) = (bounds[2 * column], bounds[2 * column + 1]);
            var (kept, moved) = (first, 0);
            for (var i = first; i < end; i++)
            {
                var (row, value) = (order[i], values[i]);
                // Both are written, one counts: no branch to guess.
                (order[kept], values[kept]) = (row, value);
                (spare[moved], spareValues[moved]) = (row, value);
                var isMoved = goesRight[row] ? 1 : 0;
                moved += isMoved;
                kept += 1 - isMoved;
            }
            spare.AsSpan(0, moved).CopyTo(order.AsSpan(kept));
            spareValues.AsSpan(0, moved).CopyTo(values.AsSpan(kept));
            bounds[2 * column + 1] = right[2 * column] = kept;
            right[2 * column + 1] = end;
        }
    }

    int[] TakeBounds() => _bounds.TryPop(out var free) ? free : new int[2 * _columns.Columns];

    /// <summary>A node to be grown: rows [Start, End), and each column's list between two bounds.</summary>
    struct Pending
    {
        public int Start, End, Depth;

        /// <summary>The node whose right child this is; −1: a left child, or the root.</summary>
        public int Parent;
        public double Weight, Sum, Squares;
        public int[] Bounds;

        public readonly int Count => End - Start;

        public void Take(Sample sample, double target)
        {
            Weight += sample.Weight;
            Sum += sample.Sum;
            Squares += sample.Sum * target;
        }
    }
}
