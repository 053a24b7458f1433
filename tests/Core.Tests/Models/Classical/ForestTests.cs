using AtomSets.Models;
using Xunit;

namespace AtomSets.Core.Tests.Models.Classical;

public sealed class ForestTests
{
    static ModelSpec Tree(params (string, object?)[] settings) => FitOn.Spec("random_forest", [("n_estimators", 1), ("bootstrap", false), .. settings]);

    static float[][] Nodes(IReadOnlyDictionary<string, ModelTensor> tensors) =>
        [.. tensors["trees.nodes"].Values.Chunk(2)];

    [Fact]
    public void The_best_split_of_six_rows_by_hand()
    {
        // y jumps between x = 2 and 4 of column 1; column 0 is noise. Halfway, then the means of both sides.
        float[][] x = [[5, 0], [1, 1], [4, 2], [2, 4], [6, 5], [3, 6]];
        var tensors = FitOn.Tensors(Tree(("max_depth", 1)), x, [1, 2, 3, 10, 11, 12]);
        Assert.Equal([[1, 3], [-1, 2], [-1, 11]], Nodes(tensors));
    }

    [Fact]
    public void A_split_leaves_enough_rows_on_both_sides()
    {
        float[][] x = [[0], [1], [2], [3], [4], [5]];
        // The best split would cut off the last row alone.
        var nodes = Nodes(FitOn.Tensors(Tree(("max_depth", 1), ("min_samples_leaf", 2)), x, [0, 0, 0, 0, 0, 60]));
        Assert.Equal([[0, 3.5f], [-1, 0], [-1, 30]], nodes);
    }

    [Theory]
    [InlineData(200, 3, false)]
    [InlineData(150, 9, true)] // few values, half of them the least
    public void The_first_split_is_the_best_of_all(int rows, int columns, bool isCoarse)
    {
        var x = FitOn.Draw(11, rows, columns);
        if (isCoarse) x = [.. x.Select(row => row.Select(value => MathF.Max(0, MathF.Round(5 * value))).ToArray())];
        var y = FitOn.Draw(12, rows, 1).Select((row, i) => row[0] + 0.7 * x[i][1]).ToArray();
        var nodes = Nodes(FitOn.Tensors(Tree(("max_depth", 1)), x, y));
        Assert.Equal(3, nodes.Length);
        var got = Score((int)nodes[0][0], nodes[0][1]);
        var best = Enumerable.Range(0, columns).SelectMany(column => x.Select(row => Score(column, row[column]))).Where(double.IsFinite).Max();
        Assert.Equal(best, got, 1e-9 * best);

        double Score(int column, float threshold)
        {
            var (left, right) = (y.Where((_, i) => x[i][column] <= threshold).ToArray(), y.Where((_, i) => x[i][column] > threshold).ToArray());
            return left.Length == 0 || right.Length == 0 ? double.NegativeInfinity : left.Sum() * left.Sum() / left.Length + right.Sum() * right.Sum() / right.Length;
        }
    }

    [Theory]
    [InlineData("random_forest", false)]
    [InlineData("extra_trees", false)]
    [InlineData("random_forest", true)] // mostly the least value, as fractions of elements are
    [InlineData("extra_trees", true)]
    public void A_full_tree_knows_its_rows_by_heart(string kind, bool isSparse)
    {
        var x = FitOn.Draw(13, 300, 5);
        if (isSparse) x = [.. x.Select((row, i) => Enumerable.Range(0, 20).Select(column => column == i % 20 ? row[0] + 2 : column == 19 - i % 7 ? row[1] + 2 : 0).ToArray())];
        var y = FitOn.Draw(14, 300, 1).Select(row => (double)row[0]).ToArray();
        var spec = FitOn.Spec(kind, ("n_estimators", 3), ("bootstrap", false), ("max_features", 0.5));
        var predictions = FitOn.Predict(spec, FitOn.Tensors(spec, x, y), x);
        for (var i = 0; i < y.Length; i++) Assert.Equal(y[i], predictions[i], 1e-6);
    }

    [Fact]
    public void Equal_rows_with_unequal_targets_get_their_mean()
    {
        var predictions = FitOn.Predict(Tree(), FitOn.Tensors(Tree(), [[1, 2], [1, 2], [0, 2], [1, 2]], [1, 2, 7, 6]), [[1, 2], [0, 5]]);
        Assert.Equal(3, predictions[0], 1e-6);
        Assert.Equal(7, predictions[1], 1e-6);
    }

    [Fact]
    public void Random_thresholds_lie_within_the_node_and_divide_it()
    {
        float[][] x = [[0], [10]];
        var thresholds = Enumerable.Range(0, 40).Select(seed => Nodes(FitOn.Tensors(FitOn.Spec("extra_trees", ("n_estimators", 1)), x, [1, 2], (ulong)seed))[0][1]).ToArray();
        Assert.All(thresholds, threshold => Assert.True(threshold is >= 0 and < 10));
        Assert.True(thresholds.Max() - thresholds.Min() > 5, "drawn evenly");
    }

    [Fact]
    public void The_seed_decides_the_forest_and_a_forest_is_the_mean_of_trees()
    {
        var x = FitOn.Draw(15, 80, 4);
        var y = x.Select(row => (double)row[0] * row[1]).ToArray();
        var spec = FitOn.Spec("random_forest", ("n_estimators", 7), ("max_features", 0.0));
        var (one, again, other) = (FitOn.Tensors(spec, x, y), FitOn.Tensors(spec, x, y), FitOn.Tensors(spec, x, y, seed: 2));
        Assert.Equal(one["trees.nodes"].Values, again["trees.nodes"].Values);
        Assert.NotEqual(one["trees.nodes"].Values, other["trees.nodes"].Values);
        Assert.Equal(7, one["trees.sizes"].Columns);
        // A bootstrap sample of 80 rows leaves out a good third, so that no tree is perfect.
        var predictions = FitOn.Predict(spec, one, x);
        Assert.True(predictions.Zip(y, (p, t) => Math.Abs(p - t)).Average() is > 1e-4 and < 0.1);
    }

    [Fact]
    public void Classes_give_the_share_of_class_1_in_the_leaf()
    {
        var spec = Tree(("task", "classification"), ("max_depth", 1));
        float[][] x = [[0], [0], [0], [0], [1], [1]];
        var predictions = FitOn.Predict(spec, FitOn.Tensors(spec, x, [0, 0, 1, 0, 1, 1]), [[0], [1]]);
        Assert.Equal(0.25, predictions[0], 1e-6);
        Assert.Equal(1, predictions[1], 1e-6);
    }

    [Theory]
    [InlineData(0, 2f)] // a column that is not there
    [InlineData(0, -1f)] // a leaf with nodes behind it
    [InlineData(2, 0f)] // a split without a right side
    [InlineData(4, 1f)]
    public void Damaged_trees_are_refused(int place, float value)
    {
        var tensors = FitOn.Tensors(Tree(), [[0, 1], [1, 0]], [1, 2]);
        var nodes = (float[])tensors["trees.nodes"].Values.Clone();
        nodes[place] = value;
        var damaged = tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Key == "trees.nodes" ? tensor.Value with { Values = nodes } : tensor.Value);
        Assert.Contains("damaged", Assert.Throws<ModelException>(() => FitOn.Predict(Tree(), damaged, [[0, 0]])).Message, StringComparison.Ordinal);
    }
}
