namespace AtomSets.Materials;

/// <summary>A structure type: a cell in units of its lattice parameter and sites, each filled by the ion of its role.</summary>
/// <param name="Name">Name of the type.</param>
/// <param name="Lattice">[3 × 3] row vectors, any unit: the model finds the scale.</param>
/// <param name="Roles">Role of each site, an index into the list of ions.</param>
/// <param name="Fractional">[sites × 3]</param>
/// <param name="Cations">Number of cation roles; they come first.</param>
/// <param name="Anions">Number of anion roles.</param>
/// <param name="MinRatio">Least radius ratio of each cation role to the largest anion.</param>
/// <param name="MaxRatio">Largest radius ratio of each cation role to the largest anion.</param>
sealed record Prototype(string Name, double[] Lattice, int[] Roles, double[] Fractional, int Cations, int Anions, double[] MinRatio, double[] MaxRatio)
{
    static readonly double[] Fcc = [0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0];
    static readonly double[] Cubic = [1, 0, 0, 0, 1, 0, 0, 0, 1];

    /// <summary>All types, in a fixed order.</summary>
    public static IReadOnlyList<Prototype> All { get; } =
    [
        Make("rocksalt", Fcc, 1, 1, "0.35-1.1", "A 0 0 0; X .5 .5 .5"),
        Make("cesium-chloride", Cubic, 1, 1, "0.55-1.3", "A 0 0 0; X .5 .5 .5"),
        Make("zincblende", Fcc, 1, 1, "0.15-0.7", "A 0 0 0; X .25 .25 .25"),
        Make("wurtzite", Hexagonal(Math.Sqrt(8.0 / 3)), 1, 1, "0.15-0.7", "A 1/3 2/3 0; A 2/3 1/3 .5; X 1/3 2/3 .375; X 2/3 1/3 .875"),
        Make("nickel-arsenide", Hexagonal(1.63), 1, 1, "0.3-0.8", "A 0 0 0; A 0 0 .5; X 1/3 2/3 .25; X 2/3 1/3 .75"),
        Make("fluorite", Fcc, 1, 1, "0.5-1.3", "A 0 0 0; X .25 .25 .25; X .75 .75 .75"),
        Make("antifluorite", Fcc, 1, 1, "0.25-0.9", "X 0 0 0; A .25 .25 .25; A .75 .75 .75"),
        Make("rutile", Tetragonal(0.65), 1, 1, "0.3-0.75", "A 0 0 0; A .5 .5 .5; X .305 .305 0; X .695 .695 0; X .805 .195 .5; X .195 .805 .5"),
        Make("cadmium-iodide", Hexagonal(1.6), 1, 1, "0.25-0.7", "A 0 0 0; X 1/3 2/3 .25; X 2/3 1/3 .75"),
        Make("rhenium-trioxide", Cubic, 1, 1, "0.3-0.75", "A 0 0 0; X .5 0 0; X 0 .5 0; X 0 0 .5"),
        Make("ordered-rocksalt", Tetragonal(Math.Sqrt(2)), 2, 1, "0.3-1.0 0.3-1.0", "A 0 0 0; B .5 .5 .5; X .5 .5 0; X 0 0 .5"),
        Make("perovskite", Cubic, 2, 1, "0.6-1.3 0.25-0.75", "A .5 .5 .5; B 0 0 0; X .5 0 0; X 0 .5 0; X 0 0 .5"),
        Make("antiperovskite", Cubic, 1, 2, "0.25-0.8", "A .5 0 0; A 0 .5 0; A 0 0 .5; X 0 0 0; Y .5 .5 .5"),
        Make("spinel", Fcc, 2, 1, "0.2-0.65 0.3-0.75",
            "A .125 .125 .125; A .875 .875 .875; B .5 .5 .5; B 0 .5 .5; B .5 0 .5; B .5 .5 0; "
            + "X .2625 .2625 .2625; X -.2875 .2625 .2625; X .2625 -.2875 .2625; X .2625 .2625 -.2875; "
            + "X -.2625 -.2625 -.2625; X .2875 -.2625 -.2625; X -.2625 .2875 -.2625; X -.2625 -.2625 .2875"),
        Make("antifluorite-hexahalide", Fcc, 2, 1, "0.6-1.3 0.2-0.6",
            "A .25 .25 .25; A .75 .75 .75; B 0 0 0; X -.24 .24 .24; X .24 -.24 .24; X .24 .24 -.24; X .24 -.24 -.24; X -.24 .24 -.24; X -.24 -.24 .24"),
        Make("elpasolite", Fcc, 3, 1, "0.6-1.3 0.3-0.85 0.25-0.7",
            "A .25 .25 .25; A .75 .75 .75; B .5 .5 .5; C 0 0 0; X -.24 .24 .24; X .24 -.24 .24; X .24 .24 -.24; X .24 -.24 -.24; X -.24 .24 -.24; X -.24 -.24 .24"),
    ];

    public int SiteCount => Roles.Length;

    public int RoleCount => Cations + Anions;

    /// <summary>Sites of each role.</summary>
    public int Multiplicity(int role) => Roles.Count(site => site == role);

    static double[] Tetragonal(double ratio) => [1, 0, 0, 0, 1, 0, 0, 0, ratio];

    static double[] Hexagonal(double ratio) => [1, 0, 0, -0.5, Math.Sqrt(0.75), 0, 0, 0, ratio];

    static Prototype Make(string name, double[] lattice, int cations, int anions, string ratios, string sites)
    {
        var bounds = ratios.Split(' ').Select(pair => pair.Split('-').Select(Number).ToArray()).ToArray();
        var items = sites.Split(';', StringSplitOptions.TrimEntries).Select(site => site.Split(' ')).ToArray();
        return new Prototype(
            name, lattice, [.. items.Select(item => item[0] is "X" or "Y" ? cations + (item[0][0] - 'X') : item[0][0] - 'A')],
            [.. items.SelectMany(item => item[1..].Select(Number))], cations, anions, [.. bounds.Select(b => b[0])], [.. bounds.Select(b => b[1])]);
    }

    static double Number(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        return slash < 0 ? double.Parse(text, culture) : double.Parse(text[..slash], culture) / double.Parse(text[(slash + 1)..], culture);
    }
}
