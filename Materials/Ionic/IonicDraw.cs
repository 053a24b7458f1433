namespace AtomSets.Materials;

/// <summary>Draws one crystal of the set <c>ionic</c>: structure type, ions, strain, displacements.</summary>
sealed class IonicDraw
{
    // Enough that a charge-balanced choice is found for every structure type; each try is a handful of additions.
    const int MaxTries = 100_000;

    // Types with more than two elements have far more possible formulas: drawn four times as often, so that sets share few.
    static readonly Prototype[] Weighted = [.. Prototype.All.SelectMany(type => Enumerable.Repeat(type, type.RoleCount > 2 ? 4 : 1))];

    readonly ulong _key;
    ulong _drawn;

    public IonicDraw(ulong seed, int index)
    {
        _key = KeyedOrder.Mix(KeyedOrder.Mix(seed + 0x696F6E6963) + (ulong)index);
        Prototype = Weighted[Below(Weighted.Length)];
        var roles = DrawIons();
        var ions = Array.ConvertAll(Prototype.Roles, role => roles[role]);
        var lattice = (double[])Prototype.Lattice.Clone();
        Scale(lattice, StartScale(lattice, ions));
        Scale(lattice, IonicModel.EquilibriumScale(lattice, Cartesian(lattice, Prototype.Fractional), ions));
        Strain(lattice);
        var fractional = Displaced(lattice);
        Crystal = new Crystal(lattice, Array.ConvertAll(ions, ion => ion.Element.AtomicNumber), fractional);
        Properties = IonicModel.Properties(lattice, Cartesian(lattice, fractional), ions);
    }

    public Prototype Prototype { get; }

    public Crystal Crystal { get; }

    public IonicProperties Properties { get; }

    Ion[] DrawIons()
    {
        var ions = new Ion[Prototype.RoleCount];
        for (var attempt = 0; attempt < MaxTries; attempt++)
        {
            for (var role = 0; role < ions.Length; role++)
                ions[role] = role < Prototype.Cations ? Ion.Cations[Below(Ion.Cations.Count)] : Ion.Anions[Below(Ion.Anions.Count)];
            if (Fits(ions)) return ions;
        }
        throw new InvalidOperationException($"no charge-balanced choice of ions for {Prototype.Name}");
    }

    bool Fits(Ion[] ions)
    {
        var charge = 0;
        foreach (var role in Prototype.Roles) charge += ions[role].Charge;
        if (charge != 0) return false;
        var anion = 0.0;
        for (var role = Prototype.Cations; role < ions.Length; role++) anion = Math.Max(anion, ions[role].RadiusAngstrom);
        for (var role = 0; role < ions.Length; role++)
        {
            for (var other = 0; other < role; other++)
                if (ions[other].Element == ions[role].Element) return false;
            if (role >= Prototype.Cations) continue;
            var ratio = ions[role].RadiusAngstrom / anion;
            if (ratio < Prototype.MinRatio[role] || ratio > Prototype.MaxRatio[role]) return false;
        }
        return true;
    }

    /// <summary>The scale at which the tightest cation–anion contact equals the sum of its radii.</summary>
    static double StartScale(double[] lattice, Ion[] ions, double[] cartesian)
    {
        var reciprocal = Ewald.Reciprocal(lattice, out _);
        var scale = 0.0;
        foreach (var (first, second, distance) in PeriodicPairs.Within(lattice, reciprocal, cartesian, 1.5))
            if (ions[first].Charge > 0 && ions[second].Charge < 0)
                scale = Math.Max(scale, (ions[first].RadiusAngstrom + ions[second].RadiusAngstrom) / distance);
        return scale;
    }

    double StartScale(double[] lattice, Ion[] ions) => StartScale(lattice, ions, Cartesian(lattice, Prototype.Fractional));

    /// <summary>Uniform scaling of −2 to +3 % and a symmetric strain of at most 3 %, often much less.</summary>
    void Strain(double[] lattice)
    {
        Scale(lattice, 1 + Between(-0.02, 0.03));
        var strength = 0.03 * Uniform() * Uniform();
        double xx = Between(-1, 1) * strength, yy = Between(-1, 1) * strength, zz = Between(-1, 1) * strength;
        double xy = Between(-1, 1) * strength, xz = Between(-1, 1) * strength, yz = Between(-1, 1) * strength;
        for (var row = 0; row < 9; row += 3)
        {
            double x = lattice[row], y = lattice[row + 1], z = lattice[row + 2];
            lattice[row] = x + xx * x + xy * y + xz * z;
            lattice[row + 1] = y + xy * x + yy * y + yz * z;
            lattice[row + 2] = z + xz * x + yz * y + zz * z;
        }
    }

    /// <summary>Displaces every atom by up to 0.15 Å along each axis, often much less.</summary>
    double[] Displaced(double[] lattice)
    {
        var fractional = (double[])Prototype.Fractional.Clone();
        var reciprocal = Ewald.Reciprocal(lattice, out _);
        var amplitude = 0.15 * Uniform() * Uniform();
        for (var site = 0; site < fractional.Length; site += 3)
        {
            double x = Between(-amplitude, amplitude), y = Between(-amplitude, amplitude), z = Between(-amplitude, amplitude);
            for (var d = 0; d < 3; d++)
            {
                var moved = fractional[site + d] + x * reciprocal[3 * d] + y * reciprocal[3 * d + 1] + z * reciprocal[3 * d + 2];
                fractional[site + d] = moved - Math.Floor(moved);
            }
        }
        return fractional;
    }

    internal static double[] Cartesian(double[] lattice, double[] fractional)
    {
        var cartesian = new double[fractional.Length];
        for (var site = 0; site < fractional.Length; site += 3)
            for (var axis = 0; axis < 3; axis++)
                cartesian[site + axis] = fractional[site] * lattice[axis] + fractional[site + 1] * lattice[3 + axis] + fractional[site + 2] * lattice[6 + axis];
        return cartesian;
    }

    static void Scale(double[] lattice, double factor)
    {
        for (var i = 0; i < 9; i++) lattice[i] *= factor;
    }

    double Uniform() => KeyedOrder.UniformAt(_key, _drawn++);

    double Between(double low, double high) => low + (high - low) * Uniform();

    int Below(int count) => (int)(Uniform() * count);
}
