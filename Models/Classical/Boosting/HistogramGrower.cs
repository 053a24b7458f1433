using System.Runtime.CompilerServices;
using AtomSets.Models.Classical.Trees;

namespace AtomSets.Models.Classical.Boosting;

/// <summary>How the trees of boosting grow.</summary>
/// <param name="MaxLeaves">Most leaves.</param>
/// <param name="MaxDepth">Most splits on a way down; 0: any number.</param>
/// <param name="MinSamplesLeaf">Fewest rows of a leaf.</param>
/// <param name="Regularization">λ of the leaves' values.</param>
/// <param name="MaxFeatures">Columns looked at for a split.</param>
sealed record GrowthSettings(int MaxLeaves, int MaxDepth, int MinSamplesLeaf, double Regularization, int MaxFeatures);

/// <summary>
/// Grows a tree on slopes and curvatures from histograms over bins, the best leaf first, as LightGBM does (G. Ke et al., NIPS 2017). A child's histogram is
/// counted for the smaller side; the other is the difference.
/// </summary>
sealed class HistogramGrower(BinnedColumns columns, GrowthSettings settings)
{
    readonly int[] _rows = new int[columns.Rows], _spare = new int[columns.Rows], _features = new int[columns.Columns];
    readonly double[] _slopes = new double[columns.Rows], _curvatures = new double[columns.Rows];
    readonly Stack<Bin[]> _free = new();

