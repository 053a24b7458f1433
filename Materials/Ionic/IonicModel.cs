namespace AtomSets.Materials;

/// <summary>Properties of one synthetic crystal; see <see cref="IonicModel"/> for the formulas.</summary>
readonly record struct IonicProperties(double LatticeEnergyEvAtom, double KapustinskiiEvAtom, double GapLikeEv, double StiffnessLikeGpa);

/// <summary>
/// The physical model behind the set <c>ionic</c>. Formal charges z and Shannon's crystal radii r; lengths in Å, energies in eV.
/// <para>Lattice energy: E = ½ Σ z_i φ_i + ½ Σ' 0.13 |z_i z_j| exp((r_i + r_j − d_ij) / ρ_ij), the Madelung energy (Ewald) and a Born–Mayer repulsion
/// in the form of F. G. Fumi and M. P. Tosi, J. Phys. Chem. Solids 25, 31 (1964); its strength is chosen so that NaCl has its lattice constant and is
/// scaled with the charges so that contacts stay near the sum of the radii; ρ_ij = ρ_i + ρ_j grows with the sizes of the ions.</para>
/// <para>Kapustinskii level: E = −12.463 Σ z_i² / ⟨d⟩ · (1 − 0.345 / ⟨d⟩), Glasser's form for any stoichiometry (Inorg. Chem. 34, 4935 (1995)), with ⟨d⟩
/// the z²-weighted mean of every ion's shortest cation–anion contact.</para>
/// <para>Stiffness: V E″(V) of the pair model under uniform scaling of the crystal as it is.</para>
/// <para>Gap: √(E_h² + C²) − W, not below 0: E_h = 39.74 d^−2.48 (J. C. Phillips, J. A. Van Vechten, Phys. Rev. Lett. 22, 705 (1969)) with d the mean shortest
/// contact of the cations; C = 2.2 Δχ + 0.12 Δφ/z̄ from Pauling electronegativities and the difference of the mean site potentials;
/// W = 1.5 ⟨exp(2 r_X − d_XX)⟩ for the overlap of anions (effective radii). The constants are chosen, not fitted: these are synthetic values.</para>
/// </summary>
static class IonicModel
{
    const double RepulsionEv = 0.13;
    const double GpaPerEvCubicAngstrom = 160.21766;
    const double RepulsionCutoff = 8;

    /// <summary>Factor by which the cell must be scaled to lie at the minimum of its energy.</summary>
    /// <param name="lattice">[3 × 3] in Å.</param>
    /// <param name="cartesian">[sites × 3] in Å.</param>
    /// <param name="ions">[sites]</param>
    public static double EquilibriumScale(ReadOnlySpan<double> lattice, ReadOnlySpan<double> cartesian, Ion[] ions)
    {
        var charges = Array.ConvertAll(ions, ion => (double)ion.Charge);
        var reciprocal = Ewald.Reciprocal(lattice, out _);
        var madelung = Ewald.Energy(Ewald.Potentials(lattice, cartesian, charges), charges);
        var pairs = PeriodicPairs.Within(lattice, reciprocal, cartesian, RepulsionCutoff);
        // Newton's method on dE/ds, kept between bounds: repulsion wins below, attraction above.
        double low = 0.6, high = 1.8, scale = 1;
        for (var step = 0; step < 60; step++)
        {
            var repulsion = Repulsion(pairs, ions, scale);
            var slope = -madelung / (scale * scale) + repulsion.Slope;
            var curvature = 2 * madelung / (scale * scale * scale) + repulsion.Curvature;
            if (slope < 0) low = scale;
            else high = scale;
            var next = scale - slope / curvature;
            if (!(curvature > 0 && next > low && next < high)) next = (low + high) / 2;
            if (Math.Abs(next - scale) < 1e-11) return next;
            scale = next;
        }
        return scale;
    }

