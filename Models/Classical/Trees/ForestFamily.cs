using AtomSets.Tensors;

namespace AtomSets.Models.Classical.Trees;

/// <summary>The kinds <c>random_forest</c> (L. Breiman, Mach. Learn. 45, 5 (2001), doi 10.1023/A:1010933404324): exact splits, each tree on a bootstrap sample; and
/// <c>extra_trees</c> (P. Geurts et al., Mach. Learn. 63, 3 (2006), doi 10.1007/s10994-006-6226-1): one random threshold per column, each tree on all rows. The
/// prediction is the trees' mean, of classes the mean share of class 1 in the leaves.</summary>
public sealed class ForestFamily : ClassicalFamily
{
    readonly bool _isRandom;

    ForestFamily(string name, bool isRandom)
        : base(name, standardises: null, classifies: true,
            new("n_estimators", HyperParameterType.Integer, 100L, "trees") { Minimum = 1, Maximum = 10_000 },
            new("max_depth", HyperParameterType.Integer, 0L, "most splits on a way down; 0: any number") { Minimum = 0, Maximum = 1000 },
            new("min_samples_leaf", HyperParameterType.Integer, 1L, "fewest rows of a leaf") { Minimum = 1, Maximum = 1_000_000, Usual = UsualSpace.Choice(1L, 2L, 4L) },
            new("max_features", HyperParameterType.Number, 1.0, "share of the columns looked at for a split; 0: the square root of their number") { Minimum = 0, Maximum = 1, Usual = UsualSpace.Choice(0.1, 0.33, 0.66, 1.0) },
            new("bootstrap", HyperParameterType.Flag, !isRandom, "each tree on as many rows drawn with replacement; false: on all rows")) =>
        _isRandom = isRandom;

    public static ForestFamily RandomForest { get; } = new("random_forest", isRandom: false);

    public static ForestFamily ExtraTrees { get; } = new("extra_trees", isRandom: true);

    public override int Revision => 2;

    private protected override void Learn(FitCall call, FittedTensors tensors)
    {
        var (spec, rows) = (call.Spec, call.Rows);
        var settings = new TreeSettings
        {
            MaxDepth = spec.Integer("max_depth"),
            MinSamplesLeaf = spec.Integer("min_samples_leaf"),
            MaxFeatures = MaxFeatures(spec.Number("max_features"), rows.Columns),
            IsRandom = _isRandom,
        };
        var grower = _isRandom && IsDense(rows)
            ? new TreeGrower(SortedColumns.Without(rows), call.Targets, settings, new RandomSplits(rows, settings))
            : new TreeGrower(new SortedColumns(rows), call.Targets, settings);
        var (nodes, repetitions) = (new TreeNodes(), new int[rows.Rows]);
        Array.Fill(repetitions, 1);
        var trees = spec.Integer("n_estimators");
        for (var tree = 0; tree < trees; tree++)
        {
            call.Cancellation.ThrowIfCancellationRequested();
            if (spec.Flag("bootstrap")) Draw(KeyedRandom.For(call.Seed, "bootstrap", (ulong)tree), repetitions);
            grower.Grow(repetitions, new RandomCursor(KeyedRandom.For(call.Seed, "tree", (ulong)tree)), nodes);
            call.Progress((tree + 1.0) / trees);
        }
        nodes.AddTo(tensors, rows.Columns);
    }

    private protected override IRowPredictor Read(ModelSpec spec, FittedTensors tensors) => new Mean(TreeNodes.Read(tensors));

    internal static int MaxFeatures(double share, int columns) => Math.Max(1, (int)(share == 0 ? Math.Sqrt(columns) : share * columns));

    /// <summary>Whether most numbers are other than their column's least.</summary>
    static bool IsDense(Matrix rows)
    {
        var (least, entries) = (rows[0].ToArray(), 0L);
        for (var row = 1; row < rows.Rows; row++)
        {
            for (var column = 0; column < least.Length; column++) least[column] = Math.Min(least[column], rows[row][column]);
        }
        for (var row = 0; row < rows.Rows; row++)
        {
            for (var column = 0; column < least.Length; column++) entries += rows[row][column] > least[column] ? 1 : 0;
        }
        return entries > rows.Values.Length / 4;
    }

    static void Draw(KeyedRandom random, int[] repetitions)
    {
        Array.Clear(repetitions);
        for (var i = 0; i < repetitions.Length; i++) repetitions[random.Below((ulong)i, repetitions.Length)]++;
    }

    sealed class Mean(TreeWalk trees) : IRowPredictor
    {
        public void Predict(Matrix rows, Span<double> predictions)
        {
            predictions.Clear();
            trees.AddTo(rows, predictions);
            foreach (ref var prediction in predictions) prediction /= trees.Trees;
        }
    }
}
