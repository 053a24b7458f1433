using AtomSets.Materials;

namespace AtomSets.Models.MegNet;

/// <summary>Graphs of several materials, concatenated: bonds sorted by their centre atom, atoms by material.</summary>
/// <remarks>Every list grows to its largest use and is then reused: filling makes no garbage after warm-up.</remarks>
public sealed class MegNetBatch : IBatch
{
    Buffer<int> _atomicNumbers, _atomGraphs, _centres, _neighbours, _bondGraphs, _lengths, _bondsByAtom, _bondsByGraph, _atomsByGraph, _states;
    Buffer<float> _distances, _multiplicities, _degrees, _amounts;
    Buffer<int> _species, _speciesByAtom;
    readonly DistinctDistances _distinct = new();
    readonly int _elements;
    readonly int _stateKinds;
    readonly bool _mergesEqualBonds;

    /// <summary>An empty batch for models that know atomic numbers below <paramref name="elements"/> and states below
    /// <paramref name="stateKinds"/> (0: no states).</summary>
    /// <param name="elements">Rows of the element table.</param>
    /// <param name="stateKinds">Rows of the state table.</param>
    /// <param name="mergesEqualBonds">Keeps bonds of one atom to images of the same neighbour at the same distance once, with their number:
    /// without dropout the network cannot tell them apart.</param>
    public MegNetBatch(int elements, int stateKinds, bool mergesEqualBonds = true)
    {
        _mergesEqualBonds = mergesEqualBonds;
        _elements = elements;
        _stateKinds = stateKinds;
        Clear();
    }

    /// <inheritdoc/>
    public int Count => _atomsByGraph.Count - 1;

    /// <summary>Atoms of all materials, N.</summary>
    public int Atoms => _atomicNumbers.Count;

    /// <summary>Directed bonds of all materials that are told apart, E.</summary>
    public int Bonds => _neighbours.Count;

    /// <summary>Row of the element table of each atom [N].</summary>
    public ReadOnlySpan<int> AtomicNumbers => _atomicNumbers.Span;

    /// <summary>Whether a site is shared by several elements or partly vacant; then the species below say what the sites hold.</summary>
    public bool IsDisordered { get; private set; }

    /// <summary>Rows of the element table that the sites hold, site by site [S ≥ N]; one whole atom of an ordered site.</summary>
    public ReadOnlySpan<int> Species => _species.Span;

    /// <summary>Occupancy of each of the <see cref="Species"/> [S].</summary>
    public ReadOnlySpan<float> Amounts => _amounts.Span;

    /// <summary>First of each site's <see cref="Species"/>, and their number [N + 1].</summary>
    public ReadOnlySpan<int> SpeciesByAtom => _speciesByAtom.Span;

    /// <summary>Material of each atom [N].</summary>
    public ReadOnlySpan<int> AtomGraphs => _atomGraphs.Span;

    /// <summary>Centre atom of each bond [E], ascending.</summary>
    public ReadOnlySpan<int> Centres => _centres.Span;

    /// <summary>The other atom of each bond [E].</summary>
    public ReadOnlySpan<int> Neighbours => _neighbours.Span;

    /// <summary>How many bonds each one stands for [E].</summary>
    public ReadOnlySpan<float> Multiplicities => _multiplicities.Span;

    /// <summary>How many bonds each atom has, merged ones counted [N].</summary>
    public ReadOnlySpan<float> Degrees => _degrees.Span;

    /// <summary>Material of each bond [E].</summary>
    public ReadOnlySpan<int> BondGraphs => _bondGraphs.Span;

    /// <summary>Different bond lengths of each material, in Å: symmetric bonds share one [D ≤ E].</summary>
    public ReadOnlySpan<float> Distances => _distances.Span;

    /// <summary>Row of <see cref="Distances"/> of each bond [E].</summary>
    public ReadOnlySpan<int> Lengths => _lengths.Span;

    /// <summary>First bond of each atom, and the number of bonds [N + 1].</summary>
    public ReadOnlySpan<int> BondsByAtom => _bondsByAtom.Span;

    /// <summary>First bond of each material, and the number of bonds [Count + 1].</summary>
    public ReadOnlySpan<int> BondsByGraph => _bondsByGraph.Span;

    /// <summary>First atom of each material, and the number of atoms [Count + 1].</summary>
    public ReadOnlySpan<int> AtomsByGraph => _atomsByGraph.Span;

    /// <summary>Global state of each material [Count].</summary>
    public ReadOnlySpan<int> States => _states.Span;