    /// <summary>All properties of the crystal as it is.</summary>
    public static IonicProperties Properties(ReadOnlySpan<double> lattice, ReadOnlySpan<double> cartesian, Ion[] ions)
    {
        var n = ions.Length;
        var charges = Array.ConvertAll(ions, ion => (double)ion.Charge);
        var reciprocal = Ewald.Reciprocal(lattice, out var volume);
        var potentials = Ewald.Potentials(lattice, cartesian, charges);
        var madelung = Ewald.Energy(potentials, charges);
        var pairs = PeriodicPairs.Within(lattice, reciprocal, cartesian, RepulsionCutoff);
        var repulsion = Repulsion(pairs, ions, 1);
        // At scale s the energy is madelung/s + repulsion(s).
        var slope = -madelung + repulsion.Slope;
        var curvature = 2 * madelung + repulsion.Curvature;
        return new IonicProperties(
            (madelung + repulsion.Energy) / n,
            Kapustinskii(pairs, ions) / n,
            Gap(pairs, ions, potentials),
            (curvature - 2 * slope) / (9 * volume) * GpaPerEvCubicAngstrom);
    }

    static (double Energy, double Slope, double Curvature) Repulsion(List<PeriodicPair> pairs, Ion[] ions, double scale)
    {
        double energy = 0, slope = 0, curvature = 0;
        foreach (var (first, second, distance) in pairs)
        {
            Ion a = ions[first], b = ions[second];
            var softness = a.SoftnessAngstrom + b.SoftnessAngstrom;
            var term = 0.5 * RepulsionEv * Math.Abs(a.Charge * b.Charge) * Math.Exp((a.CrystalRadiusAngstrom + b.CrystalRadiusAngstrom - scale * distance) / softness);
            var rate = distance / softness;
            energy += term;
            slope -= term * rate;
            curvature += term * rate * rate;
        }
        return (energy, slope, curvature);
    }

    static double Kapustinskii(List<PeriodicPair> pairs, Ion[] ions)
    {
        var contacts = ShortestContacts(pairs, ions, unlike: true);
        double weights = 0, weighted = 0;
        for (var i = 0; i < ions.Length; i++)
        {
            var weight = (double)ions[i].Charge * ions[i].Charge;
            weights += weight;
            weighted += weight * contacts[i];
        }
        var mean = weighted / weights;
        return -12.463 * weights / mean * (1 - 0.345 / mean);
    }

    static double Gap(List<PeriodicPair> pairs, Ion[] ions, double[] potentials)
    {
        var contacts = ShortestContacts(pairs, ions, unlike: true);
        var same = ShortestContacts(pairs, ions, unlike: false);
        int cations = 0, anions = 0;
        double contact = 0, potentialDifference = 0, charge = 0, cationChi = 0, anionChi = 0, width = 0;
        for (var i = 0; i < ions.Length; i++)
            if (ions[i].Charge > 0) cations++;
            else anions++;
        for (var i = 0; i < ions.Length; i++)
        {
            charge += Math.Abs(ions[i].Charge) / (double)ions.Length;
            if (ions[i].Charge > 0)
            {
                contact += contacts[i] / cations;
                cationChi += ions[i].Electronegativity / cations;
                potentialDifference -= potentials[i] / cations;
            }
            else
            {
                anionChi += ions[i].Electronegativity / anions;
                potentialDifference += potentials[i] / anions;
                width += Math.Exp(2 * ions[i].RadiusAngstrom - same[i]) / anions;
            }
        }
        var homopolar = 39.74 * Math.Pow(contact, -2.48);
        var ionic = 2.2 * (anionChi - cationChi) + 0.12 * potentialDifference / charge;
        return Math.Max(0, Math.Sqrt(homopolar * homopolar + ionic * ionic) - 1.5 * width);
    }

    static double[] ShortestContacts(List<PeriodicPair> pairs, Ion[] ions, bool unlike)
    {
        var shortest = new double[ions.Length];
        Array.Fill(shortest, RepulsionCutoff);
        foreach (var (first, second, distance) in pairs)
            if (Math.Sign(ions[first].Charge) != Math.Sign(ions[second].Charge) == unlike && distance < shortest[first]) shortest[first] = distance;
        return shortest;
    }
}
