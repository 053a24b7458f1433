using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AtomSets.Tensors;

/// <summary>Instruction sets of the CPU kernels.</summary>
public enum CpuPath
{
    /// <summary>Four lanes where the runtime has them, else scalar code.</summary>
    Portable,

    /// <summary>8 lanes with fused multiply-add.</summary>
    Avx2,

    /// <summary>16 lanes.</summary>
    Avx512,
}

/// <summary>
/// The CPU kernels: float32, one thread, native memory. The instruction set is chosen when they are made, from what the runtime
/// offers (so <c>DOTNET_EnableAVX512=0</c> and <c>DOTNET_EnableHWIntrinsic=0</c> are honoured); results of different paths agree to rounding.
/// </summary>
public abstract class CpuKernels : IKernels
{
    private protected CpuKernels(CpuPath path) => Path = path;

    /// <summary>The instruction set in use.</summary>
    public CpuPath Path { get; }

    public string Name => $"cpu-{Path.ToString().ToLowerInvariant()}";

    /// <summary>The best path of this machine and runtime.</summary>
    public static CpuPath BestPath =>
        Avx512F.IsSupported && Vector512.IsHardwareAccelerated ? CpuPath.Avx512
        : Avx2.IsSupported && Fma.IsSupported ? CpuPath.Avx2
        : CpuPath.Portable;

    /// <summary>Kernels of the best path, or of a lower one.</summary>
    /// <exception cref="PlatformNotSupportedException">This machine or runtime has no such path.</exception>
    public static CpuKernels Create(CpuPath? path = null)
    {
        var chosen = path ?? BestPath;
        if (chosen > BestPath) throw new PlatformNotSupportedException($"the CPU path {chosen} is not available here; the best is {BestPath}");
        return chosen switch
        {
            CpuPath.Avx512 => new CpuKernels<Simd512, Vector512<float>>(chosen),
            CpuPath.Avx2 => new CpuKernels<Simd256, Vector256<float>>(chosen),
            _ when Vector128.IsHardwareAccelerated => new CpuKernels<Simd128, Vector128<float>>(chosen),
            _ => new CpuKernels<Simd1, float>(chosen),
        };
    }

    public int Alignment => 16;

    public DeviceMemory Allocate(long length) => new CpuMemory(length);

    public IndexMemory AllocateIndices(long length) => new HostIndexMemory(length);

    public unsafe void Upload(ReadOnlySpan<float> from, DeviceSpan to)
    {
        CheckLength(from.Length, to.Length);
        from.CopyTo(new(CpuMemory.Pointer(to), to.Length));
    }

    public unsafe void Upload(ReadOnlySpan<double> from, DeviceSpan to)
    {
        CheckLength(from.Length, to.Length);
        var y = CpuMemory.Pointer(to);
        for (var i = 0; i < from.Length; i++) y[i] = (float)from[i];
    }

    public unsafe void Download(DeviceSpan from, Span<float> to)
    {
        CheckLength(to.Length, from.Length);
        new ReadOnlySpan<float>(CpuMemory.Pointer(from), from.Length).CopyTo(to);
    }

