using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class MetricsTests
{
    [Fact]
    public void Regression_errors_of_a_small_example()
    {
        var metrics = RegressionMetrics.Of([1, 2, 5, 4], [1, 3, 3, 5]);
        Assert.Equal(4, metrics.Count);
        Assert.Equal(1.0, metrics.MeanAbsoluteError, 1e-15);
        Assert.Equal(Math.Sqrt(1.5), metrics.RootMeanSquareError, 1e-15);
        Assert.Equal(1 - 6.0 / 8, metrics.RSquared, 1e-15);
        Assert.True(double.IsNaN(RegressionMetrics.Of([1, 2], [3, 3]).RSquared));
        Assert.Throws<ArgumentException>(() => RegressionMetrics.Of([], []));
        Assert.Throws<ArgumentException>(() => RegressionMetrics.Of([1], [1, 2]));
    }

    [Fact]
    public void Area_under_the_curve_counts_pairs_and_halves_ties()
    {
        double[] p = [0.1, 0.4, 0.35, 0.8, 0.4, 0.4];
        double[] y = [0, 0, 1, 1, 1, 0];
        double pairs = 0;
        for (var i = 0; i < 6; i++)
            for (var j = 0; j < 6; j++)
                if (y[i] == 1 && y[j] == 0) pairs += p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0;
        var metrics = ClassificationMetrics.Of(p, y);
        Assert.Equal(pairs / 9, metrics.AreaUnderCurve, 1e-15);
        Assert.Equal(4 / 6.0, metrics.Accuracy, 1e-15);
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.6) + Math.Log(0.35) + Math.Log(0.8) + Math.Log(0.4) + Math.Log(0.6)) / 6, metrics.LogLoss, 1e-12);
        Assert.True(double.IsNaN(ClassificationMetrics.Of([0.2], [1]).AreaUnderCurve));
        Assert.True(double.IsFinite(ClassificationMetrics.Of([0, 1], [1, 0]).LogLoss));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.Of([0.5], [0.5]));
    }

    [Fact]
    public void The_scaler_standardises_and_goes_back()
    {
        var scaler = TargetScaler.Standard([2, 100, 4, 6], [0, 2, 3]);
        Assert.Equal(4, scaler.Mean, 1e-15);
        Assert.Equal(Math.Sqrt(8.0 / 3), scaler.Deviation, 1e-15);
        Assert.Equal(100, scaler.Unscale(scaler.Scale(100)), 1e-12);
        Assert.Equal(new TargetScaler(0.1, 1), TargetScaler.Standard([0.1, 0.1, 0.1], [0, 1, 2]) with { Mean = 0.1 });
        Assert.Throws<TrainingInputException>(() => TargetScaler.Standard([1], []));
        Assert.Throws<TrainingInputException>(() => TargetScaler.Standard([1, double.NaN], [0, 1]));
    }
}
