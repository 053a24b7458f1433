namespace AtomSets.Tensors;

/// <summary>
/// Bump allocator over device memory for what lives one training step: allocation is an addition, freeing is <see cref="Reset"/>. A
/// step that outgrows the block takes more blocks; the next reset puts one in the place of all. So memory follows the largest step, however
/// many steps of whatever sizes there are, and a step allocates nothing once such a one has passed.
/// </summary>
sealed class Arena(IKernels kernels) : IDisposable
{
    const int FirstBlock = 1 << 16, LargestBlock = 1 << 22;
    readonly List<DeviceMemory> blocks = [];
    readonly List<IndexMemory> indexBlocks = [];

    // Of the last block, and of the step.
    long used, indexUsed, taken, indexTaken;

    /// <summary>Numbers and indices that the blocks hold.</summary>
    internal (long Numbers, long Indices) Capacity => (blocks.Sum(b => b.Length), indexBlocks.Sum(b => b.Length));

    public void Reset()
    {
        if (blocks.Count > 1)
        {
            foreach (var b in blocks) b.Dispose();
            blocks.Clear();
            blocks.Add(kernels.Allocate(WithRoom(taken)));
        }
        if (indexBlocks.Count > 1)
        {
            foreach (var b in indexBlocks) b.Dispose();
            indexBlocks.Clear();
            indexBlocks.Add(kernels.AllocateIndices(WithRoom(indexTaken)));
        }
        used = indexUsed = taken = indexTaken = 0;
    }

    public DeviceSpan Numbers(int length)
    {
        long padded = Pad(length);
        if (blocks.Count == 0 || used + padded > blocks[^1].Length)
        {
            blocks.Add(kernels.Allocate(Math.Max(padded, NextLength(blocks.Count))));
            used = 0;
        }
        var span = new DeviceSpan(blocks[^1], used, length);
        used += padded;
        taken += padded;
        return span;
    }

    public IndexSpan Indices(int length)
    {
        long padded = Pad(length);
        if (indexBlocks.Count == 0 || indexUsed + padded > indexBlocks[^1].Length)
        {
            indexBlocks.Add(kernels.AllocateIndices(Math.Max(padded, NextLength(indexBlocks.Count) / 4)));
            indexUsed = 0;
        }
        var span = new IndexSpan(indexBlocks[^1], indexUsed, length);
        indexUsed += padded;
        indexTaken += padded;
        return span;
    }

    public void Dispose()
    {
        foreach (var b in blocks) b.Dispose();
        foreach (var b in indexBlocks) b.Dispose();
        blocks.Clear();
        indexBlocks.Clear();
        Reset();
    }

    /// <summary>Blocks of a step grow fourfold: a small network holds little, a large one few blocks.</summary>
    static long NextLength(int count) => Math.Min(LargestBlock, (long)FirstBlock << (2 * Math.Min(count, 8)));

    /// <summary>Batches differ in size: an eighth more saves most of the later growth.</summary>
    static long WithRoom(long length) => length + length / 8;

    long Pad(int length) => Math.Max(1, (length + kernels.Alignment - 1L) / kernels.Alignment) * kernels.Alignment;
}
