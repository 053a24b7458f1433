using AtomSets.Materials;
using AtomSets.Models.Cgcnn;
using AtomSets.Models.MegNet;

namespace AtomSets.Models.Published;

/// <summary>A network that others trained and published, with what is needed to use it: weights, units, and what it has seen.</summary>
public sealed record PublishedModel
{
    /// <summary>Name of the file, such as <c>mp-2019.4.1_formation_energy</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The network.</summary>
    public required IModel Model { get; init; }

    /// <summary>Values of every parameter of <see cref="Model"/>, by name, row-major.</summary>
    public required IReadOnlyDictionary<string, float[]> Weights { get; init; }

    /// <summary>Takes the network's output to physical units.</summary>
    public required OutputTransform Transform { get; init; }

    /// <summary>What is predicted, in the authors' words.</summary>
    public required string Property { get; init; }

    /// <summary>Unit of the prediction; "probability" for a classifier.</summary>
    public required string Unit { get; init; }

    /// <summary>The training set, in the authors' words, such as <c>mp-2019.4.1</c>.</summary>
    public required string TrainedOn { get; init; }

    /// <summary>Where the weights come from: repository and file.</summary>
    public required string Source { get; init; }

    /// <summary>Licence of the weights.</summary>
    public required string Licence { get; init; }

    /// <summary>SHA-256 of the weights file, lower-case hexadecimal.</summary>
    public required string ContentHash { get; init; }

    /// <summary>Atomic numbers that the network was made for, ascending.</summary>
    public required IReadOnlyList<int> Elements { get; init; }

    /// <summary>Names of the global states, in order, where the network has states.</summary>
    public IReadOnlyList<string> States { get; init; } = [];

    /// <summary>Atomic number → row of the element table, where this is not the identity (molecule models).</summary>
    public IReadOnlyDictionary<int, int>? AtomTypes { get; init; }

    /// <summary>Whether the model is for molecules (every pair of atoms is a bond), not crystals.</summary>
    public bool IsMolecular => Model is MegNetModel { Settings.CutoffAngstrom: <= 0 };

    /// <summary>The graphs that the network reads.</summary>
    /// <exception cref="InvalidOperationException">A network for molecules whose bonds have no cutoff.</exception>
    public GraphSettings Graphs => Model switch
    {
        CgcnnModel cgcnn => cgcnn.Settings.Graphs,
        MegNetModel megNet when !IsMolecular => new GraphSettings(megNet.Settings.CutoffAngstrom),
        _ => throw new InvalidOperationException($"every pair of atoms is a bond of {Name}"),
    };

    /// <summary>Row of the element table for an atomic number.</summary>
    /// <exception cref="ModelException">The network does not know the element.</exception>
    public int TypeOf(int atomicNumber)
    {
        if (!Elements.Contains(atomicNumber))
            throw new ModelException($"{Name} does not know the element with atomic number {atomicNumber}: leave this material out or choose another model");
        return AtomTypes is null ? atomicNumber : AtomTypes[atomicNumber];
    }
}

/// <summary>Physical value = (output × <paramref name="Scale"/> + <paramref name="Shift"/>), times the number of atoms where
/// <paramref name="PerAtom"/> (extensive targets that were trained per atom).</summary>
public readonly record struct OutputTransform(double Shift, double Scale, bool PerAtom)
{
    /// <summary>Output and value are the same.</summary>
    public static OutputTransform Identity { get; } = new(0, 1, false);

    /// <summary>Takes an output to physical units.</summary>
    public double Apply(double output, int atoms) => (output * Scale + Shift) * (PerAtom ? atoms : 1);
}
