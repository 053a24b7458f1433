using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>The network whose layers are a model's input, carried inside the model's file so that the file predicts by itself.</summary>
/// <param name="Name">Name for messages.</param>
/// <param name="Spec">Its spec.</param>
/// <param name="ContentHash">Identifies its weights.</param>
/// <param name="Parameters">Its parameters, by name.</param>
public sealed record FeatureParent(string Name, ModelSpec Spec, string ContentHash, IReadOnlyDictionary<string, ModelTensor> Parameters)
{
    /// <summary>What makes its prediction, where that can be a feature; null in older files.</summary>
    public ParentOutput? Output { get; init; }

    /// <summary>Takes over a parent as feature models use it.</summary>
    public static FeatureParent From(ParentModel parent) => new(
        parent.Name, parent.Model.Spec, parent.ContentHash,
        parent.Model.Parameters.Parameters.ToDictionary(
            parameter => parameter.Name, parameter => new ModelTensor(parameter.Rows, parameter.Columns, parent.Weights[parameter.Name]), StringComparer.Ordinal)) { Output = parent.Output };

    /// <summary>Makes the parent again.</summary>
    /// <exception cref="ModelException">Kind, revision or parameters are not this program's.</exception>
    public ParentModel ToParent(ModelRegistry registry)
    {
        var model = registry.Create(Spec);
        ModelParameters.Check(model, Parameters, $"the feature parent '{Name}'");
        return new ParentModel(Name, model, ModelParameters.Values(Parameters), ContentHash) { Output = Output };
    }
}
