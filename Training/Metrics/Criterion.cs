using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>What validation rows are judged by.</summary>
public enum CriterionKind
{
    /// <summary>Mean absolute error of a number, log loss of a probability.</summary>
    Auto,

    /// <summary>Root mean square error of a number.</summary>
    Rmse,

    /// <summary>1 − the area under the receiver operating characteristic of the probabilities.</summary>
    RocAucFromProbabilities,
}

/// <summary>Figures of predictions by name: the one that decides (lower is better) and those that are told.</summary>
public static class Criterion
{
    /// <summary>Names of figures of merit, the same in results, columns and model files.</summary>
    public const string MeanAbsoluteError = "mae", RootMeanSquareError = "rmse", RSquared = "r2", LogLoss = "log_loss",
        AucFromProbabilities = "roc_auc_from_probabilities", AucFromLabels = "roc_auc_from_labels", Accuracy = "accuracy", F1 = "f1";

    /// <summary>Share of rows whose truth lies within the prediction interval of 90 %, and that interval's mean width.</summary>
    public const string Coverage90 = "coverage_90", IntervalWidth90 = "interval_width_90";

    const string AucDistance = "one_minus_" + AucFromProbabilities;

    /// <summary>Whether errors of this name are in the target's unit; the others are bare numbers.</summary>
    public static bool HasUnit(string metric) => metric is MeanAbsoluteError or RootMeanSquareError or IntervalWidth90 or "member_" + MeanAbsoluteError or "member_" + RootMeanSquareError;

    /// <summary>Name of the figure that decides.</summary>
    public static string NameOf(CriterionKind kind, OutputKind output) => kind switch
    {
        CriterionKind.Rmse => RootMeanSquareError,
        CriterionKind.RocAucFromProbabilities => AucDistance,
        _ => output == OutputKind.Probability ? LogLoss : MeanAbsoluteError,
    };

    /// <summary>The figure that decides: lower is better. NaN without rows, and where the area under the curve lacks a class.</summary>
    public static double ErrorOf(CriterionKind kind, OutputKind output, ReadOnlySpan<double> predictions, ReadOnlySpan<double> truth)
    {
        if (truth.IsEmpty) return double.NaN;
        if (output == OutputKind.Linear)
        {
            var errors = RegressionMetrics.Of(predictions, truth);
            return kind == CriterionKind.Rmse ? errors.RootMeanSquareError : errors.MeanAbsoluteError;
        }
        var classes = ClassificationMetrics.Of(predictions, truth);
        return kind == CriterionKind.RocAucFromProbabilities ? 1 - classes.AucFromProbabilities : classes.LogLoss;
    }

    /// <summary>Every finite figure by name, the one that decides first.</summary>
    public static IReadOnlyList<(string Metric, double Value)> All(CriterionKind kind, OutputKind output, ReadOnlySpan<double> predictions, ReadOnlySpan<double> truth)
    {
        List<(string Metric, double Value)> figures = [(NameOf(kind, output), ErrorOf(kind, output, predictions, truth))];
        if (output == OutputKind.Probability)
        {
            var classes = ClassificationMetrics.Of(predictions, truth);
            figures.AddRange([(LogLoss, classes.LogLoss), (AucFromProbabilities, classes.AucFromProbabilities), (AucFromLabels, classes.AucFromLabels), (Accuracy, classes.Accuracy), (F1, classes.F1)]);
        }
        else
        {
            var errors = RegressionMetrics.Of(predictions, truth);
            figures.AddRange([(MeanAbsoluteError, errors.MeanAbsoluteError), (RootMeanSquareError, errors.RootMeanSquareError), (RSquared, errors.RSquared)]);
        }
        return [.. figures.Where(figure => double.IsFinite(figure.Value)).DistinctBy(figure => figure.Metric)];
    }

    /// <summary>Why validation rows cannot be judged so, or null.</summary>
    public static string? ProblemWith(CriterionKind kind, OutputKind output) => (kind, output) switch
    {
        (CriterionKind.Rmse, OutputKind.Probability) => "training.criterion = rmse does not fit a model that predicts a probability: use roc_auc_from_probabilities or auto (log loss)",
        (CriterionKind.RocAucFromProbabilities, OutputKind.Linear) => "training.criterion = roc_auc_from_probabilities does not fit a model that predicts a number: use rmse or auto (mean absolute error), or a model with output: sigmoid",
        _ => null,
    };
}
