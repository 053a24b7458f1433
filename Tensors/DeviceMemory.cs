namespace AtomSets.Tensors;

/// <summary>
/// A block of numbers in the kernels' own element type and place: float32 native memory, float64 arrays, or a GPU buffer.
/// Opaque: only the <see cref="IKernels"/> that allocated it can read it.
/// </summary>
public abstract class DeviceMemory(long length) : IDisposable
{
    /// <summary>Number of elements.</summary>
    public long Length { get; } = length;

    /// <summary>The whole block, or as much of it as a span can name.</summary>
    public DeviceSpan Span => new(this, 0, checked((int)Length));

    public abstract void Dispose();
}

/// <summary>A range of a <see cref="DeviceMemory"/>. The default value is empty and stands for "absent", for example "no gradient wanted".</summary>
public readonly record struct DeviceSpan(DeviceMemory Memory, long Offset, int Length)
{
    public bool IsEmpty => Memory is null;

    /// <exception cref="ArgumentOutOfRangeException">The range leaves this span.</exception>
    public DeviceSpan Slice(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + length, Length, nameof(length));
        return new(Memory, Offset + start, length);
    }
}

/// <summary>A block of 32-bit indices where the kernels can reach it.</summary>
public abstract class IndexMemory(long length) : IDisposable
{
    /// <summary>Number of elements.</summary>
    public long Length { get; } = length;

    public abstract void Dispose();
}

/// <summary>A range of an <see cref="IndexMemory"/>; the default value is empty and stands for "absent".</summary>
public readonly record struct IndexSpan(IndexMemory Memory, long Offset, int Length)
{
    public bool IsEmpty => Memory is null;
}
