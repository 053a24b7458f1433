using AtomSets.Materials;

namespace AtomSets.Core.Tests.Models;

/// <summary>α-Al₂O₃, rhombohedral cell of 10 atoms with hexagonal a = 4.8059 Å, c = 13.1183 Å, z(Al) = 0.35218, x(O) = 0.30615.</summary>
static class Corundum
{
    public static Crystal Create()
    {
        const double A = 4.8059, C = 13.1183, Z = 0.35218, X = 0.30615;
        // Obverse setting: rhombohedral vectors in terms of the hexagonal ones.
        var root = A * Math.Sqrt(3);
        double[] lattice = [A / 2, root / 6, C / 3, -A / 2, root / 6, C / 3, 0, -root / 3, C / 3];
        var numbers = new List<int>();
        var fractional = new List<double>();
        foreach (var z in new[] { Z, 0.5 - Z, 0.5 + Z, 1 - Z })
        {
            numbers.Add(13);
            fractional.AddRange([z, z, z]);
        }
        var u = 0.25 - X;
        foreach (var (a, b, c) in new[] { (0.5 - u, u, 0.25), (0.25, 0.5 - u, u), (u, 0.25, 0.5 - u) })
        {
            numbers.AddRange([8, 8]);
            fractional.AddRange([a, b, c, -a, -b, -c]);
        }
        return new Crystal(lattice, numbers.ToArray(), fractional.ToArray(), "corundum");
    }
}