    /// <summary>Grows one tree.</summary>
    /// <param name="rows">Rows that it learns from; all are assigned a leaf where it is all of them.</param>
    /// <param name="slopes">Of every row.</param>
    /// <param name="curvatures">Of every row.</param>
    /// <param name="random">What draws columns.</param>
    public GrownTree Grow(ReadOnlySpan<int> rows, double[] slopes, double[] curvatures, RandomCursor random)
    {
        rows.CopyTo(_rows);
        var root = new Leaf { End = rows.Length, Histogram = Take() };
        foreach (var row in rows)
        {
            root.Slope += slopes[row];
            root.Curvature += curvatures[row];
        }
        Count(root, slopes, curvatures);
        root.Best = Best(root, ref random);
        List<Leaf> leaves = [root], all = [root];
        var queue = new PriorityQueue<Leaf, (double, int)>();
        queue.Enqueue(root, (-root.Best.Gain, 0));
        for (var made = 1; leaves.Count < settings.MaxLeaves && queue.TryDequeue(out var leaf, out _) && leaf.Best.Gain > 0; made += 2)
        {
            var (left, right) = Divide(leaf);
            leaves.Remove(leaf);
            leaves.Add(left);
            leaves.Add(right);
            all.AddRange([left, right]);
            if (leaves.Count == settings.MaxLeaves) break; // nothing is split any more
            Histograms(leaf, left, right, slopes, curvatures);
            foreach (var (child, number) in new[] { (left, made), (right, made + 1) })
            {
                child.Best = Best(child, ref random);
                queue.Enqueue(child, (-child.Best.Gain, number));
            }
        }
        foreach (var node in all)
        {
            if (node.Histogram is { } histogram) _free.Push(histogram);
            node.Histogram = null;
        }
        foreach (var leaf in leaves)
        {
            leaf.Value = -leaf.Slope / (leaf.Curvature + settings.Regularization);
        }
        return new GrownTree(root, _rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Count(Leaf leaf, double[] slopes, double[] curvatures)
    {
        var count = leaf.Count;
        for (var i = 0; i < count; i++) (_slopes[i], _curvatures[i]) = (slopes[_rows[leaf.Start + i]], curvatures[_rows[leaf.Start + i]]);
        var rows = _rows.AsSpan(leaf.Start, count);
        Array.Clear(leaf.Histogram!);
        for (var column = 0; column < columns.Columns; column++)
        {
            var (bins, histogram) = (columns.Bins[column], new ArraySegment<Bin>(leaf.Histogram!, columns.Starts[column], columns.BinsOf(column)));
            if (histogram.Count == 1) continue;
            var into = histogram.AsSpan();
            for (var i = 0; i < rows.Length; i++)
            {
                ref var bin = ref into[bins[rows[i]]];
                bin.Slope += _slopes[i];
                bin.Curvature += _curvatures[i];
                bin.Count++;
            }
        }
    }

    void Histograms(Leaf parent, Leaf left, Leaf right, double[] slopes, double[] curvatures)
    {
        if (!CanSplit(left) && !CanSplit(right)) return;
        var (small, large) = left.Count <= right.Count ? (left, right) : (right, left);
        small.Histogram = Take();
        Count(small, slopes, curvatures);
        if (!CanSplit(large)) return;
        large.Histogram = parent.Histogram!;
        parent.Histogram = null;
        var (from, less) = (large.Histogram, small.Histogram);
        for (var i = 0; i < from.Length; i++)
        {
            from[i].Slope -= less[i].Slope;
            from[i].Curvature -= less[i].Curvature;
            from[i].Count -= less[i].Count;
        }
    }

    bool CanSplit(Leaf leaf) => leaf.Count >= 2 * settings.MinSamplesLeaf && (settings.MaxDepth == 0 || leaf.Depth < settings.MaxDepth);

    Split Best(Leaf leaf, ref RandomCursor random)
    {
        var best = new Split(-1, 0, 0);
        if (!CanSplit(leaf)) return best;
        var whole = Score(leaf.Slope, leaf.Curvature);
        if (settings.MaxFeatures == columns.Columns)
        {
            for (var column = 0; column < columns.Columns; column++) Try(leaf, column, whole, ref best);
            return best;
        }
        for (var i = 0; i < _features.Length; i++) _features[i] = i;
        for (var looked = 0; looked < settings.MaxFeatures; looked++)
        {
            var drawn = looked + random.Below(_features.Length - looked);
            (_features[drawn], _features[looked]) = (_features[looked], _features[drawn]);
            Try(leaf, _features[looked], whole, ref best);
        }
        return best;
    }

    void Try(Leaf leaf, int column, double whole, ref Split best)
    {
        var histogram = leaf.Histogram!.AsSpan(columns.Starts[column], columns.BinsOf(column));
        double slope = 0, curvature = 0;
        var count = 0;
        for (var bin = 0; bin < histogram.Length - 1; bin++)
        {
            if (histogram[bin].Count == 0) continue;
            slope += histogram[bin].Slope;
            curvature += histogram[bin].Curvature;
            count += histogram[bin].Count;
            if (count < settings.MinSamplesLeaf) continue;
            if (leaf.Count - count < settings.MinSamplesLeaf) return;
            var gain = Score(slope, curvature) + Score(leaf.Slope - slope, leaf.Curvature - curvature) - whole;
            // Not for what rounding makes of nothing.
            if (gain > best.Gain && gain > 1e-12 * Math.Abs(whole)) best = new Split(column, bin, gain);
        }
    }

    double Score(double slope, double curvature) => slope * slope / (curvature + settings.Regularization);

    (Leaf Left, Leaf Right) Divide(Leaf leaf)
    {
        var (column, last) = (leaf.Best.Column, leaf.Best.Bin);
        var bins = columns.Bins[column];
        var (kept, moved) = (leaf.Start, 0);
        for (var i = leaf.Start; i < leaf.End; i++)
        {
            var row = _rows[i];
            if (bins[row] <= last) _rows[kept++] = row;
            else _spare[moved++] = row;
        }
        _spare.AsSpan(0, moved).CopyTo(_rows.AsSpan(kept));
        var (left, right) = (new Leaf { Start = leaf.Start, End = kept, Depth = leaf.Depth + 1 }, new Leaf { Start = kept, End = leaf.End, Depth = leaf.Depth + 1 });
        var histogram = leaf.Histogram!.AsSpan(columns.Starts[column], columns.BinsOf(column));
        for (var bin = 0; bin <= last; bin++)
        {
            left.Slope += histogram[bin].Slope;
            left.Curvature += histogram[bin].Curvature;
        }
        (right.Slope, right.Curvature) = (leaf.Slope - left.Slope, leaf.Curvature - left.Curvature);
        (leaf.Left, leaf.Right) = (left, right);
        leaf.Threshold = columns.Thresholds[column][last];
        return (left, right);
    }

    Bin[] Take() => _free.TryPop(out var free) ? free : new Bin[columns.Starts[^1]];

    internal struct Bin
    {
        public double Slope, Curvature;
        public int Count;
    }

    internal readonly record struct Split(int Column, int Bin, double Gain);
}

/// <summary>A node: a leaf until it has children. It holds the rows [Start, End) of the grower.</summary>
sealed class Leaf
{
    public int Start, End, Depth;
    public double Slope, Curvature;

    /// <summary>Of a leaf.</summary>
    public double Value;

    public HistogramGrower.Bin[]? Histogram;
    public HistogramGrower.Split Best;
    public Leaf? Left, Right;

    /// <summary>Of a split.</summary>
    public float Threshold;

    public int Count => End - Start;
}

/// <summary>A tree as grown.</summary>
/// <param name="Root">Its root.</param>
/// <param name="Rows">Rows in the order of the leaves; valid until the next tree grows.</param>
sealed record GrownTree(Leaf Root, int[] Rows)
{
    /// <summary>Leaves from left to right.</summary>
    public IEnumerable<Leaf> Leaves()
    {
        var open = new Stack<Leaf>([Root]);
        while (open.TryPop(out var node))
        {
            if (node.Left is null)
            {
                yield return node;
                continue;
            }
            open.Push(node.Right!);
            open.Push(node.Left);
        }
    }

    public void AddTo(TreeNodes nodes)
    {
        nodes.BeginTree();
        var open = new Stack<(Leaf Node, int Parent)>([(Root, -1)]);
        while (open.TryPop(out var next))
        {
            if (next.Parent >= 0) nodes.RightBegins(next.Parent);
            var index = nodes.AddLeaf(next.Node.Value);
            if (next.Node.Left is null) continue;
            nodes.MakeSplit(index, next.Node.Best.Column, next.Node.Threshold);
            open.Push((next.Node.Right!, index));
            open.Push((next.Node.Left, -1));
        }
    }
}
