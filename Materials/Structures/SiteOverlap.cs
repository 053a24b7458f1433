namespace AtomSets.Materials;

/// <summary>Two atoms that lie on top of each other, and how far apart they are.</summary>
readonly record struct OverlappingSites(int First, int Second, double DistanceAngstrom);

/// <summary>Finds atoms that cannot both be real: no two nuclei come closer than <see cref="LimitAngstrom"/>.</summary>
static class SiteOverlap
{
    /// <summary>The shortest bond there is (H–H) has 0.74 Å; anything below this is a mistake in the file.</summary>
    internal const double LimitAngstrom = 0.1;

    const int PairwiseLimit = 1500;

    /// <returns>The first such pair in the order of atoms, or null.</returns>
    internal static OverlappingSites? Find(ReadOnlySpan<double> lattice, ReadOnlySpan<double> fractional)
    {
        var atoms = fractional.Length / 3;
        if (atoms < 2) return null;
        Span<double> spacing = stackalloc double[3];
        LatticePlanes.Spacings(lattice, spacing);
        var smallest = Math.Min(spacing[0], Math.Min(spacing[1], spacing[2]));
        if (atoms > PairwiseLimit || smallest <= 2.5 * LimitAngstrom) return FindByNeighbours(lattice, fractional, atoms);

        // With planes further apart than twice the limit only the nearest image can be within it, component by component.
        var (limitU, limitV, limitW) = (LimitAngstrom / spacing[0], LimitAngstrom / spacing[1], LimitAngstrom / spacing[2]);
        for (var i = 0; i < atoms; i++)
        {
            var (fu, fv, fw) = (fractional[3 * i], fractional[3 * i + 1], fractional[3 * i + 2]);
            for (var j = i + 1; j < atoms; j++)
            {
                var u = fractional[3 * j] - fu;
                u -= Math.Round(u);
                if (Math.Abs(u) > limitU) continue;
                var v = fractional[3 * j + 1] - fv;
                v -= Math.Round(v);
                if (Math.Abs(v) > limitV) continue;
                var w = fractional[3 * j + 2] - fw;
                w -= Math.Round(w);
                if (Math.Abs(w) > limitW) continue;
                var squared = 0.0;
                for (var k = 0; k < 3; k++)
                {
                    var d = u * lattice[k] + v * lattice[3 + k] + w * lattice[6 + k];
                    squared += d * d;
                }
                if (squared <= LimitAngstrom * LimitAngstrom) return new OverlappingSites(i, j, Math.Sqrt(squared));
            }
        }
        return null;
    }

    static OverlappingSites? FindByNeighbours(ReadOnlySpan<double> lattice, ReadOnlySpan<double> fractional, int atoms)
    {
        var search = new NeighborSearch();
        search.Run(lattice, fractional, LimitAngstrom);
        for (var i = 0; i < atoms; i++)
            for (var edge = search.Offsets[i]; edge < search.Offsets[i + 1]; edge++)
                if (search.Neighbors[edge] > i)
                    return new OverlappingSites(i, search.Neighbors[edge], search.Distances[edge]);
        return null;
    }
}
