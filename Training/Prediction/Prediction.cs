using AtomSets.Materials;

namespace AtomSets.Training;

/// <summary>A material to predict.</summary>
/// <param name="Label">How the user named it: a file, an id, a formula.</param>
/// <param name="Crystal">Its structure, where known.</param>
/// <param name="Composition">Its formula; taken from the crystal where that is given.</param>
public sealed record PredictionInput(string Label, Crystal? Crystal, Composition? Composition)
{
    /// <summary>A material of known structure.</summary>
    public static PredictionInput Of(string label, Crystal crystal) => new(label, crystal, crystal.Composition);

    /// <summary>A formula.</summary>
    public static PredictionInput Of(string label, Composition composition) => new(label, null, composition);
}

/// <summary>A prediction, or why there is none.</summary>
/// <param name="Input">The input's label.</param>
/// <param name="Value">In <paramref name="Unit"/>; null where there is an error.</param>
/// <param name="Unit">Unit of the value.</param>
/// <param name="Error">What is wrong with this input; null where there is a value.</param>
public sealed record Prediction(string Input, double? Value, string Unit, string? Error)
{
    /// <summary>What the model itself says of its uncertainty, in <see cref="Unit"/>: the standard deviation of a Gaussian process, or of an ensemble's members; null where it says
    /// nothing.</summary>
    public double? Deviation { get; init; }

    /// <summary>Calibrated standard error, in <see cref="Unit"/>; null where the model has none.</summary>
    public double? StandardError { get; init; }

    /// <summary>Lower end of the interval that was asked for; null where there is none.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of the interval that was asked for; null where there is none.</summary>
    public double? High { get; init; }
}

/// <summary>What is asked of a prediction.</summary>
public sealed record PredictionOptions
{
    /// <summary>Global state for models that have them.</summary>
    public int State { get; init; }

    /// <summary>Level of the prediction intervals, above 0 and below 1; null: none.</summary>
    public double? Interval { get; init; }
}
