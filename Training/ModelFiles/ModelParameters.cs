using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>Between named host tensors and a model's parameters.</summary>
static class ModelParameters
{
    public static IReadOnlyDictionary<string, ModelTensor> Export(ParameterSet parameters) =>
        parameters.Layout.Parameters.ToDictionary(
            parameter => parameter.Name, parameter => new ModelTensor(parameter.Rows, parameter.Columns, parameters.Export(parameter.Name)), StringComparer.Ordinal);

    public static IReadOnlyDictionary<string, float[]> Values(IReadOnlyDictionary<string, ModelTensor> tensors) =>
        tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Values, StringComparer.Ordinal);

    /// <summary>Refuses tensors that are not exactly the model's parameters; names every difference up to five.</summary>
    public static void Check(IModel model, IReadOnlyDictionary<string, ModelTensor> tensors, string place)
    {
        var wrong = new List<string>();
        foreach (var parameter in model.Parameters.Parameters)
        {
            if (!tensors.TryGetValue(parameter.Name, out var tensor)) wrong.Add($"'{parameter.Name}' is missing");
            else if ((tensor.Rows, tensor.Columns) != (parameter.Rows, parameter.Columns))
                wrong.Add($"'{parameter.Name}' is {tensor.Rows} × {tensor.Columns}, {parameter.Rows} × {parameter.Columns} expected");
        }
        wrong.AddRange(tensors.Keys.Where(name => !model.Parameters.Contains(name)).Order(StringComparer.Ordinal).Select(name => $"'{name}' is unknown"));
        if (wrong.Count == 0) return;
        var more = wrong.Count > 5 ? $" and {wrong.Count - 5} more" : "";
        throw new ModelException($"the parameters of {place} do not fit a {model.Spec.Kind} of its settings: {string.Join("; ", wrong.Take(5))}{more}");
    }
}
