using AtomSets.Materials;

namespace AtomSets.Core.Tests.Materials;

/// <summary>The definition, written down: every pair of atoms and every image in a range that is generous for any cell.</summary>
static class BruteForceNeighbors
{
    internal readonly record struct Edge(int Center, int Neighbor, int I, int J, int K, double Distance);

    internal static List<Edge> Find(Crystal crystal, double cutoff)
    {
        var l = crystal.Lattice.ToArray();
        var f = crystal.Fractional.ToArray();
        double[] Row(int r) => l[(3 * r)..(3 * r + 3)];
        static double[] Cross(double[] p, double[] q) => [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
        static double Norm(double[] p) => Math.Sqrt(p.Sum(v => v * v));
        var range = new int[3];
        for (var k = 0; k < 3; k++)
        {
            var spread = Enumerable.Range(0, crystal.AtomCount).Max(i => f[3 * i + k]) - Enumerable.Range(0, crystal.AtomCount).Min(i => f[3 * i + k]);
            range[k] = (int)Math.Ceiling(cutoff * Norm(Cross(Row((k + 1) % 3), Row((k + 2) % 3))) / crystal.Volume + spread);
        }
        var edges = new List<Edge>();
        for (var a = 0; a < crystal.AtomCount; a++)
            for (var b = 0; b < crystal.AtomCount; b++)
                for (var i = -range[0]; i <= range[0]; i++)
                    for (var j = -range[1]; j <= range[1]; j++)
                        for (var k = -range[2]; k <= range[2]; k++)
                        {
                            if (a == b && i == 0 && j == 0 && k == 0) continue;
                            var squared = 0.0;
                            for (var c = 0; c < 3; c++)
                            {
                                var d = (f[3 * b] + i - f[3 * a]) * l[c] + (f[3 * b + 1] + j - f[3 * a + 1]) * l[3 + c] + (f[3 * b + 2] + k - f[3 * a + 2]) * l[6 + c];
                                squared += d * d;
                            }
                            if (Math.Sqrt(squared) <= cutoff + 1e-8) edges.Add(new Edge(a, b, i, j, k, Math.Sqrt(squared)));
                        }
        return edges;
    }
}

/// <summary>Numbers for random cells, the same in every run.</summary>
sealed class CellNumbers(ulong seed)
{
    ulong _state = seed;

    internal double Next(double low, double high)
    {
        _state += 0x9E3779B97F4A7C15;
        var z = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return low + (high - low) * ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Any cell with these edge lengths whose volume is not absurdly small.</summary>
    internal Crystal Crystal(int atoms, double low, double high, double least = 0.05, double spread = 1)
    {
        while (true)
        {
            var lattice = new double[9];
            for (var r = 0; r < 3; r++)
            {
                var length = Next(low, high);
                var (cosine, angle) = (Next(-1, 1), Next(0, 2 * Math.PI));
                var sine = Math.Sqrt(1 - cosine * cosine);
                (lattice[3 * r], lattice[3 * r + 1], lattice[3 * r + 2]) = (length * sine * Math.Cos(angle), length * sine * Math.Sin(angle), length * cosine);
            }
            var numbers = new int[atoms];
            for (var i = 0; i < atoms; i++) numbers[i] = (int)Next(1, 90);
            var positions = new double[3 * atoms];
            for (var i = 0; i < positions.Length; i++) positions[i] = Next(0.5 - spread, 0.5 + spread);
            var l = lattice;
            var volume = Math.Abs(l[0] * (l[4] * l[8] - l[5] * l[7]) - l[1] * (l[3] * l[8] - l[5] * l[6]) + l[2] * (l[3] * l[7] - l[4] * l[6]));
            if (volume > least * low * low * low) return new Crystal(lattice, numbers, positions);
        }
    }
}
