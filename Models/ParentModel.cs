namespace AtomSets.Models;

/// <summary>How a network's output becomes a prediction.</summary>
/// <param name="Mean">Added, in the target's unit.</param>
/// <param name="Deviation">Multiplied with before, in the target's unit.</param>
/// <param name="References">Added by composition; null: nothing.</param>
public sealed record ParentOutput(double Mean, double Deviation, ElementReferences? References);

/// <summary>A trained network whose inner layers are another model's input.</summary>
/// <param name="Name">Name for messages, such as the trial's key or the published name.</param>
/// <param name="Model">The network.</param>
/// <param name="Weights">Value of every parameter of <paramref name="Model"/>, by name.</param>
/// <param name="ContentHash">Identifies the weights; features are cached by it.</param>
public sealed record ParentModel(string Name, IModel Model, IReadOnlyDictionary<string, float[]> Weights, string ContentHash)
{
    /// <summary>What makes its prediction; null where it cannot be taken: the layers are all there is.</summary>
    public ParentOutput? Output { get; init; }
}
