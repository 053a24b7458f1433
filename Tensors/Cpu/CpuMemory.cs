using System.Runtime.InteropServices;

namespace AtomSets.Tensors;

/// <summary>Float32 in native memory, 64-byte aligned; large blocks ask for huge pages, which a training step's streams want.</summary>
sealed unsafe partial class CpuMemory : DeviceMemory
{
    const nuint HugePage = 2 << 20;
    const int AdviseHugePages = 14; // MADV_HUGEPAGE of linux/mman.h
    float* data;

    public CpuMemory(long length) : base(length)
    {
        var bytes = (nuint)(Math.Max(length, 1) + 15) / 16 * 64;
        var huge = bytes >= 2 * HugePage;
        data = (float*)NativeMemory.AlignedAlloc(bytes, huge ? HugePage : 64);
        // Advice only: failure changes nothing.
        if (huge && OperatingSystem.IsLinux()) _ = Advise(data, bytes / HugePage * HugePage, AdviseHugePages);
        NativeMemory.Clear(data, bytes);
    }

#pragma warning disable MA0055 // owns native memory: a forgotten Dispose must not leak it
    ~CpuMemory() => Free();
#pragma warning restore MA0055

    public float* Data => data;

    /// <summary>Null for an empty span.</summary>
    public static float* Pointer(DeviceSpan span) => span.Memory switch
    {
        CpuMemory memory => memory.data + span.Offset,
        null => null,
        _ => throw new ArgumentException("this buffer belongs to other kernels"),
    };

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

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
