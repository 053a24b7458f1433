using AtomSets.Materials;

namespace AtomSets.Models;

/// <summary>Turns settings given by a user into a complete spec.</summary>
public static class HyperParameterSchema
{
    /// <summary>Validates every given setting against the family's schema and adds the defaults.</summary>
    /// <exception cref="ModelException">An unknown or repeated key, a wrong type, or a value out of range.</exception>
    public static ModelSpec Resolve(IModelFamily family, IEnumerable<KeyValuePair<string, object?>> given)
    {
        var values = family.Schema.ToDictionary(parameter => parameter.Name, parameter => parameter.Default, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in given)
        {
            var parameter = family.Schema.FirstOrDefault(entry => entry.Name == key)
                ?? throw new ModelException($"{family.Name} has no setting '{key}'; {NearestName.Advice(key, values.Keys)}");
            if (!seen.Add(key)) throw new ModelException($"{family.Name}.{key} is given twice");
            values[key] = parameter.Normalise(family.Name, value);
        }
        return new ModelSpec(family.Name, family.Revision, values);
    }
}
