namespace AtomSets.Tensors;

/// <summary>
/// The oracle: every primitive of <see cref="IKernels"/> as the plainest loop in float64. Slow, complete, and the definition of
/// what the fast kernels must compute.
/// </summary>
public sealed partial class ReferenceKernels : IKernels
{
    public string Name => "reference-float64";

    public int Alignment => 16;

    public DeviceMemory Allocate(long length) => new ReferenceMemory(length);

    public IndexMemory AllocateIndices(long length) => new HostIndexMemory(length);

    public void Upload(ReadOnlySpan<float> from, DeviceSpan to)
    {
        var y = Numbers(to);
        CheckLength(from.Length, y.Length);
        for (var i = 0; i < from.Length; i++) y[i] = from[i];
    }

    public void Upload(ReadOnlySpan<double> from, DeviceSpan to)
    {
        CheckLength(from.Length, to.Length);
        from.CopyTo(Numbers(to));
    }

    public void Download(DeviceSpan from, Span<float> to)
    {
        var x = Numbers(from);
        CheckLength(to.Length, x.Length);
        for (var i = 0; i < x.Length; i++) to[i] = (float)x[i];
    }

    public void Download(DeviceSpan from, Span<double> to)
    {
        CheckLength(to.Length, from.Length);
        Numbers(from).CopyTo(to);
    }

    public void Upload(ReadOnlySpan<int> from, IndexSpan to)
    {
        CheckLength(from.Length, to.Length);
        from.CopyTo(HostIndexMemory.Span(to));
    }

    public void Download(IndexSpan from, Span<int> to)
    {
        CheckLength(to.Length, from.Length);
        HostIndexMemory.Span(from).CopyTo(to);
    }

    public void Dispose()
    {
        // nothing but managed arrays
    }

    internal static Span<double> Numbers(DeviceSpan span) => span.Memory switch
    {
        ReferenceMemory memory => memory.Data.AsSpan((int)span.Offset, span.Length),
        null => default,
        _ => throw new ArgumentException("this buffer belongs to other kernels"),
    };

    static ReadOnlySpan<int> Rows(IndexSpan span) => HostIndexMemory.Span(span);

    static void CheckLength(int got, int expected)
    {
        if (got != expected) throw new ArgumentException($"{got} values for a buffer of {expected}");
    }
}
