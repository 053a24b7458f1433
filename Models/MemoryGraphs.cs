namespace AtomSets.Models;

/// <summary>A few graphs kept in memory: inputs of a prediction, molecules, tests.</summary>
public sealed class MemoryGraphs : GraphSet
{
    readonly List<(int[] AtomicNumbers, int[] Offsets, int[] Neighbours, float[] Distances)> _graphs = [];

    /// <inheritdoc/>
    public override int Count => _graphs.Count;

    /// <summary>Appends a graph.</summary>
    /// <param name="atomicNumbers">Atomic number (or element type) of each atom [n].</param>
    /// <param name="bondOffsets">First bond of each atom, and the number of bonds [n + 1].</param>
    /// <param name="neighbours">The other atom of each bond [e].</param>
    /// <param name="distances">Length of each bond [e], in Å.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    public void Add(ReadOnlySpan<int> atomicNumbers, ReadOnlySpan<int> bondOffsets, ReadOnlySpan<int> neighbours, ReadOnlySpan<float> distances)
    {
        if (bondOffsets.Length != atomicNumbers.Length + 1 || bondOffsets[^1] != neighbours.Length || distances.Length != neighbours.Length)
            throw new ArgumentException(
                $"{atomicNumbers.Length} atoms need {atomicNumbers.Length + 1} offsets, got {bondOffsets.Length}, "
                + $"and they end at {bondOffsets[^1]} for {neighbours.Length} neighbours and {distances.Length} distances");
        foreach (var neighbour in neighbours)
            if ((uint)neighbour >= (uint)atomicNumbers.Length) throw new ArgumentException($"neighbour {neighbour} of {atomicNumbers.Length} atoms", nameof(neighbours));
        _graphs.Add((atomicNumbers.ToArray(), bondOffsets.ToArray(), neighbours.ToArray(), distances.ToArray()));
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<int> AtomicNumbers(int row) => _graphs[row].AtomicNumbers;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> BondOffsets(int row) => _graphs[row].Offsets;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Neighbours(int row) => _graphs[row].Neighbours;

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Distances(int row) => _graphs[row].Distances;
}
