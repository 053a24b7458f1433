namespace AtomSets.Training;

/// <summary>What a model predicts.</summary>
/// <param name="Name">Property, such as the data set's column.</param>
/// <param name="Unit">Its unit; "probability" for a classifier.</param>
/// <param name="Scaler">Between the network's output and the unit.</param>
public sealed record ModelTarget(string Name, string Unit, TargetScaler Scaler);
