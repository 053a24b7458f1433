namespace AtomSets.Studies;

/// <summary>
/// An error on validation rows: the only thing that selection can read. Lower is better.
/// </summary>
/// <param name="Metric">Such as <c>mae</c>.</param>
/// <param name="Value">Finite, in <paramref name="Unit"/>.</param>
public readonly record struct ValidationScore(string Metric, double Value, string Unit);

/// <summary>
/// An error on test rows. There is no conversion to <see cref="ValidationScore"/>, and nothing that decides takes this type.
/// </summary>
public readonly record struct TestScore(string Metric, double Value, string Unit);
