using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>Everything that decides the numbers of a training.</summary>
public sealed record TrainInputs
{
    /// <summary>The network; it must predict one column.</summary>
    public required IModel Model { get; init; }

    /// <summary>Its parameters with their first values (drawn, or put in place by a <see cref="TransferPlan"/>) and frozen ranges. Training
    /// changes them; at the end they are those of the best epoch.</summary>
    public required ParameterSet Parameters { get; init; }

    /// <summary>The inputs, by row.</summary>
    public required IBatchSource Source { get; init; }

    /// <summary>Target of each row of <see cref="Source"/>, in its physical unit (0 or 1 for classes). Rows that are not trained or validated on may be NaN.</summary>
    public required double[] Targets { get; init; }

    /// <summary>Training rows, in manifest order.</summary>
    public required int[] TrainRows { get; init; }

    /// <summary>Validation rows; empty: train to the cap and keep the last weights.</summary>
    public required int[] ValidationRows { get; init; }

    /// <summary>How to train.</summary>
    public required TrainSettings Settings { get; init; }

    /// <summary>Keys the order of rows and the dropout masks.</summary>
    public required ulong Seed { get; init; }

    /// <summary>A scaler to use instead of one fitted to the training rows, such as a parent's.</summary>
    public TargetScaler? Scaler { get; init; }
}
