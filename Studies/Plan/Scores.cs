namespace AtomSets.Studies;

/// <summary>
/// An error on validation rows: the only thing that selection can read. Lower is better.
/// </summary>
/// <param name="Metric">Such as <c>mae</c>.</param>
/// <param name="Value">Finite, in <paramref name="Unit"/>; a run without a finite error has failed (<see cref="TrialFailedException"/>).</param>
public readonly record struct ValidationScore(string Metric, double Value, string Unit)
{
    public double Value { get; init; } = double.IsFinite(Value)
        ? Value
        : throw new ArgumentOutOfRangeException(nameof(Value), Value, "A validation score must be finite; report a diverged run as failed.");
}

/// <summary>
/// An error on test rows, in <paramref name="Unit"/>. There is no conversion to <see cref="ValidationScore"/>, and nothing that decides takes this type.
/// </summary>
public readonly record struct TestScore(string Metric, double Value, string Unit)
{
    public double Value { get; init; } = double.IsFinite(Value)
        ? Value
        : throw new ArgumentOutOfRangeException(nameof(Value), Value, "A test score must be finite; report a diverged run as failed.");
}
