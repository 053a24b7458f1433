namespace AtomSets.Models;

/// <summary>A trained network whose inner layers are another model's input.</summary>
/// <param name="Name">Name for messages, such as the trial's key or the published name.</param>
/// <param name="Model">The network.</param>
/// <param name="Weights">Value of every parameter of <paramref name="Model"/>, by name.</param>
/// <param name="ContentHash">Identifies the weights; features are cached by it.</param>
public sealed record ParentModel(string Name, IModel Model, IReadOnlyDictionary<string, float[]> Weights, string ContentHash);
