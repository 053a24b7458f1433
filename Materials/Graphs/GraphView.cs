namespace AtomSets.Materials;

/// <summary>
/// One crystal's graph, looked at where it lies: nothing is copied. Valid while its source is open.
/// </summary>
public readonly ref struct GraphView
{
    internal GraphView(ReadOnlySpan<int> atomicNumbers, ReadOnlySpan<int> edgeOffsets, ReadOnlySpan<int> neighbors, ReadOnlySpan<float> distances)
    {
        AtomicNumbers = atomicNumbers;
        EdgeOffsets = edgeOffsets;
        Neighbors = neighbors;
        Distances = distances;
    }

    /// <summary>[atoms]</summary>
    public ReadOnlySpan<int> AtomicNumbers { get; }

    /// <summary>[atoms + 1] the edges of centre i are <c>EdgeOffsets[i] … EdgeOffsets[i + 1] − 1</c>.</summary>
    public ReadOnlySpan<int> EdgeOffsets { get; }

    /// <summary>[edges] index of the atom at the other end, within this crystal; for each centre by ascending neighbour and image, or, where
    /// only the nearest are kept, by distance (see <see cref="GraphSettings.MaxNeighbors"/>).</summary>
    public ReadOnlySpan<int> Neighbors { get; }

    /// <summary>[edges] Å</summary>
    public ReadOnlySpan<float> Distances { get; }

    public int AtomCount => AtomicNumbers.Length;

    /// <summary>Directed edges: each bond counts twice.</summary>
    public int EdgeCount => Neighbors.Length;
}

/// <summary>Graphs by index: a prepared store or a list in memory. Safe to read from many threads.</summary>
public interface IGraphSource
{
    int Count { get; }

    /// <exception cref="ArgumentOutOfRangeException">No such graph.</exception>
    GraphView this[int index] { get; }

    /// <summary>Atoms and edges of a graph, without touching it.</summary>
    (int Atoms, int Edges) SizeOf(int index);
}
