using AtomSets.Materials;
using AtomSets.Models.AtomSets;
using AtomSets.Models.Cgcnn;
using AtomSets.Models.ElemNet;
using AtomSets.Models.MegNet;

namespace AtomSets.Models;

/// <summary>The model families by name.</summary>
public sealed class ModelRegistry
{
    readonly Dictionary<string, IModelFamily> _families = new(StringComparer.Ordinal);

    public ModelRegistry(IEnumerable<IModelFamily> families)
    {
        foreach (var family in families) _families.Add(family.Name, family);
    }

    /// <summary>Every family of this program.</summary>
    public static ModelRegistry Default { get; } = new([new MegNetFamily(), new AtomSetsFamily(), new ElemNetFamily(), new CgcnnFamily()]);

    /// <summary>All families, by name.</summary>
    public IEnumerable<IModelFamily> Families => _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal);

    /// <summary>The family called <paramref name="name"/>.</summary>
    /// <exception cref="ModelException">There is none; the message names the nearest.</exception>
    public IModelFamily this[string name] =>
        _families.TryGetValue(name, out var family)
            ? family
            : throw new ModelException($"model kind '{name}' is unknown; {NearestName.Advice(name, _families.Keys)}");

    /// <summary>Checks settings as a user gave them and completes them with the defaults.</summary>
    /// <exception cref="ModelException">An unknown key, a wrong type, or a value out of range.</exception>
    public ModelSpec Resolve(string kind, IEnumerable<KeyValuePair<string, object?>> given)
    {
        var family = this[kind];
        return HyperParameterSchema.Resolve(family, given);
    }

    /// <summary>Makes the model of a spec, for example one read from a model file.</summary>
    /// <exception cref="ModelException">The kind is unknown, or of another revision than this program's.</exception>
    public IModel Create(ModelSpec spec)
    {
        var family = this[spec.Kind];
        if (spec.Revision != family.Revision)
            throw new ModelException(
                $"the model is '{spec.Kind}' of revision {spec.Revision}, this program makes revision {family.Revision}: "
                + "use the program version that wrote the model, or train it again");
        return family.Create(spec);
    }
}
