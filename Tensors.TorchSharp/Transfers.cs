using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AtomSets.Tensors.TorchSharp;

/// <summary>
/// Copies between host and device. To a GPU they pass through page-locked memory in the order of its stream, and the host goes on at once; a
/// download waits for everything before it. On the CPU they are plain copies.
/// </summary>
sealed class Transfers(torch.Device device) : IDisposable
{
    const int FirstLength = 1 << 20;
    readonly Ring<float> _numbers = new(torch.ScalarType.Float32);
    readonly Ring<long> _rows = new(torch.ScalarType.Int64);

    bool IsHost => device.type == global::TorchSharp.DeviceType.CPU;

    /// <summary>Writes a device vector through the host memory that <paramref name="write"/> fills.</summary>
    /// <param name="to">[length], contiguous</param>
    public void Upload<S>(ReadOnlySpan<S> from, Torch to, Fill<S, float> write) => Upload(_numbers, from, to, write);

    /// <inheritdoc cref="Upload{S}(ReadOnlySpan{S}, Torch, Fill{S, float})"/>
    public void Upload(ReadOnlySpan<int> from, Torch to) => Upload(_rows, from, to, static (from, to) =>
    {
        for (var i = 0; i < from.Length; i++) to[i] = from[i];
    });

    /// <summary>Writes the factors of a dropout.</summary>
    public void Upload(KeptElements kept, Torch to) => Upload(_numbers, [kept], to, static (from, to) => from[0].Write(to), kept.Length);

    /// <summary>Reads a device vector [length], contiguous; on return everything before it on the device has ended.</summary>
    public void Download<D>(Torch from, Span<D> to, Fill<float, D> read) => Download(_numbers, from, to, read);

    /// <inheritdoc cref="Download{D}(Torch, Span{D}, Fill{float, D})"/>
    public void Download(Torch from, Span<int> to) => Download(_rows, from, to, static (from, to) =>
    {
        for (var i = 0; i < to.Length; i++) to[i] = (int)from[i];
    });

    public void Dispose()
    {
        _numbers.Dispose();
        _rows.Dispose();
    }

    void Upload<S, T>(Ring<T> ring, ReadOnlySpan<S> from, Torch to, Fill<S, T> write, int? count = null) where T : unmanaged
    {
        var length = count ?? from.Length;
        if (length == 0) return;
        if (IsHost)
        {
            write(from, MemoryMarshal.Cast<byte, T>(to.bytes));
            return;
        }
        using var scope = torch.NewDisposeScope();
        var staged = ring.Take(length, WaitForDevice);
        write(from, MemoryMarshal.Cast<byte, T>(staged.bytes));
        to.copy_(staged, true);
    }

    void Download<D, T>(Ring<T> ring, Torch from, Span<D> to, Fill<T, D> read) where T : unmanaged
    {
        if (to.Length == 0) return;
        if (IsHost)
        {
            read(MemoryMarshal.Cast<byte, T>(from.bytes), to);
            return;
        }
        using var scope = torch.NewDisposeScope();
        var staged = ring.Take(to.Length, WaitForDevice);
        staged.copy_(from);
        read(MemoryMarshal.Cast<byte, T>(staged.bytes), to);
        // A download ends after every upload before it: the whole memory is free again.
        _numbers.Clear();
        _rows.Clear();
    }

    static void WaitForDevice() => torch.cuda.synchronize();

    /// <summary>Converts all of <paramref name="from"/>.</summary>
    public delegate void Fill<S, T>(ReadOnlySpan<S> from, Span<T> to);

    /// <summary>Page-locked host memory, taken from start to end: no part is written again before the device has read it.</summary>
    sealed class Ring<T>(torch.ScalarType type) : IDisposable where T : unmanaged
    {
        Torch? _memory;
        long _used;

        /// <summary>A vector of the calling scope.</summary>
        public Torch Take(int length, Action wait)
        {
            if (_memory is null || _used + length > _memory.NumberOfElements)
            {
                wait();
                _used = 0;
                if (_memory is null || length > _memory.NumberOfElements)
                {
                    _memory?.Dispose();
                    var bytes = Math.Max(FirstLength, 2L * length * Unsafe.SizeOf<T>());
                    _memory = torch.empty([bytes / Unsafe.SizeOf<T>()], type).pin_memory().DetachFromDisposeScope();
                }
            }
            var part = _memory.narrow(0, _used, length);
            _used += length;
            return part;
        }

        public void Clear() => _used = 0;

        public void Dispose() => _memory?.Dispose();
    }
}
