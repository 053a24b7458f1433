using Xunit;

namespace AtomSets.Core.Tests.Models.Classical;

public sealed class BoostingTests
{
    [Fact]
    public void One_tree_by_hand()
    {
        // Start at the mean 5; the split 2 | 2 has the residuals −4 and +4, of which a tenth is added.
        var spec = FitOn.Spec("gradient_boosting", ("n_estimators", 1), ("min_samples_leaf", 1), ("max_leaf_nodes", 2));
        var tensors = FitOn.Tensors(spec, [[0], [1], [2], [3]], [0, 2, 8, 10]);
        Assert.Equal([0, 1.5f, -1, -0.4f, -1, 0.4f], tensors["trees.nodes"].Values);
        Assert.Equal([4.6, 5.4], FitOn.Predict(spec, tensors, [[1.4f], [1.6f]]), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void The_absolute_error_takes_medians()
    {
        var spec = FitOn.Spec("gradient_boosting", ("n_estimators", 1), ("min_samples_leaf", 1), ("max_leaf_nodes", 2), ("loss", "absolute_error"), ("learning_rate", 1.0));
        // The median is 3; slopes are −1, 0 and 1, so that the split is between 2 and 3 or 3 and 100: the sides' medians follow.
        var predictions = FitOn.Predict(spec, FitOn.Tensors(spec, [[0], [1], [2], [3], [4]], [1, 2, 3, 100, 104]), [[0], [4]]);
        Assert.Equal(1.5, predictions[0], 1e-6);
        Assert.Equal(100, predictions[1], 1e-6);
    }

    [Fact]
    public void Leaves_are_shrunk()
    {
        var spec = FitOn.Spec("gradient_boosting", ("n_estimators", 1), ("min_samples_leaf", 1), ("max_leaf_nodes", 2), ("learning_rate", 1.0), ("l2_regularization", 2.0));
        Assert.Equal(5 - 8.0 / 4, FitOn.Predict(spec, FitOn.Tensors(spec, [[0], [1], [2], [3]], [0, 2, 8, 10]), [[0]])[0], 1e-6);
    }

    [Theory]
    [InlineData("regression", "squared_error")]
    [InlineData("regression", "absolute_error")]
    [InlineData("classification", "squared_error")]
    public void Every_further_tree_lowers_the_training_loss(string task, string loss)
    {
        var x = FitOn.Draw(21, 400, 4);
        var y = x.Select(row => row[0] * row[1] + Math.Sin(4 * row[2])).Select(value => task == "regression" ? value : value > 0 ? 1 : 0).ToArray();
        var before = double.PositiveInfinity;
        for (var trees = 1; trees <= 40; trees += 3)
        {
            var spec = FitOn.Spec("gradient_boosting", ("n_estimators", trees), ("task", task), ("loss", loss), ("max_leaf_nodes", 6), ("min_samples_leaf", 5));
            var predictions = FitOn.Predict(spec, FitOn.Tensors(spec, x, y), x);
            var now = predictions.Zip(y, (p, t) => task == "classification" ? -Math.Log(t == 1 ? p : 1 - p) : loss == "absolute_error" ? Math.Abs(p - t) : (p - t) * (p - t)).Average();
            Assert.True(now < before, $"{trees} trees: {now}, before {before}");
            before = now;
        }
    }

    [Fact]
    public void More_values_than_bins_are_told_apart_to_a_quantile()
    {
        var x = Enumerable.Range(0, 2000).Select(i => new[] { i * 0.5f }).ToArray();
        var y = x.Select(row => row[0] > 700 ? 1.0 : 0).ToArray();
        var spec = FitOn.Spec("gradient_boosting", ("n_estimators", 1), ("learning_rate", 1.0), ("max_leaf_nodes", 2));
        var split = FitOn.Tensors(spec, x, y)["trees.nodes"].Values[1];
        Assert.InRange(split, 700 - 2 * 1000 / 255.0, 700 + 2 * 1000 / 255.0);
    }

    [Fact]
    public void Samples_of_rows_and_columns_are_drawn_by_the_seed()
    {
        var x = FitOn.Draw(22, 300, 6);
        var y = x.Select(row => (double)row[0] + row[5]).ToArray();
        var spec = FitOn.Spec("gradient_boosting", ("n_estimators", 20), ("subsample", 0.5), ("max_features", 0.5));
        var (one, again, other) = (FitOn.Tensors(spec, x, y), FitOn.Tensors(spec, x, y), FitOn.Tensors(spec, x, y, seed: 2));
        Assert.Equal(one["trees.nodes"].Values, again["trees.nodes"].Values);
        Assert.NotEqual(one["trees.nodes"].Values, other["trees.nodes"].Values);
        Assert.True(FitOn.Predict(spec, one, x).Zip(y, (p, t) => Math.Abs(p - t)).Average() < 0.25);
    }
}
