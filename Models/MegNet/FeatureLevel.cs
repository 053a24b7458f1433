using System.Globalization;
using System.Text.RegularExpressions;
using AtomSets.Materials;

namespace AtomSets.Models.MegNet;

/// <summary>A layer of a MEGNet whose values are features, by its name.</summary>
/// <remarks>
/// <para>Per atom: <c>V0</c>, the element embedding; <c>V1</c> … <c>V{blocks}</c>, the atoms after a block with its residual; <c>V1_pre</c> …,
/// the graph layer's own output before the residual is added (the published AtomSets code calls the latter "V1"); <c>E1</c> …, <c>E1_pre</c> …, the bonds in the same
/// places, as the mean over the bonds of which the atom is the centre, which is how the network itself reads them (zeros for an atom without bonds).</para>
/// <para>Per structure: <c>U1</c> …, <c>U1_pre</c> …, the state in the same places; <c>site_readout</c> and <c>bond_readout</c>, the set2set vectors;
/// <c>final</c>, both and the last state; <c>readout_0</c>, <c>readout_1</c>, the hidden layers behind it.</para>
/// </remarks>
public sealed partial record FeatureLevel
{
    FeatureLevel(string name, bool isPerAtom, int block)
    {
        Name = name;
        IsPerAtom = isPerAtom;
        Block = block;
    }

    public string Name { get; }

    /// <summary>One row per atom, else one per structure.</summary>
    public bool IsPerAtom { get; }

    /// <summary>Means over bonds: over a structure, atoms count by their numbers of bonds.</summary>
    public bool IsOfBonds => Name[0] == 'E';

    /// <summary>The block whose output this is, from 1; 0 for V0 and everything behind the blocks.</summary>
    public int Block { get; }

    /// <summary>Reads a name.</summary>
    /// <exception cref="ModelException">No layer has this name.</exception>
    public static FeatureLevel Parse(string name)
    {
        if (name == "V0") return new FeatureLevel(name, isPerAtom: true, 0);
        if (name is "site_readout" or "bond_readout" or "final" or "readout_0" or "readout_1") return new FeatureLevel(name, isPerAtom: false, 0);
        var match = Pattern().Match(name);
        if (match.Success)
            return new FeatureLevel(name, match.Groups["kind"].Value != "U", int.Parse(match.Groups["block"].Value, CultureInfo.InvariantCulture));
        throw new ModelException($"feature level '{name}' is unknown; {NearestName.Advice(name, Names(3))}");
    }

    /// <summary>All names for a network of so many blocks, from input to output.</summary>
    public static IReadOnlyList<string> Names(int blocks)
    {
        var names = new List<string> { "V0" };
        foreach (var kind in "VEU")
            for (var block = 1; block <= blocks; block++)
            {
                names.Add(FormattableString.Invariant($"{kind}{block}"));
                names.Add(FormattableString.Invariant($"{kind}{block}_pre"));
            }
        names.AddRange(["site_readout", "bond_readout", "final", "readout_0", "readout_1"]);
        return names;
    }

    /// <summary>Numbers per row in a network of these settings.</summary>
    /// <exception cref="ModelException">The network has too few blocks.</exception>
    public int WidthIn(MegNetSettings settings)
    {
        if (Block > settings.Blocks) throw new ModelException($"feature level '{Name}' needs {Block} blocks, the network has {settings.Blocks}");
        return Name switch
        {
            "V0" => settings.Embedding,
            "site_readout" or "bond_readout" => settings.Set2SetWidth,
            "final" => 2 * settings.Set2SetWidth + settings.Width,
            "readout_0" => settings.Width,
            "readout_1" => settings.Readout,
            _ => settings.Width,
        };
    }

    [GeneratedRegex("^(?<kind>[VEU])(?<block>[1-9][0-9]?)(_pre)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
