namespace AtomSets.Materials;

/// <summary>
/// Keeps the nearest neighbours of each atom, as CGCNN's graphs want them (T. Xie, J. C. Grossman, Phys. Rev. Lett. 120, 145301 (2018)).
/// </summary>
/// <remarks>
/// Symmetry makes several neighbours equally far, and often only some of them fit in. Distances that differ by rounding must not decide which: sorted
/// neighbours form shells, a new one beginning where the distance rises by more than <see cref="TieAngstrom"/>; within a shell the order is
/// by atomic number, then index of the atom in the cell, then image. What is kept therefore does not depend on the place of the cell's
/// origin, on rotations or on how often the cell is repeated, unless a cut goes between neighbours of one element on sites that differ: then the
/// order of the atoms decides. Holds its buffers; for one thread.
/// </remarks>
sealed class NearestNeighbors
{
    /// <summary>Raised whenever another neighbour would be kept; part of the name of a prepared store.</summary>
    internal const int Rule = 1;

    /// <summary>Neighbours nearer than this (Å) to the one before are equally far: coordinates in files are given to 6 to 8 digits.</summary>
    internal const double TieAngstrom = 1e-5;

    /// <summary>How much farther than the cutoff (Å) padded neighbours are.</summary>
    internal const double PaddingAngstrom = 1;

    int[] _order = [];
    int[] _places = [];

    /// <summary>Chooses among the edges of one centre.</summary>
    /// <param name="distances">[n] Å</param>
    /// <param name="neighbors">[n] atom at the other end; edges come by ascending atom and image.</param>
    /// <param name="atomicNumbers">Of every atom.</param>
    /// <param name="most">How many to keep.</param>
    /// <returns>Places of the kept edges, the nearest first; valid until the next call.</returns>
    internal ReadOnlySpan<int> Choose(ReadOnlySpan<double> distances, ReadOnlySpan<int> neighbors, ReadOnlySpan<int> atomicNumbers, int most)
    {
        var count = distances.Length;
        if (_order.Length < count) (_order, _places) = (new int[2 * count], new int[2 * count]);
        var order = _order.AsSpan(0, count);
        for (var i = 0; i < count; i++) order[i] = i;
        SortByDistance(order, distances);
        var kept = 0;
        for (var first = 0; first < count && kept < most;)
        {
            var last = first + 1;
            while (last < count && distances[order[last]] - distances[order[last - 1]] <= TieAngstrom) last++;
            SortShell(order[first..last], neighbors, atomicNumbers);
            for (; first < last && kept < most; first++) _places[kept++] = order[first];
            first = last;
        }
        return _places.AsSpan(0, kept);
    }

    // Places are distinct, so that the order is total and the same everywhere.
    static void SortByDistance(Span<int> order, ReadOnlySpan<double> distances)
    {
        Span<double> keys = distances.Length <= 512 ? stackalloc double[distances.Length] : new double[distances.Length];
        distances.CopyTo(keys);
        keys.Sort(order);
    }

    static void SortShell(Span<int> shell, ReadOnlySpan<int> neighbors, ReadOnlySpan<int> atomicNumbers)
    {
        // Shells are small: insertion. Places ascend with atom and image.
        for (var i = 1; i < shell.Length; i++)
        {
            var place = shell[i];
            var number = atomicNumbers[neighbors[place]];
            var at = i;
            for (; at > 0; at--)
            {
                var before = shell[at - 1];
                var other = atomicNumbers[neighbors[before]];
                if (other < number || (other == number && before < place)) break;
                shell[at] = before;
            }
            shell[at] = place;
        }
    }
}
