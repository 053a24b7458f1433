using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>Everything that decides the numbers of a fit.</summary>
public sealed record FitTask
{
    /// <summary>The kind of model.</summary>
    public required IFittedFamily Family { get; init; }

    /// <summary>Its settings.</summary>
    public required ModelSpec Spec { get; init; }

    /// <summary>The inputs, by row; opened by the family.</summary>
    public required IBatchSource Source { get; init; }

    /// <summary>Target of each row of <see cref="Source"/>, in its physical unit (0 or 1 for classes). Rows that are not used may be NaN.</summary>
    public required double[] Targets { get; init; }

    /// <summary>Rows to learn from, in manifest order.</summary>
    public required int[] TrainRows { get; init; }

    /// <summary>Rows to judge by; nothing is learnt from them.</summary>
    public required int[] ValidationRows { get; init; }

    /// <summary>Scaling of the targets, of numbers alone.</summary>
    public ScalingKind Scaling { get; init; } = ScalingKind.Standard;

    /// <summary>What the validation rows are judged by.</summary>
    public CriterionKind Criterion { get; init; }

    /// <summary>Keys whatever is drawn.</summary>
    public required ulong Seed { get; init; }
}

/// <summary>A fitted model and its figures.</summary>
/// <param name="Tensors">What a model file holds.</param>
/// <param name="Scaler">Target scaling that they belong to.</param>
/// <param name="OutputKind">What is predicted.</param>
/// <param name="ValidationPredictions">In the target's unit.</param>
/// <param name="ValidationError">By the task's criterion, lower is better; NaN without validation rows.</param>
public sealed record FitOutcome(
    IReadOnlyDictionary<string, ModelTensor> Tensors, TargetScaler Scaler, OutputKind OutputKind, double[] ValidationPredictions, double ValidationError)
{
    /// <summary>[validation rows] What the model says of its uncertainty, in the target's unit; null where it says nothing.</summary>
    public double[]? ValidationDeviations { get; init; }
}
