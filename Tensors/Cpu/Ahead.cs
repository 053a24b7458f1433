using System.Runtime.Intrinsics.X86;

namespace AtomSets.Tensors;

/// <summary>
/// What will be read soon, asked for a few lines at a time between the register tiles of a product: the memory streams while the
/// multipliers work. All at once would fill the core's miss buffers and keep its own loads waiting; the hardware's prefetchers lose track at
/// the jumps between the buffers of a tile.
/// </summary>
sealed unsafe class Ahead
{
    const int Ranges = 2 * MlpCall.MaxLayers + 2 * MlpCall.MaxInputs + 4, LinesAtOnce = 24, Line = 16;
    readonly float*[] next = new float*[Ranges], end = new float*[Ranges];
    int first, count;

    /// <summary>Queues <paramref name="length"/> numbers from an address on; null is nothing.</summary>
    public void Add(float* from, nint length)
    {
        if (from == null || length <= 0 || count == Ranges || !Sse.IsSupported) return;
        next[count] = from;
        end[count++] = from + length;
    }

    /// <summary>Asks for the next lines.</summary>
    public void Fetch()
    {
        var left = LinesAtOnce;
        while (first < count && left > 0)
        {
            float* p = next[first], last = end[first];
            for (; p < last && left > 0; p += Line, left--) Sse.Prefetch1(p);
            next[first] = p;
            if (p >= last) first++;
        }
    }

    /// <summary>Asks for the rest and empties the queue.</summary>
    public void Finish()
    {
        while (first < count) Fetch();
        first = count = 0;
    }
}
