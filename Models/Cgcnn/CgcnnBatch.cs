using AtomSets.Materials;
using AtomSets.Models.MegNet;

namespace AtomSets.Models.Cgcnn;

/// <summary>Graphs of several materials, concatenated: edges sorted by their centre atom, atoms by material.</summary>
/// <remarks>Edges of an atom to images of one neighbour at one distance are the same to the network: they are kept once, with their number. Every list
/// grows to its largest use and is then reused: filling makes no garbage after warm-up.</remarks>
public sealed class CgcnnBatch : IBatch
{
    readonly DistinctDistances _distinct = new();
    Buffer<int> _atomicNumbers, _neighbours, _lengths, _edgesByAtom, _atomsByGraph;
    Buffer<float> _distances, _multiplicities;

    public CgcnnBatch() => Clear();

    /// <inheritdoc/>
    public int Count => _atomsByGraph.Count - 1;

    /// <summary>Atoms of all materials, N.</summary>
    public int Atoms => _atomicNumbers.Count;

    /// <summary>Directed edges of all materials that are told apart, E.</summary>
    public int Edges => _neighbours.Count;

    /// <summary>Atomic number of each atom [N].</summary>
    public ReadOnlySpan<int> AtomicNumbers => _atomicNumbers.Span;

    /// <summary>The other atom of each edge [E].</summary>
    public ReadOnlySpan<int> Neighbours => _neighbours.Span;

    /// <summary>How many edges each one stands for [E].</summary>
    public ReadOnlySpan<float> Multiplicities => _multiplicities.Span;

    /// <summary>Different lengths of each material's edges, in Å [D ≤ E].</summary>
    public ReadOnlySpan<float> Distances => _distances.Span;

    /// <summary>Row of <see cref="Distances"/> of each edge [E].</summary>
    public ReadOnlySpan<int> Lengths => _lengths.Span;

    /// <summary>First edge of each atom, and the number of edges [N + 1].</summary>
    public ReadOnlySpan<int> EdgesByAtom => _edgesByAtom.Span;

    /// <summary>First atom of each material, and the number of atoms [Count + 1].</summary>
    public ReadOnlySpan<int> AtomsByGraph => _atomsByGraph.Span;

    /// <summary>Empties the batch and keeps its memory.</summary>
    public void Clear()
    {
        _atomicNumbers.Clear();
        _neighbours.Clear();
        _lengths.Clear();
        _distances.Clear();
        _multiplicities.Clear();
        _edgesByAtom.Clear();
        _edgesByAtom.Extend(1)[0] = 0;
        _atomsByGraph.Clear();
        _atomsByGraph.Extend(1)[0] = 0;
    }

    /// <summary>Appends the graph of one material.</summary>
    /// <returns>Null, or why the model cannot take this material; then nothing was added.</returns>
    public string? Add(GraphView graph)
    {
        var numbers = graph.AtomicNumbers;
        if (ElementVectors.ProblemWith(numbers) is { } problem) return problem;
        var neighbours = graph.Neighbors;
        var distances = graph.Distances;
        var offsets = graph.EdgeOffsets;
        var (firstAtom, firstEdge, firstLength) = (Atoms, Edges, _distances.Count);
        numbers.CopyTo(_atomicNumbers.Extend(numbers.Length));
        var lengths = _lengths.Extend(distances.Length);
        var found = _distinct.Find(distances, _distances.Extend(distances.Length), lengths, firstLength);
        _distances.Truncate(firstLength + found);
        var others = _neighbours.Extend(distances.Length);
        var counts = _multiplicities.Extend(distances.Length);
        var ends = _edgesByAtom.Extend(numbers.Length);
        var kept = 0;
        for (var atom = 0; atom < numbers.Length; atom++)
        {
            var begin = kept;
            for (var edge = offsets[atom]; edge < offsets[atom + 1]; edge++)
            {
                var (other, length) = (firstAtom + neighbours[edge], lengths[edge]);
                var same = begin;
                while (same < kept && (others[same] != other || lengths[same] != length)) same++;
                if (same < kept)
                {
                    counts[same]++;
                    continue;
                }
                (others[kept], lengths[kept], counts[kept]) = (other, length, 1);
                kept++;
            }
            ends[atom] = firstEdge + kept;
        }
        _lengths.Truncate(firstEdge + kept);
        _neighbours.Truncate(firstEdge + kept);
        _multiplicities.Truncate(firstEdge + kept);
        _atomsByGraph.Extend(1)[0] = Atoms;
        return null;
    }
}
