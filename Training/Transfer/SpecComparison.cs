using System.Globalization;
using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>Whether a parent's weights mean the same in another model: shapes alone do not tell, a cutoff or a Gaussian basis changes none.</summary>
static class SpecComparison
{
    // Settings that do not change what the copied weights mean; the element table follows from element_features, and only a bound spec holds it.
    static readonly HashSet<string> FreeSettings = new(StringComparer.Ordinal) { "dropout", "pure_elements", "element_table" };

    // Settings of the output layer alone.
    static readonly HashSet<string> HeadSettings = new(StringComparer.Ordinal) { "output", "outputs" };

    public static void Check(string plan, ModelSpec model, ModelSpec parent, bool hasNewHead)
    {
        if (model.Kind != parent.Kind)
            throw new TrainingInputException($"transfer '{plan}': the parent is a {parent.Kind}, the model a {model.Kind}: weights cannot be carried over");
        if (model.Revision != parent.Revision)
            throw new TrainingInputException($"transfer '{plan}': the parent is of revision {parent.Revision} of {model.Kind}, this program makes {model.Revision}: train the parent again");
        var differences = new List<string>();
        foreach (var name in model.Values.Keys.Union(parent.Values.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (FreeSettings.Contains(name) || (hasNewHead && HeadSettings.Contains(name))) continue;
            var (here, there) = (Setting(model, name), Setting(parent, name));
            if (here != there) differences.Add($"{name} is {there} in the parent, {here} here");
        }
        if (differences.Count > 0)
            throw new TrainingInputException($"transfer '{plan}': the models differ in what the weights mean: {string.Join("; ", differences)}. Give the model its parent's settings");
    }

    static string Setting(ModelSpec spec, string name)
    {
        if (!spec.Values.TryGetValue(name, out var value)) return "absent";
        return value switch
        {
            long[] numbers => $"[{string.Join(", ", numbers)}]",
            double[] numbers => $"[{string.Join(", ", numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)))}]",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };
    }
}
