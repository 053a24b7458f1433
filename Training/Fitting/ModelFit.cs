using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>Fits a model that has no gradient steps and judges it on the validation rows. One thread; the same task gives the same bits. What is
/// interrupted begins anew: there is nothing to resume.</summary>
public static class ModelFit
{
    /// <summary>Fits.</summary>
    /// <param name="task">What to fit.</param>
    /// <param name="progress">Hears the share of the fit that is done.</param>
    /// <param name="cancellation">Ends the fit within a second or so.</param>
    /// <exception cref="TrainingInputException">Rows or targets do not allow it.</exception>
    /// <exception cref="ModelException">The settings do not go with the data.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static FitOutcome Run(FitTask task, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        var kind = task.Family.OutputKind(task.Spec);
        TrainChecks.CheckRows(task.Source, task.Targets, task.TrainRows, task.ValidationRows, kind);
        TrainChecks.CheckCriterion(task.Criterion, kind, task.Targets, task.ValidationRows);
        var scaler = kind == OutputKind.Probability || task.Scaling == ScalingKind.None ? TargetScaler.Identity : TargetScaler.Standard(task.Targets, task.TrainRows);
        var batch = task.Source.Create();
        task.Source.Fill(batch, task.TrainRows);
        var targets = Array.ConvertAll(task.TrainRows, row => scaler.Scale(task.Targets[row]));
        var tensors = task.Family.Fit(task.Spec, new FitInputs(batch, targets, task.Seed) { Progress = progress }, cancellation);
        // What judges is what a file would hold.
        using var model = new TrainedModel.Fitted(kind, task.Family.Load(task.Spec, tensors), scaler);
        var deviations = model.PredictsDeviations ? new double[task.ValidationRows.Length] : null;
        var predictions = model.Predict(task.Source, task.ValidationRows, deviations, cancellation);
        return new FitOutcome(tensors, scaler, kind, predictions, Criterion.ErrorOf(task.Criterion, kind, predictions, Array.ConvertAll(task.ValidationRows, row => task.Targets[row])))
        {
            ValidationDeviations = deviations,
        };
    }
}
