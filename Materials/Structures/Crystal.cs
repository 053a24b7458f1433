using System.Globalization;

namespace AtomSets.Materials;

/// <summary>A periodic structure: a cell and atoms at fractional positions. A site may be shared by several elements or partly vacant (<see cref="Sites"/>). Immutable.</summary>
public sealed class Crystal
{
    readonly double[] _lattice;
    readonly int[] _atomicNumbers;
    readonly double[] _fractional;
    Composition? _composition;

    /// <param name="lattice">[3 × 3] row vectors a, b, c in Å: a_x, a_y, a_z, b_x, …</param>
    /// <param name="atomicNumbers">[atoms], each 1 to 118.</param>
    /// <param name="fractional">[atoms × 3] coordinates in units of the lattice vectors; need not lie in the cell.</param>
    /// <param name="id">A name for messages and tables.</param>
    /// <param name="sites">Who shares the sites; null: each holds one whole atom.</param>
    /// <exception cref="ArgumentException">No atoms, lengths that do not agree, a number that is not finite, or a flat cell.</exception>
    public Crystal(ReadOnlySpan<double> lattice, ReadOnlySpan<int> atomicNumbers, ReadOnlySpan<double> fractional, string? id = null, SiteOccupancies? sites = null)
    {
        if (sites is not null && sites.Count != atomicNumbers.Length) throw new ArgumentException($"occupancies of {sites.Count} sites for {atomicNumbers.Length} atoms", nameof(sites));
        Sites = sites;
        if (lattice.Length != 9) throw new ArgumentException($"a cell has 9 numbers, not {lattice.Length}", nameof(lattice));
        if (atomicNumbers.IsEmpty) throw new ArgumentException("a crystal needs at least one atom", nameof(atomicNumbers));
        if (fractional.Length != 3 * atomicNumbers.Length)
            throw new ArgumentException($"{atomicNumbers.Length} atoms need {3 * atomicNumbers.Length} coordinates, not {fractional.Length}", nameof(fractional));
        foreach (var z in atomicNumbers)
            if (z is < 1 or > Element.MaxAtomicNumber)
                throw new ArgumentException($"{z} is no atomic number; they run from 1 to {Element.MaxAtomicNumber}", nameof(atomicNumbers));
        for (var i = 0; i < fractional.Length; i++)
            if (!(Math.Abs(fractional[i]) <= MaxFractional))
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"the fractional coordinate {fractional[i]} of atom {i / 3 + 1} is not a number within ±{MaxFractional}"), nameof(fractional));
        if (LatticeProblem(lattice) is { } problem) throw new ArgumentException(problem, nameof(lattice));
        _lattice = lattice.ToArray();
        _atomicNumbers = atomicNumbers.ToArray();
        _fractional = fractional.ToArray();
        Id = id;
    }

    /// <summary>Beyond this a fractional coordinate is taken for a mistake: the digits behind the point would be lost.</summary>
    public const double MaxFractional = 1e6;

    Crystal(Crystal other, string? id)
    {
        _lattice = other._lattice;
        _atomicNumbers = other._atomicNumbers;
        _fractional = other._fractional;
        _composition = other._composition;
        Sites = other.Sites;
        Id = id;
    }

    /// <summary>Name given by the file or the data set, if any.</summary>
    public string? Id { get; }

    /// <summary>[3 × 3] row vectors a, b, c in Å.</summary>
    public ReadOnlySpan<double> Lattice => _lattice;

    /// <summary>[atoms] Of a disordered site the element of the largest occupancy.</summary>
    public ReadOnlySpan<int> AtomicNumbers => _atomicNumbers;

    /// <summary>The elements of each site and their occupancies; null where every site holds one whole atom.</summary>
    public SiteOccupancies? Sites { get; }

    /// <summary>[atoms × 3]</summary>
    public ReadOnlySpan<double> Fractional => _fractional;

    public int AtomCount => _atomicNumbers.Length;

    /// <summary>Volume of the cell in Å³.</summary>
    public double Volume => CellVolume(_lattice);

    /// <summary>Density in g/cm³.</summary>
    public double Density => Composition.Mass * 1.66053906660 / Volume;

    /// <summary>What the cell holds: whole numbers of atoms, of disordered sites their occupancies.</summary>
    public Composition Composition => _composition ??= Sites is { } sites ? Occupied(sites) : Composition.FromAtoms(_atomicNumbers);

    /// <summary>The same structure under another name.</summary>
    public Crystal WithId(string? id) => new(this, id);

    /// <summary>Lengths a, b, c in Å and angles α, β, γ in degrees.</summary>
    public (double A, double B, double C, double Alpha, double Beta, double Gamma) CellParameters()
    {
        double Dot(int i, int j) => _lattice[3 * i] * _lattice[3 * j] + _lattice[3 * i + 1] * _lattice[3 * j + 1] + _lattice[3 * i + 2] * _lattice[3 * j + 2];
        var (a, b, c) = (Math.Sqrt(Dot(0, 0)), Math.Sqrt(Dot(1, 1)), Math.Sqrt(Dot(2, 2)));
        double Angle(int i, int j, double li, double lj) => Math.Acos(Math.Clamp(Dot(i, j) / (li * lj), -1, 1)) * (180 / Math.PI);
        return (a, b, c, Angle(1, 2, b, c), Angle(0, 2, a, c), Angle(0, 1, a, b));
    }

    /// <summary>
    /// Row vectors of a cell given by lengths (Å) and angles (degrees): c along z, a in the xz plane (the orientation that pymatgen uses).
    /// </summary>
    /// <exception cref="ArgumentException">The parameters span no cell.</exception>
    public static double[] LatticeFromParameters(double a, double b, double c, double alpha, double beta, double gamma)
    {
        const double radian = Math.PI / 180;
        foreach (var angle in (ReadOnlySpan<double>)[alpha, beta, gamma])
            if (!(angle > 0 && angle < 180))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"cell angle {angle}°; angles lie between 0 and 180 degrees"));
        foreach (var length in (ReadOnlySpan<double>)[a, b, c])
            if (!(length > 0 && double.IsFinite(length)))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"cell length {length} Å; lengths are positive"));
        var (sinAlpha, cosAlpha) = SinCosDegrees(alpha);
        var (sinBeta, cosBeta) = SinCosDegrees(beta);
        var (_, cosGamma) = SinCosDegrees(gamma);
        var cosGammaStar = (cosAlpha * cosBeta - cosGamma) / (sinAlpha * sinBeta);
        var squared = 1 - cosGammaStar * cosGammaStar;
        if (!(squared > 0))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"cell angles {alpha}°, {beta}°, {gamma}° span no volume"));
        double[] lattice = [a * sinBeta, 0, a * cosBeta, -b * sinAlpha * cosGammaStar, b * sinAlpha * Math.Sqrt(squared), b * cosAlpha, 0, 0, c];
        if (LatticeProblem(lattice) is { } problem) throw new ArgumentException(problem);
        return lattice;

        // Right angles exactly: an orthogonal cell has zeros off the diagonal.
        static (double, double) SinCosDegrees(double degrees) => degrees == 90 ? (1, 0) : Math.SinCos(degrees * radian);
    }

    static Composition Occupied(SiteOccupancies sites)
    {
        var amounts = new ElementAmount[sites.Amounts.Length];
        for (var i = 0; i < amounts.Length; i++) amounts[i] = new ElementAmount(Element.FromAtomicNumber(sites.AtomicNumbers[i]), sites.Amounts[i]);
        return Composition.From(amounts);
    }

    internal static double CellVolume(ReadOnlySpan<double> lattice) => Math.Abs(Determinant(lattice));

    /// <summary>Why these nine numbers are no cell, or null.</summary>
    internal static string? LatticeProblem(ReadOnlySpan<double> lattice)
    {
        var lengths = 1.0;
        for (var i = 0; i < 3; i++)
        {
            var squared = 0.0;
            for (var j = 0; j < 3; j++)
            {
                var value = lattice[3 * i + j];
                if (!double.IsFinite(value)) return string.Create(CultureInfo.InvariantCulture, $"the cell vector {"abc"[i]} holds {value}");
                squared += value * value;
            }
            var length = Math.Sqrt(squared);
            if (!(length is >= 0.1 and <= 1e5))
                return string.Create(CultureInfo.InvariantCulture, $"the cell vector {"abc"[i]} is {length:G6} Å long; lengths from 0.1 to 100,000 Å are read");
            lengths *= length;
        }
        var volume = Math.Abs(Determinant(lattice));
        return volume > 1e-4 * lengths
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"the cell vectors lie in one plane (volume {volume:G6} Å³)");
    }

    static double Determinant(ReadOnlySpan<double> m) =>
        m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);
}
