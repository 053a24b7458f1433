namespace AtomSets.Tensors.TorchSharp;

/// <summary>
/// The kernels on libtorch: the same code on its CPU device and on CUDA, float32. Matrices are views of flat device buffers; nothing is read
/// back within a step but what <see cref="SumOfSquares"/> and downloads ask for. Sums over rows run in a fixed order, so that two runs on one
/// device give the same bits. Temporaries end with the operation.
/// </summary>
/// <remarks>On the CPU device libtorch is held to one thread, as a worker is one core.</remarks>
public sealed partial class TorchKernels : IKernels
{
    readonly torch.Device _device;
    readonly Transfers _transfers;
    readonly Dictionary<GaussianBasis, Torch> _centres = [];

    TorchKernels(torch.Device device, string name)
    {
        (_device, Name) = (device, name);
        _transfers = new Transfers(device);
    }

    /// <summary><c>torch-cpu</c>, <c>torch-cuda-fp32</c> or <c>torch-cuda-tf32</c>.</summary>
    public string Name { get; }

    public int Alignment => 16;

    /// <summary>Kernels of a device.</summary>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c></param>
    /// <param name="tf32">On CUDA: products of numbers rounded to 10 bits on tensor cores, several times faster. One choice for the process.</param>
    /// <exception cref="PlatformNotSupportedException">libtorch, or the device, is not there.</exception>
    public static TorchKernels Create(string device, bool tf32 = false)
    {
        try
        {
            return Open(new torch.Device(device), tf32);
        }
        catch (Exception e) when (e is DllNotFoundException or NotSupportedException or TypeInitializationException or ArgumentException or FormatException)
        {
            var reason = e is TypeInitializationException ? "its native library cannot be loaded; `ldd` of libLibTorchSharp.so says what is missing" : e.Message.Split('\n')[0].TrimEnd('.');
            throw new PlatformNotSupportedException($"the device '{device}' of TorchSharp cannot be used: {reason}", e);
        }
    }

    public DeviceMemory Allocate(long length) => new TorchMemory(length, _device);

    public IndexMemory AllocateIndices(long length) => new TorchIndexMemory(length, _device, _transfers);

    public void Upload(ReadOnlySpan<float> from, DeviceSpan to)
    {
        CheckLength(from.Length, to.Length);
        _transfers.Upload(from, TorchMemory.Flat(to), static (from, to) => from.CopyTo(to));
    }

    public void Upload(ReadOnlySpan<double> from, DeviceSpan to)
    {
        CheckLength(from.Length, to.Length);
        _transfers.Upload(from, TorchMemory.Flat(to), static (from, to) =>
        {
            for (var i = 0; i < from.Length; i++) to[i] = (float)from[i];
        });
    }

    public void Download(DeviceSpan from, Span<float> to)
    {
        CheckLength(to.Length, from.Length);
        _transfers.Download(TorchMemory.Flat(from), to, static (from, to) => from.CopyTo(to));
    }

    public void Download(DeviceSpan from, Span<double> to)
    {
        CheckLength(to.Length, from.Length);
        _transfers.Download(TorchMemory.Flat(from), to, static (from, to) =>
        {
            for (var i = 0; i < to.Length; i++) to[i] = from[i];
        });
    }

    public void Upload(ReadOnlySpan<int> from, IndexSpan to)
    {
        CheckLength(from.Length, to.Length);
        TorchIndexMemory.Upload(from, to);
    }

    public void Download(IndexSpan from, Span<int> to)
    {
        CheckLength(to.Length, from.Length);
        TorchIndexMemory.Download(from, to);
    }

    public void Dispose()
    {
        foreach (var centres in _centres.Values) centres.Dispose();
        _centres.Clear();
        _transfers.Dispose();
    }

    static TorchKernels Open(torch.Device device, bool tf32)
    {
        if (device.type == global::TorchSharp.DeviceType.CPU)
        {
            torch.set_num_threads(1);
            return new(device, "torch-cpu");
        }
        if (device.type != global::TorchSharp.DeviceType.CUDA)
            throw new PlatformNotSupportedException($"the device '{device}' is not supported: cpu, cuda or cuda:N");
        if (!torch.cuda.is_available())
            throw new PlatformNotSupportedException("no CUDA device can be used here: a GPU with its driver and TorchSharp-cuda-linux are needed");
        if (device.index >= torch.cuda.device_count())
            throw new PlatformNotSupportedException($"there is no {device}: this machine has {torch.cuda.device_count()} CUDA devices");
        torch.backends.cuda.matmul.allow_tf32 = tf32;
        return new(device, tf32 ? "torch-cuda-tf32" : "torch-cuda-fp32");
    }

    static void CheckLength(int got, int expected)
    {
        if (got != expected) throw new ArgumentException($"{got} values for a buffer of {expected}");
    }

    static Torch Flat(DeviceSpan span) => TorchMemory.Flat(span);

    static Torch Matrix(DeviceSpan span, int columns) => TorchMemory.Matrix(span, span.Length / columns, columns);

    static Torch Matrix(DeviceSpan span, int rows, int columns) => TorchMemory.Matrix(span, rows, columns);
}
