namespace AtomSets.Materials;

/// <summary>The graph of one crystal, in memory. An atom without any neighbour is no error: its edge range is empty.</summary>
public sealed class CrystalGraph
{
    readonly int[] _atomicNumbers;
    readonly int[] _edgeOffsets;
    readonly int[] _neighbors;
    readonly float[] _distances;

    CrystalGraph(int[] atomicNumbers, int[] edgeOffsets, int[] neighbors, float[] distances)
    {
        _atomicNumbers = atomicNumbers;
        _edgeOffsets = edgeOffsets;
        _neighbors = neighbors;
        _distances = distances;
    }

    public GraphView View => new(_atomicNumbers, _edgeOffsets, _neighbors, _distances);

    public int AtomCount => _atomicNumbers.Length;

    public int EdgeCount => _neighbors.Length;

    /// <exception cref="InputException">The cutoff spans too many images of the cell.</exception>
    public static CrystalGraph Build(Crystal crystal, GraphSettings settings)
    {
        ArgumentNullException.ThrowIfNull(crystal);
        ArgumentNullException.ThrowIfNull(settings);
        var search = NeighborSearch.Shared;
        search.Run(crystal, settings);
        var distances = new float[search.EdgeCount];
        Narrow(search.Distances, distances);
        return new CrystalGraph(crystal.AtomicNumbers.ToArray(), search.Offsets.ToArray(), search.Neighbors.ToArray(), distances);
    }

    /// <summary>A graph whose edges are given, for molecules in which all pairs are bonds and for tests.</summary>
    /// <param name="atomicNumbers">[atoms]</param>
    /// <param name="edgeOffsets">[atoms + 1], ascending from 0 to the number of edges.</param>
    /// <param name="neighbors">[edges]</param>
    /// <param name="distancesAngstrom">[edges]</param>
    /// <exception cref="ArgumentException">Lengths, offsets or indices that do not fit together.</exception>
    public static CrystalGraph FromEdges(
        ReadOnlySpan<int> atomicNumbers, ReadOnlySpan<int> edgeOffsets, ReadOnlySpan<int> neighbors, ReadOnlySpan<float> distancesAngstrom)
    {
        if (edgeOffsets.Length != atomicNumbers.Length + 1 || edgeOffsets[0] != 0 || edgeOffsets[^1] != neighbors.Length)
            throw new ArgumentException("edge offsets run from 0 to the number of edges, one more than there are atoms", nameof(edgeOffsets));
        if (distancesAngstrom.Length != neighbors.Length) throw new ArgumentException("one distance per edge", nameof(distancesAngstrom));
        for (var i = 0; i < atomicNumbers.Length; i++)
            if (edgeOffsets[i + 1] < edgeOffsets[i])
                throw new ArgumentException("edge offsets ascend", nameof(edgeOffsets));
        foreach (var neighbor in neighbors)
            if ((uint)neighbor >= (uint)atomicNumbers.Length)
                throw new ArgumentException($"neighbour {neighbor} of {atomicNumbers.Length} atoms", nameof(neighbors));
        return new CrystalGraph(atomicNumbers.ToArray(), edgeOffsets.ToArray(), neighbors.ToArray(), distancesAngstrom.ToArray());
    }

    internal static void Narrow(ReadOnlySpan<double> from, Span<float> to)
    {
        for (var i = 0; i < from.Length; i++) to[i] = (float)from[i];
    }
}

/// <summary>Graphs kept in memory, for a handful of structures to predict.</summary>
public sealed class GraphList(IReadOnlyList<CrystalGraph> graphs) : IGraphSource
{
    public int Count => graphs.Count;

    public GraphView this[int index] => graphs[index].View;

    public (int Atoms, int Edges) SizeOf(int index) => (graphs[index].AtomCount, graphs[index].EdgeCount);
}
