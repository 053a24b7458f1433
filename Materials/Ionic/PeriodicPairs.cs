namespace AtomSets.Materials;

/// <summary>A directed pair of sites, the second possibly in another cell.</summary>
readonly record struct PeriodicPair(int First, int Second, double Distance);

/// <summary>All pairs of sites of a small cell within a distance, without any tolerance for coinciding sites (they are skipped).</summary>
static class PeriodicPairs
{
    public static List<PeriodicPair> Within(ReadOnlySpan<double> lattice, ReadOnlySpan<double> reciprocal, ReadOnlySpan<double> cartesian, double cutoff)
    {
        var n = cartesian.Length / 3;
        var pairs = new List<PeriodicPair>(64 * n);
        Span<double> inverse = stackalloc double[3];
        for (var d = 0; d < 3; d++)
            inverse[d] = cutoff * Math.Sqrt(reciprocal[3 * d] * reciprocal[3 * d] + reciprocal[3 * d + 1] * reciprocal[3 * d + 1] + reciprocal[3 * d + 2] * reciprocal[3 * d + 2]);
        Span<double> offset = stackalloc double[3];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++)
            {
                double dx = cartesian[3 * j] - cartesian[3 * i], dy = cartesian[3 * j + 1] - cartesian[3 * i + 1], dz = cartesian[3 * j + 2] - cartesian[3 * i + 2];
                for (var d = 0; d < 3; d++) offset[d] = dx * reciprocal[3 * d] + dy * reciprocal[3 * d + 1] + dz * reciprocal[3 * d + 2];
                for (var a = (int)Math.Ceiling(-inverse[0] - offset[0]); a <= inverse[0] - offset[0]; a++)
                    for (var b = (int)Math.Ceiling(-inverse[1] - offset[1]); b <= inverse[1] - offset[1]; b++)
                        for (var c = (int)Math.Ceiling(-inverse[2] - offset[2]); c <= inverse[2] - offset[2]; c++)
                        {
                            var x = dx + a * lattice[0] + b * lattice[3] + c * lattice[6];
                            var y = dy + a * lattice[1] + b * lattice[4] + c * lattice[7];
                            var z = dz + a * lattice[2] + b * lattice[5] + c * lattice[8];
                            var square = x * x + y * y + z * z;
                            if (square <= cutoff * cutoff && square > 1e-12) pairs.Add(new PeriodicPair(i, j, Math.Sqrt(square)));
                        }
            }
        return pairs;
    }
}
