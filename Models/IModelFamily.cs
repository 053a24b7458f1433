namespace AtomSets.Models;

/// <summary>A kind of model, registered by name: its settings and its inputs. How it learns says the interface that it is: gradient steps on a
/// network (<see cref="INetworkFamily"/>), or one fit (<see cref="IFittedFamily"/>).</summary>
public interface IModelFamily
{
    /// <summary>The name in study files and model files, such as <c>megnet</c>.</summary>
    string Name { get; }

    /// <summary>Raised whenever the same settings would give other numbers; part of every trial's key.</summary>
    int Revision { get; }

    /// <summary>A model's spec of an earlier revision as one of today's that predicts the same numbers from the same parameters; null where there is none. For models that
    /// are trained, not for trainings: those may draw or order otherwise.</summary>
    /// <exception cref="ModelException">The settings are not those of that revision.</exception>
    ModelSpec? Upgrade(ModelSpec earlier) => null;

    /// <summary>The settings that users may give, in the order in which to show them.</summary>
    IReadOnlyList<HyperParameter> Schema { get; }

    /// <summary>Named sets of settings, which users take with <c>preset: name</c>: other values for settings that are not given. What is resolved does not name them.</summary>
    IReadOnlyDictionary<string, IReadOnlyList<KeyValuePair<string, object>>> Presets => NoPresets;

    private static readonly IReadOnlyDictionary<string, IReadOnlyList<KeyValuePair<string, object>>> NoPresets =
        new Dictionary<string, IReadOnlyList<KeyValuePair<string, object>>>();

    /// <summary>What inputs a model of these settings needs; lets a resolver refuse a study before anything runs.</summary>
    ModelNeeds Needs(ModelSpec spec);

    /// <summary>Opens the inputs of <paramref name="data"/> for models of a spec, which for a network must be bound.</summary>
    IBatchSource OpenSource(ModelSpec spec, PreparedData data);
}

/// <summary>Inputs that a model cannot do without.</summary>
[Flags]
public enum ModelNeeds
{
    /// <summary>Chemical formulas are enough.</summary>
    None = 0,

    /// <summary>Crystal structures.</summary>
    Structures = 1,

    /// <summary>A trained parent whose features are the input.</summary>
    Parent = 2,

    /// <summary>Structures whose sites hold one whole atom each.</summary>
    OrderedSites = 4,
}
