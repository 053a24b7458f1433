namespace AtomSets.Materials;

/// <summary>Positions in Å to positions in units of the cell vectors.</summary>
static class CartesianCoordinates
{
    /// <param name="lattice">[3 × 3] rows in Å, checked.</param>
    /// <param name="positions">[atoms × 3], changed in place.</param>
    internal static void ToFractional(ReadOnlySpan<double> lattice, Span<double> positions)
    {
        var m = lattice;
        // Columns of the inverse: b×c, c×a and a×b over the signed volume.
        Span<double> inverse =
        [
            m[4] * m[8] - m[5] * m[7], m[7] * m[2] - m[8] * m[1], m[1] * m[5] - m[2] * m[4],
            m[5] * m[6] - m[3] * m[8], m[8] * m[0] - m[6] * m[2], m[2] * m[3] - m[0] * m[5],
            m[3] * m[7] - m[4] * m[6], m[6] * m[1] - m[7] * m[0], m[0] * m[4] - m[1] * m[3],
        ];
        var volume = m[0] * inverse[0] + m[1] * inverse[3] + m[2] * inverse[6];
        for (var i = 0; i < positions.Length; i += 3)
        {
            var (x, y, z) = (positions[i], positions[i + 1], positions[i + 2]);
            for (var k = 0; k < 3; k++) positions[i + k] = (x * inverse[k] + y * inverse[3 + k] + z * inverse[6 + k]) / volume;
        }
    }
}
