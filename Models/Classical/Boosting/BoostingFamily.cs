using AtomSets.Models.Classical.Trees;
using AtomSets.Tensors;

namespace AtomSets.Models.Classical.Boosting;

/// <summary>The kind <c>gradient_boosting</c>: each tree is fitted to the slopes of the loss at what the trees before it predict (J. H. Friedman, Ann. Stat. 29,
/// 1189 (2001), doi 10.1214/aos/1013203451), on columns in up to 255 bins, best leaf first (as LightGBM and scikit-learn's HistGradientBoosting).</summary>
public sealed class BoostingFamily() : ClassicalFamily(
    "gradient_boosting", standardises: null, classifies: true,
    new("loss", HyperParameterType.Text, "squared_error", "of numbers: squared_error, or absolute_error with the leaves' medians; classes take the log loss")
        { Choices = ["squared_error", "absolute_error"], Usual = UsualSpace.Choice("squared_error", "absolute_error") },
    new("n_estimators", HyperParameterType.Integer, 100L, "trees") { Minimum = 1, Maximum = 100_000, Usual = UsualSpace.Choice(100L, 300L, 1000L) },
    new("learning_rate", HyperParameterType.Number, 0.1, "share of each tree's values that is added") { Minimum = 1e-6, Maximum = 1, Usual = UsualSpace.Log(0.02, 0.2, 3) },
    new("max_leaf_nodes", HyperParameterType.Integer, 31L, "most leaves of a tree") { Minimum = 2, Maximum = 65536, Usual = UsualSpace.Choice(8L, 31L) },
    new("max_depth", HyperParameterType.Integer, 0L, "most splits on a way down; 0: any number") { Minimum = 0, Maximum = 1000 },
    new("min_samples_leaf", HyperParameterType.Integer, 20L, "fewest rows of a leaf") { Minimum = 1, Maximum = 1_000_000, Usual = UsualSpace.Choice(5L, 20L) },
    new("l2_regularization", HyperParameterType.Number, 0.0, "shrinks the leaves' values: −Σ slope / (Σ curvature + this)") { Minimum = 0, Maximum = 1e9 },
    new("max_features", HyperParameterType.Number, 1.0, "share of the columns looked at for a split; 0: the square root of their number") { Minimum = 0, Maximum = 1 },
    new("subsample", HyperParameterType.Number, 1.0, "share of the rows, drawn anew, that each tree learns from") { Minimum = 0.01, Maximum = 1 })
{
    public override int Revision => 2;

    private protected override void Learn(FitCall call, FittedTensors tensors)
    {
        var (spec, rows, targets) = (call.Spec, call.Rows, call.Targets);
        var loss = BoostingLoss.Of(spec.Text("loss"), IsClassifier(spec));
        var binned = new BinnedColumns(rows);
        var grower = new HistogramGrower(binned, new GrowthSettings(
            spec.Integer("max_leaf_nodes"), spec.Integer("max_depth"), spec.Integer("min_samples_leaf"), spec.Number("l2_regularization"),
            ForestFamily.MaxFeatures(spec.Number("max_features"), rows.Columns)));
        var (trees, rate, share) = (spec.Integer("n_estimators"), spec.Number("learning_rate"), spec.Number("subsample"));
        var start = loss.Start(targets);
        var (predictions, slopes, curvatures) = (new double[rows.Rows], new double[rows.Rows], new double[rows.Rows]);
        Array.Fill(predictions, start);
        var (nodes, sample) = (new TreeNodes(), Enumerable.Range(0, rows.Rows).ToArray());
        for (var tree = 0; tree < trees; tree++)
        {
            call.Cancellation.ThrowIfCancellationRequested();
            loss.Slopes(predictions, targets, slopes, curvatures);
            if (share < 1) sample = [.. KeyedRandom.For(call.Seed, "subsample", (ulong)tree).Permutation(rows.Rows).Take(Math.Max(1, (int)(share * rows.Rows))).Order()];
            var grown = grower.Grow(sample, slopes, curvatures, new RandomCursor(KeyedRandom.For(call.Seed, "tree", (ulong)tree)));
            foreach (var leaf in grown.Leaves())
            {
                var members = grown.Rows.AsSpan(leaf.Start, leaf.Count);
                leaf.Value = (float)(rate * (loss.Leaf(members, predictions, targets) ?? leaf.Value));
                if (share < 1) continue;
                foreach (var row in members) predictions[row] += leaf.Value;
            }
            if (share < 1) AddTo(predictions, grown.Root, binned);
            grown.AddTo(nodes);
            call.Progress((tree + 1.0) / trees);
        }
        nodes.AddTo(tensors, rows.Columns);
        tensors.Add("start", start);
    }

    private protected override IRowPredictor Read(ModelSpec spec, FittedTensors tensors) =>
        new Sum(tensors.ReadNumber("start"), TreeNodes.Read(tensors), IsClassifier(spec));

    // Rows outside the sample have a place in the tree, too.
    static void AddTo(double[] predictions, Leaf root, BinnedColumns columns)
    {
        for (var row = 0; row < predictions.Length; row++)
        {
            var node = root;
            while (node.Left is not null) node = columns.Bins[node.Best.Column][row] <= node.Best.Bin ? node.Left : node.Right!;
            predictions[row] += node.Value;
        }
    }

    sealed class Sum(double start, TreeWalk trees, bool isClassifier) : IRowPredictor
    {
        public void Predict(Matrix rows, Span<double> predictions)
        {
            predictions.Fill(start);
            trees.AddTo(rows, predictions);
            if (!isClassifier) return;
            foreach (ref var score in predictions) score = 1 / (1 + Math.Exp(-score));
        }
    }
}
