namespace AtomSets.Tensors;

/// <summary>
/// What the loops over edges of a gated convolution share: the edge i → j of length d has z = P[i] + Q[j] + R[d]. Columns are cut
/// into strips of one vector of filters and one of cores (the last padded with zeros), and each strip is a matrix of its own,
/// [rows × 2W]. Atoms are cut into blocks that share neither neighbours nor lengths with others: some crystals. What a strip
/// touches of a block fits the first-level cache; R is made anew for every block and strip, which costs less than its memory.
/// </summary>
unsafe struct GatedShape
{
    /// <summary>N, D.</summary>
    public nint Atoms, LengthCount;

    /// <summary>Vectors of filters: F divided by the width, rounded up.</summary>
    public nint Strips;

    /// <summary>[N + 1], [E], [E].</summary>
    public int* Offsets, Neighbours, Lengths;

    /// <summary>[E]</summary>
    public float* Multiplicities;

    /// <summary>[strips × N × 2W]</summary>
    public float* P, Q;

    /// <summary>Number of blocks; first atom and first length of each, and the ends [Blocks + 1].</summary>
    public int Blocks;
    public int* FirstAtom, FirstLength;

    /// <summary>Finds the blocks: each as small as it can be with at least <paramref name="least"/> atoms.</summary>
    /// <param name="work">[4 N + 2]</param>
    public void FindBlocks(int* work, int least)
    {
        var atoms = (int)Atoms;
        // Smallest neighbour and length of every atom and those behind it.
        int* lowestNeighbour = work, lowestLength = work + atoms;
        FirstAtom = work + 2 * atoms;
        FirstLength = FirstAtom + atoms + 1;
        var (neighbour, length) = (atoms, (int)LengthCount);
        for (var i = atoms - 1; i >= 0; i--)
        {
            for (var e = Offsets[i]; e < Offsets[i + 1]; e++)
            {
                neighbour = Math.Min(neighbour, Neighbours[e]);
                length = Math.Min(length, Lengths[e]);
            }
            (lowestNeighbour[i], lowestLength[i]) = (neighbour, length);
        }
        var count = 0;
        (neighbour, length) = (-1, -1);
        FirstAtom[0] = FirstLength[0] = 0;
        for (var i = 0; i < atoms; i++)
        {
            if (i - FirstAtom[count] >= least && neighbour < i && i <= lowestNeighbour[i] && length < lowestLength[i])
            {
                FirstAtom[++count] = i;
                FirstLength[count] = length + 1;
            }
            for (var e = Offsets[i]; e < Offsets[i + 1]; e++)
            {
                neighbour = Math.Max(neighbour, Neighbours[e]);
                length = Math.Max(length, Lengths[e]);
            }
        }
        Blocks = atoms > 0 ? count + 1 : 0;
        FirstAtom[Blocks] = atoms;
        FirstLength[Blocks] = (int)LengthCount;
    }

    /// <summary>Lengths of the block that has most.</summary>
    public readonly int MostLengths()
    {
        var most = 0;
        for (var b = 0; b < Blocks; b++) most = Math.Max(most, FirstLength[b + 1] - FirstLength[b]);
        return most;
    }
}
