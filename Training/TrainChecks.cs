using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>Refuses a training that cannot work before anything is computed.</summary>
static class TrainChecks
{
    public static Loss LossOf(LossKind kind, OutputKind output) => (kind, output) switch
    {
        (LossKind.Auto, OutputKind.Probability) or (LossKind.Bce, OutputKind.Probability) => Loss.BinaryCrossEntropy,
        (LossKind.Auto, OutputKind.Linear) or (LossKind.Mse, OutputKind.Linear) => Loss.MeanSquared,
        (LossKind.Mae, OutputKind.Linear) => Loss.MeanAbsolute,
        (LossKind.Huber, OutputKind.Linear) => Loss.Huber,
        (LossKind.RobustMae, OutputKind.Linear) => Loss.RobustAbsolute,
        (LossKind.RobustMse, OutputKind.Linear) => Loss.RobustSquared,
        (_, OutputKind.Probability) => throw new TrainingInputException($"training.loss = {Name(kind)} does not fit a model that predicts a probability: use bce or auto"),
        _ => throw new TrainingInputException($"training.loss = {Name(kind)} does not fit a model that predicts a number: use mse, mae, huber, auto, or robust_mae or robust_mse where the model predicts a deviation"),
    };

    public static void Check(TrainInputs inputs)
    {
        var model = inputs.Model;
        if (model.Outputs != 1) throw new TrainingInputException($"the model predicts {model.Outputs} columns, training is on one target: set outputs to 1");
        if (!ReferenceEquals(model.Parameters, inputs.Parameters.Layout))
            throw new ArgumentException("the parameters were not made from this model's layout", nameof(inputs));
        if (inputs.Parameters.TrainableRanges.Count == 0)
            throw new TrainingInputException("every parameter is frozen, nothing is left to train: freeze fewer parts");
        inputs.Settings.CheckFor(model);
        LossOf(inputs.Settings.Loss, model.OutputKind);
        CheckRows(inputs.Source, inputs.Targets, inputs.TrainRows, inputs.ValidationRows, model.OutputKind);
        CheckCriterion(inputs.Settings.Criterion, model.OutputKind, inputs.Targets, inputs.ValidationRows);
    }

    /// <summary>Refuses rows that the source cannot give, that have no usable target, or that are both trained and validated on.</summary>
    public static void CheckRows(IBatchSource source, double[] targets, int[] trainRows, int[] validationRows, OutputKind output)
    {
        if (targets.Length != source.Count) throw new ArgumentException($"{targets.Length} targets for {source.Count} rows", nameof(targets));
        if (trainRows.Length == 0) throw new TrainingInputException("there are no training rows: give a data set or a size of at least 1");
        var refused = source.Refused.ToDictionary(row => row.Row, row => row.Reason);
        var training = new HashSet<int>();
        foreach (var row in trainRows)
        {
            CheckRow(row, "training");
            training.Add(row);
        }
        foreach (var row in validationRows)
        {
            CheckRow(row, "validation");
            if (training.Contains(row))
                throw new TrainingInputException($"row {row} is both a training and a validation row: the validation error would be worthless; make the sets disjoint");
        }

        void CheckRow(int row, string set)
        {
            if ((uint)row >= (uint)source.Count)
                throw new TrainingInputException($"{set} row {row} does not exist: the data set has the rows 0 … {source.Count - 1}");
            if (refused.TryGetValue(row, out var reason))
                throw new TrainingInputException($"the model cannot take {set} row {row}: {reason}; leave it out of the split");
            var target = targets[row];
            if (!double.IsFinite(target)) throw new TrainingInputException($"the target of {set} row {row} is {target}: leave out rows without a value");
            if (output == OutputKind.Probability && target is not (0 or 1))
                throw new TrainingInputException(FormattableString.Invariant($"the target of {set} row {row} is {target}, a class must be 0 or 1: for numbers take a model that predicts a number"));
        }
    }

    /// <summary>Refuses a criterion that the output does not have, and an area under the curve of one class alone.</summary>
    public static void CheckCriterion(CriterionKind criterion, OutputKind output, double[] targets, int[] validationRows)
    {
        if (Criterion.ProblemWith(criterion, output) is { } problem) throw new TrainingInputException(problem);
        if (criterion != CriterionKind.RocAucFromProbabilities || validationRows.Length == 0) return;
        if (validationRows.All(row => targets[row] == targets[validationRows[0]]))
            throw new TrainingInputException(FormattableString.Invariant(
                $"all {validationRows.Length} validation rows are of class {targets[validationRows[0]]}, so that no area under the curve can judge them: give more validation rows, or split: {{ stratify: true }}"));
    }

    /// <summary>Refuses losses of a deviation for models that predict none.</summary>
    /// <exception cref="TrainingInputException">The model is no <see cref="IDeviationModel"/>.</exception>
    public static void CheckDeviation(IModel model, TrainSettings settings)
    {
        if (settings.Loss is LossKind.RobustMae or LossKind.RobustMse && model is not IDeviationModel)
            throw new TrainingInputException($"training.loss = {Name(settings.Loss)} learns the deviation of a prediction too, and a {model.Spec.Kind} predicts none: use cgat or roost, or the loss {Name(settings.Loss == LossKind.RobustMae ? LossKind.Mae : LossKind.Mse)}");
    }

    /// <summary>Refuses shards where the numbers of a batch depend on all of its rows at once.</summary>
    /// <exception cref="TrainingInputException">Logical shards for a model with batch norm.</exception>
    public static void CheckShards(IModel model, TrainSettings settings)
    {
        if (settings.StepShards() == 1 || model.Parameters.Parameters.FirstOrDefault(parameter => parameter.IsState) is not { } state) return;
        var (setting, value) = settings.Shards > 1 ? ("shards", settings.Shards) : ("accumulation", settings.Accumulation);
        throw new TrainingInputException($"training.{setting} = {value} does not go with a {model.Spec.Kind}: its batch norm ('{state.Name}') takes means over the "
            + $"whole batch, which parts of it would change. Leave {setting} at 1; run several trials at once instead");
    }

    static string Name(LossKind kind) => kind switch { LossKind.RobustMae => "robust_mae", LossKind.RobustMse => "robust_mse", _ => kind.ToString().ToLowerInvariant() };
}
