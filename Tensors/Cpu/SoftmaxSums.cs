using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>Softmax and weighted sum over the rows of one segment, a vector of columns at a time: its running values stay in registers.</summary>
static unsafe class SoftmaxSums<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    /// <summary>a = w·exp(x − max)/Σ, y = Σ a ⊙ v for as many whole vectors as fit.</summary>
    /// <param name="x">scores, the segment's first row</param>
    /// <param name="weights">of the rows, or null</param>
    /// <param name="rows">at least 1</param>
    /// <param name="stride">elements from row to row</param>
    /// <returns>The columns done.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Forward(float* x, float* v, float* weights, float* a, float* y, int rows, nint stride, nint columns)
    {
        nint c = 0;
        for (; c + S.Width <= columns; c += S.Width)
        {
            var top = S.Load(x + c);
            for (nint r = 1; r < rows; r++) top = S.Max(top, S.Load(x + r * stride + c));
            V sum = S.Set(0), total = S.Set(0);
            for (nint r = 0; r < rows; r++)
            {
                var e = VectorMath<S, V>.Exp(S.Subtract(S.Load(x + r * stride + c), top));
                if (weights != null) e = S.Multiply(e, S.Set(weights[r]));
                S.Store(a + r * stride + c, e);
                sum = S.Add(sum, e);
                total = S.MultiplyAdd(e, S.Load(v + r * stride + c), total);
            }
            var scale = S.Select(sum, S.Set(0), S.Divide(S.Set(1), sum), S.Set(0));
            for (nint r = 0; r < rows; r++) S.Store(a + r * stride + c, S.Multiply(S.Load(a + r * stride + c), scale));
            S.Store(y + c, S.Multiply(total, scale));
        }
        return c;
    }

    /// <summary>dv += a ⊙ dy, dx += a ⊙ dy ⊙ (v − y); null gradients are skipped.</summary>
    /// <returns>The columns done.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Backward(float* v, float* a, float* y, float* dy, float* dx, float* dv, int rows, nint stride, nint columns)
    {
        nint c = 0;
        for (; c + S.Width <= columns; c += S.Width)
        {
            V up = S.Load(dy + c), mean = S.Load(y + c);
            for (nint r = 0; r < rows; r++)
            {
                var at = r * stride + c;
                var slope = S.Multiply(S.Load(a + at), up);
                if (dx != null) S.Store(dx + at, S.MultiplyAdd(slope, S.Subtract(S.Load(v + at), mean), S.Load(dx + at)));
                if (dv != null) S.Store(dv + at, S.Add(slope, S.Load(dv + at)));
            }
        }
        return c;
    }
}
