namespace AtomSets.Tensors;

/// <summary>
/// Working memory of one kernel call: a bump allocator whose blocks stay put until <see cref="Reset"/>. A call that needed several
/// leaves one for all that it asked for and some more, so that batches of varying size soon allocate nothing.
/// </summary>
sealed unsafe class CpuScratch : IDisposable
{
    const int BlockLength = 1 << 18;
    readonly List<CpuMemory> blocks = [];
    int block;
    long used;

    public void Reset()
    {
        block = 0;
        used = 0;
        if (blocks.Count <= 1) return;
        long total = 0;
        foreach (var memory in blocks)
        {
            total += memory.Length;
            memory.Dispose();
        }
        blocks.Clear();
        blocks.Add(new((total + total / 4 + 15) / 16 * 16));
    }

    /// <summary>Uninitialised, 64-byte aligned.</summary>
    public float* Take(long length)
    {
        var padded = (Math.Max(length, 1) + 15) / 16 * 16;
        while (block < blocks.Count && used + padded > blocks[block].Length)
        {
            block++;
            used = 0;
        }
        if (block == blocks.Count) blocks.Add(new(Math.Max(padded, BlockLength)));
        var start = blocks[block].Data + used;
        used += padded;
        return start;
    }

    public float* TakeZeroed(long length)
    {
        var start = Take(length);
        new Span<float>(start, checked((int)length)).Clear();
        return start;
    }

    public void Dispose()
    {
        foreach (var memory in blocks) memory.Dispose();
        blocks.Clear();
        Reset();
    }
}