    public unsafe void Download(DeviceSpan from, Span<double> to)
    {
        CheckLength(to.Length, from.Length);
        var x = CpuMemory.Pointer(from);
        for (var i = 0; i < to.Length; i++) to[i] = x[i];
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

    public unsafe void Fill(DeviceSpan y, double value) => new Span<float>(CpuMemory.Pointer(y), y.Length).Fill((float)value);

    public unsafe void Copy(DeviceSpan x, DeviceSpan y)
    {
        CheckLength(x.Length, y.Length);
        new ReadOnlySpan<float>(CpuMemory.Pointer(x), x.Length).CopyTo(new(CpuMemory.Pointer(y), y.Length));
    }

    /// <summary>As <see cref="ReferenceKernels"/>: the mask is drawn element by element from the same keyed stream on every device.</summary>
    public unsafe void Dropout(ulong key, double rate, DeviceSpan x, DeviceSpan y, bool accumulate)
    {
        float* p = CpuMemory.Pointer(x), z = CpuMemory.Pointer(y);
        var random = new KeyedRandom(key);
        var scale = (float)(1 / (1 - rate));
        for (var i = 0; i < y.Length; i++) z[i] = (accumulate ? z[i] : 0) + (random.Uniform((ulong)i) < rate ? 0 : p[i] * scale);
    }

    public unsafe void SegmentMaxBackward(DeviceSpan dy, IndexSpan winners, DeviceSpan dx, int columns)
    {
        float* g = CpuMemory.Pointer(dy), z = CpuMemory.Pointer(dx);
        var won = HostIndexMemory.Span(winners);
        for (var i = 0; i < won.Length; i++)
        {
            if (won[i] >= 0) z[(nint)won[i] * columns + i % columns] += g[i];
        }
    }

    public abstract void Combine(double a, DeviceSpan x1, double b, DeviceSpan x2, DeviceSpan y);
    public abstract void AddScaled(double a, DeviceSpan x, DeviceSpan y);
    public abstract void Scale(DeviceSpan y, double a);
    public abstract void Multiply(DeviceSpan a, DeviceSpan b, DeviceSpan y, bool accumulate);
    public abstract void Activate(Activation activation, DeviceSpan x, DeviceSpan y);
    public abstract void ActivateBackward(Activation activation, DeviceSpan x, DeviceSpan y, DeviceSpan dy, DeviceSpan dx);
    public abstract double SumOfSquares(DeviceSpan x);
    public abstract int MlpSavedLength(MlpCall call);
    public abstract void MlpForward(MlpCall call);
    public abstract void MlpBackward(MlpCall call);
    public abstract void Gather(DeviceSpan x, IndexSpan index, DeviceSpan y, int columns);
    public abstract void ScatterAdd(DeviceSpan dy, IndexSpan index, DeviceSpan dx, int columns);
    public abstract void RowDot(DeviceSpan a, DeviceSpan b, DeviceSpan y, int rows, int columns, bool accumulate);
    public abstract void ScaleRows(DeviceSpan x, DeviceSpan s, DeviceSpan y, int rows, int columns, bool accumulate);
    public abstract void CopyColumns(
        DeviceSpan x, int xColumns, int xStart, DeviceSpan y, int yColumns, int yStart, int rows, int columns, bool accumulate);
    public abstract void ExpandGaussian(DeviceSpan distances, GaussianBasis basis, DeviceSpan y, int rows);
    public abstract void SegmentSum(DeviceSpan x, IndexSpan offsets, DeviceSpan y, int columns, bool mean);
    public abstract void SegmentSumBackward(DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns, bool mean);
    public abstract void SegmentExpand(DeviceSpan x, IndexSpan offsets, DeviceSpan y, int columns);
    public abstract void SegmentExpandBackward(DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns);
    public abstract void SegmentMax(DeviceSpan x, IndexSpan offsets, DeviceSpan y, IndexSpan winners, int columns);
    public abstract void SegmentSoftmax(DeviceSpan x, DeviceSpan weights, IndexSpan offsets, DeviceSpan y, int columns);
    public abstract void SegmentSoftmaxBackward(DeviceSpan y, DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns);
    public abstract void SegmentWeightedMean(DeviceSpan x, DeviceSpan weights, IndexSpan offsets, DeviceSpan y, int columns);
    public abstract void SegmentWeightedMeanBackward(DeviceSpan weights, DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns);
    public abstract void SegmentAttention(
        DeviceSpan m, DeviceSpan q, DeviceSpan weights, IndexSpan offsets, DeviceSpan a, DeviceSpan y, int columns);
    public abstract void SegmentAttentionBackward(
        DeviceSpan m, DeviceSpan q, IndexSpan offsets, DeviceSpan a, DeviceSpan dy, DeviceSpan dm, DeviceSpan dq, int columns);
    public abstract void Lstm(
        DeviceSpan z, DeviceSpan cell, DeviceSpan gates, DeviceSpan c, DeviceSpan h, int rows, int width, Activation gate);
    public abstract void LstmBackward(
        DeviceSpan cell, DeviceSpan gates, DeviceSpan c, DeviceSpan dc, DeviceSpan dh, DeviceSpan dz, DeviceSpan dcell,
        int rows, int width, Activation gate);
    public abstract void LossForward(
        Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan y, int rows, int columns, double delta);
    public abstract void LossBackward(
        Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan dy, DeviceSpan dPrediction,
        int rows, int columns, double delta);
    public abstract void BatchNormForward(BatchNormCall call);
    public abstract void BatchNormBackward(BatchNormCall call);
    public abstract void LayerNorm(DeviceSpan x, DeviceSpan y, DeviceSpan scales, int rows, int columns, double epsilon);
    public abstract void LayerNormBackward(DeviceSpan y, DeviceSpan scales, DeviceSpan dy, DeviceSpan dx, int rows, int columns);
    public abstract void GeneratedForward(GeneratedCall call);
    public abstract void GeneratedBackward(GeneratedCall call);
    public abstract void SegmentSoftmaxSum(
        DeviceSpan scores, DeviceSpan values, DeviceSpan weights, IndexSpan offsets, DeviceSpan a, DeviceSpan y, int columns);
    public abstract void SegmentSoftmaxSumBackward(
        DeviceSpan values, IndexSpan offsets, DeviceSpan a, DeviceSpan y, DeviceSpan dy, DeviceSpan dScores, DeviceSpan dValues, int columns);
    public abstract int GatedConvolutionSavedLength(GatedConvolutionCall call);
    public abstract void GatedConvolutionForward(GatedConvolutionCall call);
    public abstract void GatedConvolutionBackward(GatedConvolutionCall call);
    public abstract void Sgd(DeviceSpan values, DeviceSpan gradients, DeviceSpan velocity, SgdStep step);
    public abstract void Adam(DeviceSpan values, DeviceSpan gradients, DeviceSpan m, DeviceSpan v, AdamStep step);

    public abstract void Dispose();

    static void CheckLength(int got, int expected)
    {
        if (got != expected) throw new ArgumentException($"{got} values for a buffer of {expected}");
    }
}
