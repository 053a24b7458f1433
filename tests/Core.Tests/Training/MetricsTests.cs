using AtomSets.Models;
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
        Assert.Equal(pairs / 9, metrics.AucFromProbabilities, 1e-15);
        Assert.Equal(4 / 6.0, metrics.Accuracy, 1e-15);
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.6) + Math.Log(0.35) + Math.Log(0.8) + Math.Log(0.4) + Math.Log(0.6)) / 6, metrics.LogLoss, 1e-12);
        Assert.True(double.IsNaN(ClassificationMetrics.Of([0.2], [1]).AucFromProbabilities));
        Assert.True(double.IsFinite(ClassificationMetrics.Of([0, 1], [1, 0]).LogLoss));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.Of([0.5], [0.5]));
    }

    [Fact]
    public void Areas_from_probabilities_and_from_labels_are_those_of_scikit_learn()
    {
        // scikit-learn 1.2: roc_auc_score of p and of p >= 0.5 (also balanced_accuracy_score), accuracy_score, f1_score, log_loss.
        double[] y = [1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0];
        double[] p = [0.53, 0.5, 0.17, 0.27, 0.13, 0.27, 0.56, 0.31, 0.66, 0.57, 0.14, 0.33];
        var metrics = ClassificationMetrics.Of(p, y);
        Assert.Equal(0.7777777777777778, metrics.AucFromProbabilities, 1e-14);
        Assert.Equal(0.6666666666666667, metrics.AucFromLabels, 1e-14);
        Assert.Equal((0.6666666666666666, 0.5), (metrics.Accuracy, metrics.F1));
        Assert.Equal(0.5071656743634163, metrics.LogLoss, 1e-14);
        // The area of the labels, by the other formula.
        Assert.Equal(metrics.AucFromLabels, ClassificationMetrics.Of([.. p.Select(value => value >= 0.5 ? 1.0 : 0)], y).AucFromProbabilities, 1e-14);
    }

    [Fact]
    public void The_criterion_decides_and_stands_first()
    {
        double[] y = [1, 0, 0, 1], p = [0.6, 0.7, 0.1, 0.9];
        Assert.Equal(0.25, Criterion.ErrorOf(CriterionKind.RocAucFromProbabilities, OutputKind.Probability, p, y), 1e-15);
        Assert.Equal(
            ["one_minus_roc_auc_from_probabilities", "log_loss", "roc_auc_from_probabilities", "roc_auc_from_labels", "accuracy", "f1"],
            Criterion.All(CriterionKind.RocAucFromProbabilities, OutputKind.Probability, p, y).Select(figure => figure.Metric));
        Assert.Equal([("rmse", 1.0), ("mae", 0.5)], Criterion.All(CriterionKind.Rmse, OutputKind.Linear, [3, 3, 3, 5], [3, 3, 3, 3]));
        Assert.Equal("mae", Criterion.All(CriterionKind.Auto, OutputKind.Linear, [1, 2], [1, 3])[0].Metric);
        Assert.NotNull(Criterion.ProblemWith(CriterionKind.Rmse, OutputKind.Probability));
        Assert.NotNull(Criterion.ProblemWith(CriterionKind.RocAucFromProbabilities, OutputKind.Linear));
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
