namespace AtomSets.Materials;

/// <summary>
/// The directed pairs (centre, neighbour, image) of a crystal within a cutoff, after MEGNet's convention (C. Chen et al., Chem. Mater. 31, 3564
/// (2019)): distances up to cutoff + 1e-8 Å count, the pair of an atom with itself is left out, an atom and its own periodic image are kept, and
/// the number of neighbours has no limit. Sorted by centre, then neighbour, then image.
/// </summary>
public sealed class NeighborList
{
    readonly int[] _offsets;
    readonly int[] _neighbors;
    readonly double[] _distances;
    readonly int[] _images;

    NeighborList(NeighborSearch search, bool withImages)
    {
        _offsets = search.Offsets.ToArray();
        _neighbors = search.Neighbors.ToArray();
        _distances = search.Distances.ToArray();
        _images = [];
        if (!withImages) return;
        _images = new int[3 * search.EdgeCount];
        search.CopyImages(_images);
    }

    /// <summary>[atoms + 1] the edges of centre i are <c>EdgeOffsets[i] … EdgeOffsets[i + 1] − 1</c>.</summary>
    public ReadOnlySpan<int> EdgeOffsets => _offsets;

    /// <summary>[edges] index of the neighbour.</summary>
    public ReadOnlySpan<int> Neighbors => _neighbors;

    /// <summary>[edges] distance in Å.</summary>
    public ReadOnlySpan<double> Distances => _distances;

    /// <summary>
    /// [edges × 3] the neighbour sits at its fractional coordinates as given plus these lattice steps; empty unless asked for.
    /// </summary>
    public ReadOnlySpan<int> Images => _images;

    public int EdgeCount => _neighbors.Length;

    /// <summary>Finds the pairs; safe to call from many threads.</summary>
    /// <param name="crystal">Any cell: skewed, smaller or far larger than the cutoff.</param>
    /// <param name="cutoffAngstrom">Positive.</param>
    /// <param name="withImages">Also keep <see cref="Images"/>.</param>
    /// <exception cref="InputException">The pairs would not fit into memory.</exception>
    public static NeighborList Build(Crystal crystal, double cutoffAngstrom, bool withImages = false)
    {
        ArgumentNullException.ThrowIfNull(crystal);
        var search = NeighborSearch.Shared;
        search.Run(crystal.Lattice, crystal.Fractional, cutoffAngstrom);
        return new NeighborList(search, withImages);
    }
}
