using AtomSets.Models;
using Xunit;

namespace AtomSets.Core.Tests.Models.Classical;

public sealed class RidgeTests
{
    static readonly float[][] Four = [[0], [1], [2], [3]];

    [Theory]
    [InlineData(0.0, 2.0)]
    [InlineData(5.0, 1.0)]
    public void One_column_by_hand(double alpha, double slope)
    {
        // Centred x is −1.5 … 1.5 with Σ x² = 5, Σ x y = 10: w = 10 / (5 + α), b = ȳ − 1.5 w.
        var tensors = FitOn.Tensors(FitOn.Spec("ridge", ("alpha", alpha), ("standardise", false)), Four, [1, 3, 5, 7]);
        Assert.Equal(slope, tensors["weights"].Values[0], 1e-6);
        Assert.Equal(4 - 1.5 * slope, tensors["bias"].Values[0], 1e-6);
    }

    [Theory]
    [InlineData(40, 7)]
    [InlineData(9, 21)] // more columns than rows: solved by the dual system
    public void The_gradient_vanishes_at_the_solution(int rows, int columns)
    {
        var x = FitOn.Draw(3, rows, columns);
        var y = FitOn.Draw(4, rows, 1).Select(row => 10.0 * row[0]).ToArray();
        const double alpha = 0.3;
        var tensors = FitOn.Tensors(FitOn.Spec("ridge", ("alpha", alpha), ("standardise", false)), x, y);
        var (w, b) = (tensors["weights"].Values, tensors["bias"].Values[0]);
        var residual = x.Select((row, i) => row.Zip(w, (a, v) => (double)a * v).Sum() + b - y[i]).ToArray();
        Assert.Equal(0, residual.Sum(), 1e-3);
        for (var column = 0; column < columns; column++)
            Assert.Equal(0, residual.Select((r, i) => r * x[i][column]).Sum() + alpha * w[column], 1e-3);
    }

    [Fact]
    public void Ordinary_least_squares_of_equal_columns_takes_the_smallest_weights()
    {
        var rows = Four.Select(row => new[] { row[0], row[0], 1 - row[0] }).ToArray();
        var weights = FitOn.Tensors(FitOn.Spec("ridge", ("alpha", 0.0), ("standardise", false)), rows, [0, 3, 6, 9])["weights"].Values;
        Assert.All([weights[0], weights[1], -weights[2]], weight => Assert.Equal(1, weight, 1e-5));
    }

    [Fact]
    public void Standardised_columns_are_penalised_alike_whatever_their_unit()
    {
        var x = FitOn.Draw(5, 30, 2);
        var y = x.Select(row => (double)(row[0] - 2 * row[1])).ToArray();
        var spec = FitOn.Spec("ridge", ("alpha", 3.0));
        var expected = FitOn.Predict(spec, FitOn.Tensors(spec, x, y), x);
        var other = x.Select(row => new[] { 1000 * row[0] + 5, row[1] }).ToArray();
        var got = FitOn.Predict(spec, FitOn.Tensors(spec, other, y), other);
        for (var i = 0; i < got.Length; i++) Assert.Equal(expected[i], got[i], 1e-4);
    }

    [Fact]
    public void Logistic_regression_has_no_gradient_at_its_solution_and_gives_probabilities()
    {
        var x = FitOn.Draw(6, 50, 3);
        var y = x.Select((row, i) => row[0] + 0.5 * row[1] > (i % 5 == 0 ? 0.3 : 0) ? 1.0 : 0).ToArray();
        var spec = FitOn.Spec("ridge", ("task", "classification"), ("alpha", 0.5), ("standardise", false));
        var tensors = FitOn.Tensors(spec, x, y);
        var p = FitOn.Predict(spec, tensors, x);
        Assert.Equal(OutputKind.Probability, ((IFittedFamily)ModelRegistry.Default["ridge"]).OutputKind(spec));
        Assert.Equal(y.Sum(), p.Sum(), 1e-4);
        for (var column = 0; column < 3; column++)
            Assert.Equal(0, x.Select((row, i) => row[column] * (p[i] - y[i])).Sum() + 0.5 * tensors["weights"].Values[column], 1e-4);
    }
}
