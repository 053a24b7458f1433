using AtomSets.Materials;

namespace AtomSets.Models.Cgat;

/// <summary>
/// Atoms of one crystal that the network cannot tell apart: of one element and, shell for shell, with neighbours of the same classes. They have
/// the same values at every step, so that one of each class is computed.
/// </summary>
/// <remarks>
/// Found by colour refinement (B. Weisfeiler, A. Leman, 1968): an atom's colour is joined by those of its neighbours with their ranks, until no class
/// splits any more. Colours are 64-bit sums of mixed bits; two classes that differ meet in one colour with a probability of 1e-19 for each pair. Holds its buffers; for one thread.
/// </remarks>
sealed class AtomClasses
{
    ulong[] _colours = [], _next = [], _sorted = [];
    int[] _ranks = [];

    /// <summary>Class of each atom, numbered by their first atoms. Valid until the next call.</summary>
    public int[] Classes { get; private set; } = [];

    /// <summary>First atom of each class.</summary>
    public int[] Firsts { get; private set; } = [];

    /// <summary>Number of classes.</summary>
    public int Count { get; private set; }

    /// <summary>Rank of the shell of each edge, from 1.</summary>
    public ReadOnlySpan<int> Ranks => _ranks;

    /// <summary>Finds ranks and classes.</summary>
    /// <param name="graph">of nearest neighbours</param>
    /// <param name="toleranceAngstrom">A neighbour farther by more than this than the first of a shell begins the next shell.</param>
    /// <param name="direction">Messages go from the other end of an edge to this one.</param>
    /// <param name="merges">False: every atom is a class.</param>
    public void Find(GraphView graph, double toleranceAngstrom, CgatDirection direction, bool merges)
    {
        var atoms = graph.AtomCount;
        if (_colours.Length < atoms)
        {
            (_colours, _next, _sorted) = (new ulong[2 * atoms], new ulong[2 * atoms], new ulong[2 * atoms]);
            (Classes, Firsts) = (new int[2 * atoms], new int[2 * atoms]);
        }
        if (_ranks.Length < graph.EdgeCount) _ranks = new int[2 * graph.EdgeCount];
        for (var atom = 0; atom < atoms; atom++)
            Rank(graph.Distances[graph.EdgeOffsets[atom]..graph.EdgeOffsets[atom + 1]], toleranceAngstrom, _ranks.AsSpan(graph.EdgeOffsets[atom]));
        if (!merges)
        {
            for (var atom = 0; atom < atoms; atom++) Classes[atom] = Firsts[atom] = atom;
            Count = atoms;
            return;
        }
        for (var atom = 0; atom < atoms; atom++) _colours[atom] = Mix((ulong)graph.AtomicNumbers[atom]);
        for (var count = Different(atoms); ; count = Count)
        {
            Refine(graph, direction);
            (_colours, _next) = (_next, _colours);
            Count = Different(atoms);
            if (Count == count) break;
        }
        Number(atoms);
    }

    /// <summary>Ranks of one atom's neighbours. Those nearly as far come in the order of the list's own ties.</summary>
    /// <param name="distances">[n] Å, ascending but for ties</param>
    /// <param name="toleranceAngstrom">see <see cref="Find"/></param>
    /// <param name="ranks">[n]</param>
    internal static void Rank(ReadOnlySpan<float> distances, double toleranceAngstrom, Span<int> ranks)
    {
        // Ascending places: insertion, since the order is nearly right.
        Span<int> places = distances.Length <= 256 ? stackalloc int[distances.Length] : new int[distances.Length];
        for (var i = 0; i < distances.Length; i++)
        {
            var at = i;
            for (; at > 0 && distances[places[at - 1]] > distances[i]; at--) places[at] = places[at - 1];
            places[at] = i;
        }
        var (rank, shell) = (0, double.NegativeInfinity);
        foreach (var place in places)
        {
            if (distances[place] - shell > toleranceAngstrom) (rank, shell) = (rank + 1, distances[place]);
            ranks[place] = rank;
        }
    }

    void Refine(GraphView graph, CgatDirection direction)
    {
        ReadOnlySpan<int> offsets = graph.EdgeOffsets, neighbours = graph.Neighbors;
        Array.Clear(_next, 0, graph.AtomCount);
        for (var centre = 0; centre < graph.AtomCount; centre++)
        {
            for (var edge = offsets[centre]; edge < offsets[centre + 1]; edge++)
            {
                var (to, from) = direction == CgatDirection.Centre ? (centre, neighbours[edge]) : (neighbours[edge], centre);
                _next[to] += Mix(_colours[from] + (ulong)_ranks[edge] * 0x9E3779B97F4A7C15);
            }
        }
        for (var atom = 0; atom < graph.AtomCount; atom++) _next[atom] = Mix(_colours[atom] ^ Mix(_next[atom]));
    }

    int Different(int atoms)
    {
        var sorted = _sorted.AsSpan(0, atoms);
        _colours.AsSpan(0, atoms).CopyTo(sorted);
        sorted.Sort();
        var count = 1;
        for (var i = 1; i < atoms; i++) count += sorted[i] == sorted[i - 1] ? 0 : 1;
        return count;
    }

    void Number(int atoms)
    {
        Count = 0;
        for (var atom = 0; atom < atoms; atom++)
        {
            var known = 0;
            while (known < Count && _colours[Firsts[known]] != _colours[atom]) known++;
            if (known == Count) Firsts[Count++] = atom;
            Classes[atom] = known;
        }
    }

    /// <summary>SplitMix64's finaliser (G. L. Steele et al., OOPSLA 2014).</summary>
    static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
