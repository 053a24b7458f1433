using AtomSets.Materials;

namespace AtomSets.Models;

/// <summary>Turns settings given by a user into a complete spec.</summary>
public static class HyperParameterSchema
{
    /// <summary>The setting that names one of <see cref="IModelFamily.Presets"/>.</summary>
    public const string Preset = "preset";

    /// <summary>The settings of a preset.</summary>
    /// <exception cref="ModelException">The family has no presets, or none of this name.</exception>
    public static IReadOnlyList<KeyValuePair<string, object>> PresetOf(IModelFamily family, object? name)
    {
        if (family.Presets.Count == 0) throw new ModelException($"a {family.Name} has no presets; {NearestName.Advice(Preset, family.Schema.Select(parameter => parameter.Name))}");
        return family.Presets.GetValueOrDefault(name as string ?? "")
            ?? throw new ModelException($"{family.Name}.{Preset} = '{name}' is unknown; {NearestName.Advice(name as string ?? "", family.Presets.Keys)}");
    }

    /// <summary>Validates every given setting against the family's schema and adds the defaults, or where a <see cref="Preset"/> is given its values.</summary>
    /// <exception cref="ModelException">An unknown or repeated key, a wrong type, or a value out of range.</exception>
    public static ModelSpec Resolve(IModelFamily family, IEnumerable<KeyValuePair<string, object?>> given)
    {
        var values = family.Schema.ToDictionary(parameter => parameter.Name, parameter => parameter.Default, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var settings = given.ToArray();
        foreach (var (_, name) in settings.Where(entry => entry.Key == Preset).Take(1))
            foreach (var (key, value) in PresetOf(family, name)) values[key] = value;
        foreach (var (key, value) in settings)
        {
            if (key == Preset)
            {
                if (!seen.Add(key)) throw new ModelException($"{family.Name}.{key} is given twice");
                continue;
            }
            var parameter = family.Schema.FirstOrDefault(entry => entry.Name == key)
                ?? throw new ModelException($"{family.Name} has no setting '{key}'; {NearestName.Advice(key, values.Keys)}");
            if (!seen.Add(key)) throw new ModelException($"{family.Name}.{key} is given twice");
            values[key] = parameter.Normalise(family.Name, value);
        }
        return new ModelSpec(family.Name, family.Revision, values);
    }

    /// <summary>Refuses a spec, such as a file's, with a setting that no user could have given. Settings beside the schema are those that data bind.</summary>
    /// <exception cref="ModelException">A setting is of another type or out of range.</exception>
    public static void Check(IModelFamily family, ModelSpec spec)
    {
        foreach (var parameter in family.Schema)
        {
            // One that came later may be missing in an older file.
            if (spec.Values.TryGetValue(parameter.Name, out var value)) parameter.Normalise(family.Name, value);
        }
    }
}
