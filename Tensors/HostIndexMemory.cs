using System.Runtime.InteropServices;

namespace AtomSets.Tensors;

/// <summary>Indices in native memory, shared by the two host implementations of <see cref="IKernels"/>.</summary>
sealed unsafe class HostIndexMemory : IndexMemory
{
    int* data;

    public HostIndexMemory(long length) : base(length) =>
        data = (int*)NativeMemory.AlignedAlloc((nuint)(Math.Max(length, 1) * sizeof(int)), 64);

#pragma warning disable MA0055 // owns native memory: a forgotten Dispose must not leak it
    ~HostIndexMemory() => Free();
#pragma warning restore MA0055

    public int* Data => data;

    public static int* Pointer(IndexSpan span) =>
        span.Memory is HostIndexMemory host ? host.data + span.Offset : throw new ArgumentException("these indices belong to another device");

    public static Span<int> Span(IndexSpan span) => new(Pointer(span), span.Length);

    public override void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        NativeMemory.AlignedFree(data);
        data = null;
    }
}
