using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// The kernels of one vector width. Element-wise loops run over whole vectors: buffers start at a multiple of 16 elements and
/// own the rest of their last 16, so the end needs no code of its own. Row-wise loops end with single elements. Methods with long
/// loops are compiled with full optimisation at once: left to tiering, the first training step takes several times as long.
/// </summary>
sealed unsafe partial class CpuKernels<S, V>(CpuPath path) : CpuKernels(path)
    where S : ISimd<V>
    where V : unmanaged
{
    readonly CpuScratch scratch = new();

    public override void Dispose() => scratch.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Combine(double a, DeviceSpan x1, double b, DeviceSpan x2, DeviceSpan y)
    {
        float* p = Pointer(x1), q = Pointer(x2), z = Pointer(y);
        V va = S.Set((float)a), vb = S.Set((float)b);
        for (nint i = 0; i < y.Length; i += S.Width) S.Store(z + i, S.MultiplyAdd(va, S.Load(p + i), S.Multiply(vb, S.Load(q + i))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddScaled(double a, DeviceSpan x, DeviceSpan y)
    {
        float* p = Pointer(x), z = Pointer(y);
        var va = S.Set((float)a);
        nint i = 0;
        for (; i + S.Width <= y.Length; i += S.Width) S.Store(z + i, S.MultiplyAdd(va, S.Load(p + i), S.Load(z + i)));
        if (i < y.Length) StoreFirst(z + i, S.MultiplyAdd(va, S.Load(p + i), S.Load(z + i)), y.Length - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Scale(DeviceSpan y, double a)
    {
        var z = Pointer(y);
        var va = S.Set((float)a);
        for (nint i = 0; i < y.Length; i += S.Width) S.Store(z + i, S.Multiply(va, S.Load(z + i)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(DeviceSpan a, DeviceSpan b, DeviceSpan y, bool accumulate)
    {
        float* p = Pointer(a), q = Pointer(b), z = Pointer(y);
        nint i = 0;
        for (; i + S.Width <= y.Length; i += S.Width)
            S.Store(z + i, S.MultiplyAdd(S.Load(p + i), S.Load(q + i), accumulate ? S.Load(z + i) : S.Set(0)));
        if (i < y.Length) StoreFirst(z + i, S.MultiplyAdd(S.Load(p + i), S.Load(q + i), accumulate ? S.Load(z + i) : S.Set(0)), y.Length - i);
    }

    /// <summary>Stores some lanes: what is added to may be the gradient of a parameter, behind which the flat buffer holds zeros.</summary>
    static void StoreFirst(float* y, V values, nint count)
    {
        var lanes = stackalloc float[S.Width];
        S.Store(lanes, values);
        for (nint i = 0; i < count; i++) y[i] = lanes[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double SumOfSquares(DeviceSpan x)
    {
        const int chunk = 4096; // float32 sums stay short; chunks are added in float64
        var p = Pointer(x);
        double total = 0;
        for (nint from = 0; from < x.Length; from += chunk)
        {
            var n = Math.Min(chunk, x.Length - from);
            total += RowDot(p + from, p + from, n);
        }
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sgd(DeviceSpan values, DeviceSpan gradients, DeviceSpan velocity, SgdStep step)
    {
        float* w = Pointer(values), g = Pointer(gradients), v = Pointer(velocity);
        V momentum = S.Set((float)step.Momentum), decay = S.Set((float)step.WeightDecay), rate = S.Set((float)-step.LearningRate);
        for (nint i = 0; i < values.Length; i += S.Width)
        {
            var value = S.Load(w + i);
            var moved = S.MultiplyAdd(momentum, S.Load(v + i), S.MultiplyAdd(decay, value, S.Load(g + i)));
            S.Store(v + i, moved);
            S.Store(w + i, S.MultiplyAdd(rate, moved, value));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Adam(DeviceSpan values, DeviceSpan gradients, DeviceSpan m, DeviceSpan v, AdamStep step)
    {
        float* w = Pointer(values), g = Pointer(gradients), first = Pointer(m), second = Pointer(v);
        V b1 = S.Set((float)step.Beta1), n1 = S.Set((float)(1 - step.Beta1));
        V b2 = S.Set((float)step.Beta2), n2 = S.Set((float)(1 - step.Beta2));
        // η·m̂/(√v̂ + ε) = (η/c₁)·m/(√v·(1/√c₂) + ε)
        V rate = S.Set((float)(step.LearningRate / step.Correction1)), root = S.Set((float)(1 / Math.Sqrt(step.Correction2)));
        V epsilon = S.Set((float)step.Epsilon), keep = S.Set((float)(1 - step.LearningRate * step.WeightDecay));
        for (nint i = 0; i < values.Length; i += S.Width)
        {
            var slope = S.Load(g + i);
            var mi = S.MultiplyAdd(b1, S.Load(first + i), S.Multiply(n1, slope));
            var vi = S.MultiplyAdd(b2, S.Load(second + i), S.Multiply(n2, S.Multiply(slope, slope)));
            S.Store(first + i, mi);
            S.Store(second + i, vi);
            var update = S.Divide(S.Multiply(rate, mi), S.MultiplyAdd(S.Sqrt(vi), root, epsilon));
            S.Store(w + i, S.Subtract(S.Multiply(keep, S.Load(w + i)), update));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float* Pointer(DeviceSpan span) => CpuMemory.Pointer(span);

    static ReadOnlySpan<int> Rows(IndexSpan span) => HostIndexMemory.Span(span);
}