    /// <summary>Empties the batch and keeps its memory.</summary>
    public void Clear()
    {
        _atomicNumbers.Clear();
        _atomGraphs.Clear();
        _centres.Clear();
        _neighbours.Clear();
        _bondGraphs.Clear();
        _distances.Clear();
        _lengths.Clear();
        _multiplicities.Clear();
        _degrees.Clear();
        _states.Clear();
        _species.Clear();
        _amounts.Clear();
        IsDisordered = false;
        StartOffsets(ref _speciesByAtom);
        StartOffsets(ref _bondsByAtom);
        StartOffsets(ref _bondsByGraph);
        StartOffsets(ref _atomsByGraph);
    }

    /// <summary>Appends the graph of one material.</summary>
    /// <param name="graph">Its atoms' numbers are rows of the element table.</param>
    /// <param name="state">Global state, for models with states.</param>
    /// <param name="sites">Who shares the graph's sites; null: each holds one whole atom.</param>
    /// <returns>Null, or why the model cannot take this material; then nothing was added.</returns>
    public string? Add(GraphView graph, int state = 0, SiteOccupancies? sites = null)
    {
        var atomicNumbers = graph.AtomicNumbers;
        var bondOffsets = graph.EdgeOffsets;
        var neighbours = graph.Neighbors;
        var distances = graph.Distances;
        if (ProblemWith(atomicNumbers, state) is { } problem) return problem;
        if (sites is not null && ProblemWith(sites.AtomicNumbers, state) is { } shared) return shared;
        AddSpecies(atomicNumbers, sites);
        var number = Count;
        var firstAtom = Atoms;
        var firstBond = Bonds;
        atomicNumbers.CopyTo(_atomicNumbers.Extend(atomicNumbers.Length));
        _atomGraphs.Extend(atomicNumbers.Length).Fill(number);
        var firstLength = _distances.Count;
        var lengths = _lengths.Extend(distances.Length);
        var found = _distinct.Find(distances, _distances.Extend(distances.Length), lengths, firstLength);
        _distances.Truncate(firstLength + found);
        var others = _neighbours.Extend(distances.Length);
        var centres = _centres.Extend(distances.Length);
        var counts = _multiplicities.Extend(distances.Length);
        var degrees = _degrees.Extend(atomicNumbers.Length);
        var ends = _bondsByAtom.Extend(atomicNumbers.Length);
        var kept = 0;
        for (var i = 0; i < atomicNumbers.Length; i++)
        {
            var run = kept; // first bond to the present neighbour
            for (var k = bondOffsets[i]; k < bondOffsets[i + 1]; k++)
            {
                if (k > bondOffsets[i] && neighbours[k] != neighbours[k - 1]) run = kept;
                var same = _mergesEqualBonds ? lengths[run..kept].IndexOf(lengths[k]) : -1;
                if (same >= 0)
                {
                    counts[run + same]++;
                    continue;
                }
                lengths[kept] = lengths[k];
                others[kept] = firstAtom + neighbours[k];
                centres[kept] = firstAtom + i;
                counts[kept++] = 1;
            }
            degrees[i] = bondOffsets[i + 1] - bondOffsets[i];
            ends[i] = firstBond + kept;
        }
        _lengths.Truncate(firstBond + kept);
        _neighbours.Truncate(firstBond + kept);
        _centres.Truncate(firstBond + kept);
        _multiplicities.Truncate(firstBond + kept);
        _bondGraphs.Extend(kept).Fill(number);
        _bondsByGraph.Extend(1)[0] = Bonds;
        _atomsByGraph.Extend(1)[0] = Atoms;
        _states.Extend(1)[0] = state;
        return null;
    }

    void AddSpecies(ReadOnlySpan<int> atomicNumbers, SiteOccupancies? sites)
    {
        IsDisordered |= sites is not null;
        var first = _species.Count;
        (sites is null ? atomicNumbers : sites.AtomicNumbers).CopyTo(_species.Extend(sites?.AtomicNumbers.Length ?? atomicNumbers.Length));
        var amounts = _amounts.Extend(_species.Count - first);
        for (var i = 0; i < amounts.Length; i++) amounts[i] = sites is null ? 1 : (float)sites.Amounts[i];
        var ends = _speciesByAtom.Extend(atomicNumbers.Length);
        for (var i = 0; i < ends.Length; i++) ends[i] = first + (sites is null ? i + 1 : sites.Offsets[i + 1]);
    }

    /// <summary>Why the model cannot take a material of these elements and this state, or null.</summary>
    public string? ProblemWith(ReadOnlySpan<int> atomicNumbers, int state)
    {
        foreach (var number in atomicNumbers)
            if (number <= 0 || number >= _elements)
                return $"atomic number {number} is outside this model's element table, 1 to {_elements - 1}";
        return _stateKinds > 0 && (state < 0 || state >= _stateKinds) ? $"state {state} is outside this model's states, 0 to {_stateKinds - 1}" : null;
    }

    static void StartOffsets(ref Buffer<int> offsets)
    {
        offsets.Clear();
        offsets.Extend(1)[0] = 0;
    }
}
