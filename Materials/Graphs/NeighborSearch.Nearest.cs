namespace AtomSets.Materials;

/// <summary>Graphs in which each atom keeps its nearest neighbours.</summary>
sealed partial class NeighborSearch
{
    readonly NearestNeighbors _nearest = new();
    int[] _keptHits = [], _keptNeighbors = [];
    double[] _keptDistances = [];

    /// <summary>Finds the edges that the settings want.</summary>
    /// <exception cref="InputException">The cutoff spans so many cells that the pairs would not fit into memory.</exception>
    internal void Run(Crystal crystal, GraphSettings settings)
    {
        Run(crystal.Lattice, crystal.Fractional, settings.CutoffAngstrom);
        if (settings.MaxNeighbors > 0)
            KeepNearest(crystal.AtomicNumbers, settings.MaxNeighbors, settings.PadsNeighbors ? settings.CutoffAngstrom + NearestNeighbors.PaddingAngstrom : 0);
    }

    /// <param name="atomicNumbers">[atoms]</param>
    /// <param name="most">Edges that each centre keeps.</param>
    /// <param name="paddingAngstrom">Distance of the edges to atom 0 that fill short lists; 0: lists stay short.</param>
    void KeepNearest(ReadOnlySpan<int> atomicNumbers, int most, double paddingAngstrom)
    {
        var room = paddingAngstrom > 0 ? checked(_atoms * most) : _edges;
        Grow(ref _keptHits, room);
        Grow(ref _keptNeighbors, room);
        Grow(ref _keptDistances, room);
        var (edge, begin) = (0, 0);
        for (var center = 0; center < _atoms; center++)
        {
            var end = _offsets[center + 1];
            var kept = _nearest.Choose(_distances.AsSpan(begin, end - begin), _neighbors.AsSpan(begin, end - begin), atomicNumbers, most);
            foreach (var place in kept)
            {
                _keptHits[edge] = _hits[begin + place];
                _keptNeighbors[edge] = _neighbors[begin + place];
                _keptDistances[edge++] = _distances[begin + place];
            }
            for (var missing = most - kept.Length; paddingAngstrom > 0 && missing > 0; missing--)
            {
                _keptHits[edge] = _home[0];
                _keptNeighbors[edge] = 0;
                _keptDistances[edge++] = paddingAngstrom;
            }
            begin = end;
            _offsets[center + 1] = edge;
        }
        (_hits, _keptHits) = (_keptHits, _hits);
        (_neighbors, _keptNeighbors) = (_keptNeighbors, _neighbors);
        (_distances, _keptDistances) = (_keptDistances, _distances);
        _edges = edge;
    }
}
