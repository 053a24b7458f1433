namespace AtomSets.Tensors;

/// <summary>
/// Bump allocator over device memory for what lives one training step: allocation is an addition, freeing is
/// <see cref="Reset"/>, and blocks are kept, so a step allocates nothing once the first ones have passed.
/// </summary>
sealed class Arena(IKernels kernels) : IDisposable
{
    const int FirstBlock = 1 << 16, LargestBlock = 1 << 22;
    readonly List<DeviceMemory> blocks = [];
    readonly List<IndexMemory> indexBlocks = [];
    int block, indexBlock;
    long used, indexUsed;

    public void Reset()
    {
        block = indexBlock = 0;
        used = indexUsed = 0;
    }

    public DeviceSpan Numbers(int length)
    {
        long padded = Pad(length);
        while (block < blocks.Count && used + padded > blocks[block].Length)
        {
            block++;
            used = 0;
        }
        if (block == blocks.Count) blocks.Add(kernels.Allocate(Math.Max(padded, NextLength(blocks.Count))));
        var span = new DeviceSpan(blocks[block], used, length);
        used += padded;
        return span;
    }

    public IndexSpan Indices(int length)
    {
        long padded = Pad(length);
        while (indexBlock < indexBlocks.Count && indexUsed + padded > indexBlocks[indexBlock].Length)
        {
            indexBlock++;
            indexUsed = 0;
        }
        if (indexBlock == indexBlocks.Count) indexBlocks.Add(kernels.AllocateIndices(Math.Max(padded, NextLength(indexBlocks.Count) / 4)));
        var span = new IndexSpan(indexBlocks[indexBlock], indexUsed, length);
        indexUsed += padded;
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

    /// <summary>Blocks grow fourfold: a small network holds little, a large one few blocks.</summary>
    static long NextLength(int count) => Math.Min(LargestBlock, (long)FirstBlock << (2 * Math.Min(count, 8)));

    long Pad(int length) => Math.Max(1, (length + kernels.Alignment - 1L) / kernels.Alignment) * kernels.Alignment;
}
