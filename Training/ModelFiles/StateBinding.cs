using AtomSets.Models;
using AtomSets.Models.MegNet;

namespace AtomSets.Training;

/// <summary>A network of several levels of theory at one of them: the same function of a crystal, as a network without states, so that it can be a parent like any other.</summary>
/// <remarks>The level enters through the first dense layer of the state alone: softplus(e·W + b) with its embedding e. That is the layer of a network without
/// states, which reads zeros, with the bias b + e·W.</remarks>
public static class StateBinding
{
    const string Table = "embed.state", Weight = "pre.state.0.W", Bias = "pre.state.0.b";

    /// <summary>The number of a level that is named by itself or by its number.</summary>
    /// <exception cref="TrainingInputException">The model has no such level.</exception>
    public static int Find(string model, IReadOnlyList<string> states, string named)
    {
        for (var state = 0; state < states.Count; state++)
            if (string.Equals(states[state], named, StringComparison.OrdinalIgnoreCase) || named == state.ToString(System.Globalization.CultureInfo.InvariantCulture)) return state;
        throw new TrainingInputException(states.Count == 0
            ? $"'{model}' distinguishes no levels of theory: leave out the state"
            : $"state {named} is unknown to '{model}': choose {string.Join(", ", states.Select((name, index) => $"{index} ({name})"))}");
    }

    /// <summary>The model at a level.</summary>
    /// <param name="file">With <see cref="ModelFile.States"/>.</param>
    /// <param name="state">Number of the level.</param>
    /// <exception cref="TrainingInputException">It has no such level.</exception>
    public static ModelFile At(ModelFile file, int state)
    {
        var settings = MegNetSettings.From(file.Spec);
        if ((uint)state >= (uint)settings.States) throw new TrainingInputException($"state {state} is none of the model's {settings.States}");
        var (table, weight, bias) = (file.Parameters[Table], file.Parameters[Weight], file.Parameters[Bias]);
        var moved = (float[])bias.Values.Clone();
        for (var c = 0; c < moved.Length; c++)
        {
            double sum = bias.Values[c];
            for (var k = 0; k < table.Columns; k++) sum += (double)table.Values[state * table.Columns + k] * weight.Values[k * moved.Length + c];
            moved[c] = (float)sum;
        }
        var plain = settings with { States = 0, StateEmbedding = new MegNetSettings().StateEmbedding };
        var parameters = file.Parameters.Where(tensor => tensor.Key != Table).ToDictionary(tensor => tensor.Key, tensor => tensor.Value, StringComparer.Ordinal);
        parameters[Weight] = new ModelTensor(plain.StateInput, moved.Length, new float[plain.StateInput * moved.Length]);
        parameters[Bias] = new ModelTensor(1, moved.Length, moved);
        return file with { Spec = plain.ToSpec(), Parameters = parameters, States = [] };
    }
}
