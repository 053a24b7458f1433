using System.Globalization;
using AtomSets.Materials;
using AtomSets.Models.Roost;

namespace AtomSets.Models.Cgat;

/// <summary>Graphs of several materials, concatenated: edges sorted by the atom at which their messages are summed, atoms by material.</summary>
/// <remarks>Atoms that the network cannot tell apart (<see cref="AtomClasses"/>), and an atom's edges to such at one rank, are kept once with their
/// number. Every list grows to its largest use and is then reused: filling makes no garbage after warm-up.</remarks>
public sealed class CgatBatch : IBatch
{
    readonly CgatSettings _settings;
    readonly int _elements;
    readonly bool _merges;
    readonly AtomClasses _classes = new();
    Buffer<int> _atomElements, _sources, _targets, _ranks, _edgesByTarget, _atomsByGraph, _formulaElements;
    Buffer<float> _atomCounts, _edgeCounts;
    Buffer<double> _amounts;
    Buffer<long> _keys;

    /// <param name="settings">of the network</param>
    /// <param name="merges">False keeps every atom and edge by itself, for comparisons.</param>
    public CgatBatch(CgatSettings settings, bool merges = true)
    {
        (_settings, _merges) = (settings, merges);
        _elements = ElementInputs.Elements(settings.ElementFeatures);
        Clear();
    }

    /// <inheritdoc/>
    public int Count => _atomsByGraph.Count - 1;

    /// <summary>Atoms of all materials that are told apart, N.</summary>
    public int Atoms => _atomElements.Count;

    /// <summary>Directed edges of all materials that are told apart, M.</summary>
    public int Edges => _sources.Count;

    /// <summary>Row of each atom's element among those of the batch [N].</summary>
    public ReadOnlySpan<int> AtomElements => _atomElements.Span;

    /// <summary>How many atoms each one stands for [N].</summary>
    public ReadOnlySpan<float> AtomCounts => _atomCounts.Span;

    /// <summary>The atom that a message comes from [M].</summary>
    public ReadOnlySpan<int> Sources => _sources.Span;

    /// <summary>The atom at which it is summed [M], ascending.</summary>
    public ReadOnlySpan<int> Targets => _targets.Span;

    /// <summary>Rank of the shell of each edge, from 1 [M].</summary>
    public ReadOnlySpan<int> Ranks => _ranks.Span;

    /// <summary>How many edges each one stands for [M].</summary>
    public ReadOnlySpan<float> EdgeCounts => _edgeCounts.Span;

    /// <summary>First edge of each target, and the number of edges [N + 1].</summary>
    public ReadOnlySpan<int> EdgesByTarget => _edgesByTarget.Span;

    /// <summary>First atom of each material, and the number of atoms [Count + 1].</summary>
    public ReadOnlySpan<int> AtomsByGraph => _atomsByGraph.Span;

    /// <summary>The different elements of all materials.</summary>
    internal ElementRows Elements { get; } = new();

    internal FormulaRows Formulas { get; } = new();

    /// <summary>Empties the batch and keeps its memory.</summary>
    public void Clear()
    {
        _atomElements.Clear();
        _atomCounts.Clear();
        _sources.Clear();
        _targets.Clear();
        _ranks.Clear();
        _edgeCounts.Clear();
        _edgesByTarget.Clear();
        _edgesByTarget.Extend(1)[0] = 0;
        _atomsByGraph.Clear();
        _atomsByGraph.Extend(1)[0] = 0;
        Elements.Clear();
        Formulas.Clear();
    }

    /// <summary>Why the model cannot take a material, or null.</summary>
    public static string? ProblemWith(GraphView graph, CgatSettings settings)
    {
        var numbers = graph.AtomicNumbers;
        if (ElementInputs.ProblemWith(numbers, ElementInputs.Elements(settings.ElementFeatures)) is { } problem) return problem;
        for (var atom = 0; atom < numbers.Length; atom++)
            if (graph.EdgeOffsets[atom + 1] - graph.EdgeOffsets[atom] is var found && found < settings.Neighbours)
                return string.Create(CultureInfo.InvariantCulture,
                    $"atom {atom} ({Element.FromAtomicNumber(numbers[atom]).Symbol}) has {found} neighbours within {settings.CutoffAngstrom} Å, {settings.Neighbours} are needed");
        return settings.RefusesPureElements && numbers.IndexOfAnyExcept(numbers[0]) < 0 ? "it consists of one element, which pure_elements: refuse leaves out" : null;
    }

    /// <summary>Appends the graph of one material.</summary>
    /// <returns>Null, or why the model cannot take this material; then nothing was added.</returns>
    public string? Add(GraphView graph)
    {
        if (ProblemWith(graph, _settings) is { } problem) return problem;
        var found = _classes;
        found.Find(graph, _settings.ShellToleranceAngstrom, _settings.Direction, _merges);
        var first = Atoms;
        var numbers = graph.AtomicNumbers;
        var counts = _atomCounts.Extend(found.Count);
        counts.Clear();
        for (var atom = 0; atom < numbers.Length; atom++) counts[found.Classes[atom]]++;
        var elements = _atomElements.Extend(found.Count);
        for (var atom = 0; atom < found.Count; atom++) elements[atom] = Elements.RowOf(numbers[found.Firsts[atom]]);
        AddFormula(elements, counts);
        AddEdges(graph, first);
        _atomsByGraph.Extend(1)[0] = Atoms;
        return null;
    }

    void AddFormula(ReadOnlySpan<int> elements, ReadOnlySpan<float> counts)
    {
        _formulaElements.Clear();
        _amounts.Clear();
        for (var atom = 0; atom < elements.Length; atom++)
        {
            var known = _formulaElements.Span.IndexOf(elements[atom]);
            if (known < 0)
            {
                _formulaElements.Extend(1)[0] = elements[atom];
                _amounts.Extend(1)[0] = counts[atom];
            }
            else _amounts.At(known) += counts[atom];
        }
        Formulas.Add(_formulaElements.Span, _amounts.Span);
    }

    /// <summary>The edges of each class's first atom, equal ones once.</summary>
    void AddEdges(GraphView graph, int firstAtom)
    {
        var found = _classes;
        ReadOnlySpan<int> offsets = graph.EdgeOffsets, neighbours = graph.Neighbors;
        _keys.Clear();
        for (var centre = 0; centre < graph.AtomCount; centre++)
        {
            for (var edge = offsets[centre]; edge < offsets[centre + 1]; edge++)
            {
                var (target, source) = _settings.Direction == CgatDirection.Centre ? (centre, neighbours[edge]) : (neighbours[edge], centre);
                var kind = found.Classes[target];
                if (found.Firsts[kind] != target) continue;
                // Sorted by target, rank, source; without merging each edge stays one by itself.
                _keys.Extend(1)[0] = ((long)kind << 40) | ((long)found.Ranks[edge] << 24) | (long)found.Classes[source];
            }
        }
        var keys = _keys.Writable;
        keys.Sort();
        var at = 0;
        for (var kind = 0; kind < found.Count; kind++)
        {
            while (at < keys.Length && keys[at] >> 40 == kind)
            {
                var end = at + 1;
                while (_merges && end < keys.Length && keys[end] == keys[at]) end++;
                _targets.Extend(1)[0] = firstAtom + kind;
                _ranks.Extend(1)[0] = (int)(keys[at] >> 24) & 0xFFFF;
                _sources.Extend(1)[0] = firstAtom + (int)(keys[at] & 0xFFFFFF);
                _edgeCounts.Extend(1)[0] = end - at;
                at = end;
            }
            _edgesByTarget.Extend(1)[0] = Edges;
        }
    }
}
