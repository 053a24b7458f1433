using Xunit;

namespace AtomSets.Core.Tests.Models.Classical;

public sealed class NeighborTests
{
    static readonly float[][] Rows = [[0, 0], [1, 0], [0, 3], [4, 4], [1, 0]];
    static readonly double[] Targets = [1, 2, 4, 8, 6];

    [Theory]
    [InlineData("uniform", 2, 3, 0f, 0f, (1 + 2 + 6) / 3.0)]
    [InlineData("uniform", 2, 2, 0.1f, 0f, (1 + 2) / 2.0)] // rows 1 and 4 are equally near: the earlier counts
    [InlineData("distance", 2, 3, 0f, 1f, (1 / 1.0 + (2 + 6) / 1.41421356) / (1 + 2 / 1.41421356))]
    [InlineData("distance", 2, 5, 1f, 0f, (2 + 6) / 2.0)] // the rows at distance 0 alone
    [InlineData("distance", 1, 2, 1f, 3f, (4 / 1.0 + 2 / 3.0) / (1 / 1.0 + 1 / 3.0))]
    public void Means_by_hand(string weights, int p, int neighbors, float x, float y, double expected)
    {
        var spec = FitOn.Spec("knn", ("n_neighbors", neighbors), ("weights", weights), ("p", p));
        Assert.Equal(expected, FitOn.Predict(spec, FitOn.Tensors(spec, Rows, Targets), [[x, y]])[0], 1e-6);
    }

    [Fact]
    public void A_row_has_one_prediction_whatever_is_predicted_with_it()
    {
        var (x, queries) = (FitOn.Draw(41, 50, 37), FitOn.Draw(42, 11, 37));
        var spec = FitOn.Spec("knn", ("weights", "distance"));
        var tensors = FitOn.Tensors(spec, x, [.. x.Select(row => (double)row[0])]);
        Assert.Equal(queries.SelectMany(query => FitOn.Predict(spec, tensors, [query])), FitOn.Predict(spec, tensors, queries));
    }

    [Fact]
    public void More_neighbors_than_rows_are_all_rows_and_classes_give_their_share()
    {
        var spec = FitOn.Spec("knn", ("n_neighbors", 50), ("task", "classification"));
        Assert.Equal(0.6, FitOn.Predict(spec, FitOn.Tensors(spec, Rows, [1, 0, 1, 0, 1]), [[9, 9]])[0], 1e-6);
    }
}
