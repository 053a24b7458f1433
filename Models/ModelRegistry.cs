using AtomSets.Materials;
using AtomSets.Models.AtomSets;
using AtomSets.Models.Cgat;
using AtomSets.Models.Cgcnn;
using AtomSets.Models.ElemNet;
using AtomSets.Models.MegNet;
using AtomSets.Models.Roost;

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
    public static ModelRegistry Default { get; } = new([new MegNetFamily(), new AtomSetsFamily(), new ElemNetFamily(), new CgcnnFamily(), new CgatFamily(), new RoostFamily(), .. Classical.ClassicalFamilies.All]);

    /// <summary>All families, by name.</summary>
    public IEnumerable<IModelFamily> Families => _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal);

    /// <summary>The family called <paramref name="name"/>.</summary>
    /// <exception cref="ModelException">There is none; the message names the nearest.</exception>
    public IModelFamily this[string name] =>
        _families.TryGetValue(name, out var family)
            ? family
            : throw new ModelException($"model kind '{name}' is unknown; {NearestName.Advice(name, _families.Keys)}");

    /// <summary>The family of networks called <paramref name="name"/>.</summary>
    /// <exception cref="ModelException">There is none, or its models are no networks.</exception>
    public INetworkFamily Network(string name) =>
        this[name] as INetworkFamily ?? throw new ModelException($"a '{name}' is fitted in one go: it is no network, and has no layers or weights to carry over");

    /// <summary>Checks settings as a user gave them and completes them with the defaults.</summary>
    /// <exception cref="ModelException">An unknown key, a wrong type, or a value out of range.</exception>
    public ModelSpec Resolve(string kind, IEnumerable<KeyValuePair<string, object?>> given)
    {
        var family = this[kind];
        return HyperParameterSchema.Resolve(family, given);
    }

    /// <summary>Makes the network of a spec, for example one read from a model file.</summary>
    /// <exception cref="ModelException">The kind is unknown or no network, of another revision than this program's, or a setting is out of range or of another type.</exception>
    public IModel Create(ModelSpec spec)
    {
        Check(spec);
        return Network(spec.Kind).Create(spec);
    }

    /// <summary>The spec of a trained model as this program has it: where it is of an earlier revision and <see cref="IModelFamily.Upgrade"/> knows one that predicts the same, that one.</summary>
    /// <exception cref="ModelException">The settings are not those of its revision.</exception>
    public ModelSpec Current(ModelSpec spec) =>
        _families.TryGetValue(spec.Kind, out var family) && family.Revision != spec.Revision ? family.Upgrade(spec) ?? spec : spec;

    /// <summary>Refuses a spec that this program would read otherwise.</summary>
    /// <exception cref="ModelException">The kind is unknown, of another revision than this program's, or a setting is one that no user could have given.</exception>
    public void Check(ModelSpec spec)
    {
        var family = this[spec.Kind];
        if (family.Revision != spec.Revision)
            throw new ModelException(
                $"the model is '{spec.Kind}' of revision {spec.Revision}, this program makes revision {family.Revision}: "
                + "use the program version that wrote the model, or train it again");
        HyperParameterSchema.Check(family, spec);
    }
}
