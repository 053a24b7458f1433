namespace AtomSets.Materials;

/// <summary>Geometry of a cell's faces.</summary>
static class LatticePlanes
{
    /// <summary>
    /// Distances between opposite faces of the cell, in Å: a sphere of radius r around a point reaches r / spacing cells along that axis,
    /// however skewed the cell is.
    /// </summary>
    internal static void Spacings(ReadOnlySpan<double> lattice, Span<double> spacing)
    {
        var l = lattice;
        var volume = Math.Abs(
            l[0] * (l[4] * l[8] - l[5] * l[7]) - l[1] * (l[3] * l[8] - l[5] * l[6]) + l[2] * (l[3] * l[7] - l[4] * l[6]));
        for (var k = 0; k < 3; k++)
        {
            var p = l.Slice(3 * ((k + 1) % 3), 3);
            var q = l.Slice(3 * ((k + 2) % 3), 3);
            var (x, y, z) = (p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]);
            spacing[k] = volume / Math.Sqrt(x * x + y * y + z * z);
        }
    }
}
