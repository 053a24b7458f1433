namespace AtomSets.Materials;

/// <summary>
/// Electrostatic potentials of point charges in a periodic, neutral cell: P. P. Ewald, Ann. Phys. 369, 253 (1921), doi:10.1002/andp.19213690304;
/// the convergence parameter balances both sums (J. W. Perram, H. G. Petersen, S. W. de Leeuw, Mol. Phys. 65, 875 (1988)).
/// </summary>
static class Ewald
{
    /// <summary>e²/(4πε₀) in eV Å.</summary>
    public const double CoulombEvAngstrom = 14.3996454784;

    // exp(−Reach²) = 1e-9: the part of either sum that is left out, relative to a nearest-neighbour term.
    const double Reach = 4.55;

    /// <summary>Potential at each site from all other charges, in V (= eV per e).</summary>
    /// <param name="lattice">[3 × 3] row vectors in Å.</param>
    /// <param name="cartesian">[sites × 3] in Å.</param>
    /// <param name="charges">[sites] in e; their sum must be 0.</param>
    public static double[] Potentials(ReadOnlySpan<double> lattice, ReadOnlySpan<double> cartesian, ReadOnlySpan<double> charges)
    {
        var n = charges.Length;
        var reciprocal = Reciprocal(lattice, out var volume);
        var alpha = Math.Sqrt(Math.PI) * Math.Pow(n / (volume * volume), 1.0 / 6);
        var potentials = new double[n];
        AddRealSpace(potentials, lattice, reciprocal, cartesian, charges, alpha);
        AddReciprocalSpace(potentials, lattice, reciprocal, cartesian, charges, alpha, volume);
        for (var i = 0; i < n; i++) potentials[i] = CoulombEvAngstrom * (potentials[i] - 2 * alpha / Math.Sqrt(Math.PI) * charges[i]);
        return potentials;
    }

    /// <summary>Energy of the cell in eV, from the potentials.</summary>
    public static double Energy(ReadOnlySpan<double> potentials, ReadOnlySpan<double> charges)
    {
        var sum = 0.0;
        for (var i = 0; i < charges.Length; i++) sum += charges[i] * potentials[i];
        return sum / 2;
    }

    /// <summary>Rows b* with a_i · b_j = δ_ij (no 2π).</summary>
    internal static double[] Reciprocal(ReadOnlySpan<double> m, out double volume)
    {
        double[] r =
        [
            m[4] * m[8] - m[5] * m[7], m[5] * m[6] - m[3] * m[8], m[3] * m[7] - m[4] * m[6],
            m[7] * m[2] - m[8] * m[1], m[8] * m[0] - m[6] * m[2], m[6] * m[1] - m[7] * m[0],
            m[1] * m[5] - m[2] * m[4], m[2] * m[3] - m[0] * m[5], m[0] * m[4] - m[1] * m[3],
        ];
        var determinant = m[0] * r[0] + m[1] * r[1] + m[2] * r[2];
        for (var i = 0; i < 9; i++) r[i] /= determinant;
        volume = Math.Abs(determinant);
        return r;
    }

    static void AddRealSpace(double[] potentials, ReadOnlySpan<double> lattice, double[] reciprocal, ReadOnlySpan<double> cartesian, ReadOnlySpan<double> charges, double alpha)
    {
        var pairs = PeriodicPairs.Within(lattice, reciprocal, cartesian, Reach / alpha);
        var terms = new double[pairs.Count];
        for (var p = 0; p < terms.Length; p++) terms[p] = alpha * pairs[p].Distance;
        ComplementaryError.Of(terms);
        for (var p = 0; p < terms.Length; p++) potentials[pairs[p].First] += terms[p] / pairs[p].Distance * charges[pairs[p].Second];
    }

    static void AddReciprocalSpace(
        double[] potentials, ReadOnlySpan<double> lattice, double[] reciprocal, ReadOnlySpan<double> cartesian, ReadOnlySpan<double> charges, double alpha, double volume)
    {
        var n = charges.Length;
        var cutoff = 2 * alpha * Reach;
        Span<int> most = stackalloc int[3];
        for (var d = 0; d < 3; d++) most[d] = (int)(cutoff * Length(lattice.Slice(3 * d, 3)) / (2 * Math.PI));
        var cos = new double[n];
        var sin = new double[n];
        for (var h = 0; h <= most[0]; h++)
            for (var k = -most[1]; k <= most[1]; k++)
                for (var l = -most[2]; l <= most[2]; l++)
                {
                    // Half of the space: G and −G give the same term.
                    if (h == 0 && (k < 0 || (k == 0 && l <= 0))) continue;
                    var gx = 2 * Math.PI * (h * reciprocal[0] + k * reciprocal[3] + l * reciprocal[6]);
                    var gy = 2 * Math.PI * (h * reciprocal[1] + k * reciprocal[4] + l * reciprocal[7]);
                    var gz = 2 * Math.PI * (h * reciprocal[2] + k * reciprocal[5] + l * reciprocal[8]);
                    var square = gx * gx + gy * gy + gz * gz;
                    if (square > cutoff * cutoff) continue;
                    double re = 0, im = 0;
                    for (var i = 0; i < n; i++)
                    {
                        (sin[i], cos[i]) = Math.SinCos(gx * cartesian[3 * i] + gy * cartesian[3 * i + 1] + gz * cartesian[3 * i + 2]);
                        re += charges[i] * cos[i];
                        im += charges[i] * sin[i];
                    }
                    var factor = 8 * Math.PI / volume * Math.Exp(-square / (4 * alpha * alpha)) / square;
                    for (var i = 0; i < n; i++) potentials[i] += factor * (re * cos[i] + im * sin[i]);
                }
    }

    static double Length(ReadOnlySpan<double> v) => Math.Sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}
