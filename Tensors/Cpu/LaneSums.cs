using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>Float32 sums of a chunk, added lane by lane to float64 sums: long sums keep their digits.</summary>
static unsafe class LaneSums
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<S, V>(V sum, double* to)
        where S : ISimd<V>
        where V : unmanaged
    {
        var lanes = stackalloc float[16];
        S.Store(lanes, sum);
        for (nint i = 0; i < S.Width; i++) to[i] += lanes[i];
    }
}
