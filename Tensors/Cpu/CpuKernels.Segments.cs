using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>Segment reductions: rows of a segment are consecutive, so everything streams.</summary>
sealed unsafe partial class CpuKernels<S, V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentSum(DeviceSpan x, IndexSpan offsets, DeviceSpan y, int columns, bool mean)
    {
        float* p = Pointer(x), z = Pointer(y);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
            SumRows(p + (nint)o[s] * columns, o[s + 1] - o[s], z + (nint)s * columns, columns, mean ? 1f / Math.Max(1, o[s + 1] - o[s]) : 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentSumBackward(DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns, bool mean)
    {
        float* g = Pointer(dy), z = Pointer(dx);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            var scale = mean ? 1f / Math.Max(1, o[s + 1] - o[s]) : 1;
            for (nint r = o[s]; r < o[s + 1]; r++) AddScaledRow(scale, g + (nint)s * columns, z + r * columns, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentExpand(DeviceSpan x, IndexSpan offsets, DeviceSpan y, int columns)
    {
        float* p = Pointer(x), z = Pointer(y);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (nint r = o[s]; r < o[s + 1]; r++) CopyRow(p + (nint)s * columns, z + r * columns, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentExpandBackward(DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns)
    {
        float* g = Pointer(dy), z = Pointer(dx);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (nint r = o[s]; r < o[s + 1]; r++) AddRow(g + r * columns, z + (nint)s * columns, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentMax(DeviceSpan x, IndexSpan offsets, DeviceSpan y, IndexSpan winners, int columns)
    {
        float* p = Pointer(x), z = Pointer(y);
        var o = Rows(offsets);
        var won = HostIndexMemory.Pointer(winners);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            var top = z + (nint)s * columns;
            var who = won + (nint)s * columns;
            for (var c = 0; c < columns; c++) (top[c], who[c]) = o[s] < o[s + 1] ? (p[(nint)o[s] * columns + c], o[s]) : (0, -1);
            for (var r = o[s] + 1; r < o[s + 1]; r++)
            {
                var row = p + (nint)r * columns;
                for (var c = 0; c < columns; c++)
                {
                    if (row[c] > top[c]) (top[c], who[c]) = (row[c], r);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentSoftmax(DeviceSpan x, DeviceSpan weights, IndexSpan offsets, DeviceSpan y, int columns)
    {
        float* p = Pointer(x), w = Pointer(weights), z = Pointer(y);
        var o = Rows(offsets);
        if (columns == 1)
        {
            for (var s = 0; s + 1 < o.Length; s++) Softmax(p + o[s], w == null ? null : w + o[s], z + o[s], o[s + 1] - o[s]);
            return;
        }
        scratch.Reset();
        float* top = scratch.Take(columns), sum = scratch.Take(columns);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            if (o[s] == o[s + 1]) continue;
            CopyRow(p + (nint)o[s] * columns, top, columns);
            for (nint r = o[s] + 1; r < o[s + 1]; r++) MaxRow(p + r * columns, top, columns);
            new Span<float>(sum, columns).Clear();
            for (nint r = o[s]; r < o[s + 1]; r++)
            {
                ExpRow(p + r * columns, top, w == null ? 1 : w[r], z + r * columns, columns);
                AddRow(z + r * columns, sum, columns);
            }
            for (var c = 0; c < columns; c++) sum[c] = sum[c] > 0 ? 1 / sum[c] : 0;
            for (nint r = o[s]; r < o[s + 1]; r++) MultiplyRow(sum, z + r * columns, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentSoftmaxBackward(DeviceSpan y, DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns)
    {
        float* p = Pointer(y), g = Pointer(dy), z = Pointer(dx);
        var o = Rows(offsets);
        scratch.Reset();
        var dot = scratch.Take(columns);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            new Span<float>(dot, columns).Clear();
            for (nint r = o[s]; r < o[s + 1]; r++)
            {
                for (var c = 0; c < columns; c++) dot[c] += p[r * columns + c] * g[r * columns + c];
            }
            for (nint r = o[s]; r < o[s + 1]; r++)
            {
                for (var c = 0; c < columns; c++) z[r * columns + c] += p[r * columns + c] * (g[r * columns + c] - dot[c]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentWeightedMean(DeviceSpan x, DeviceSpan weights, IndexSpan offsets, DeviceSpan y, int columns)
    {
        float* p = Pointer(x), w = Pointer(weights), z = Pointer(y);
        var o = Rows(offsets);
        new Span<float>(z, y.Length).Clear();
        for (var s = 0; s + 1 < o.Length; s++)
        {
            var scale = Reciprocal(w, o[s], o[s + 1]);
            for (nint r = o[s]; r < o[s + 1]; r++) AddScaledRow(w[r] * scale, p + r * columns, z + (nint)s * columns, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentWeightedMeanBackward(DeviceSpan weights, DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns)
    {
        float* w = Pointer(weights), g = Pointer(dy), z = Pointer(dx);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            var scale = Reciprocal(w, o[s], o[s + 1]);
            for (nint r = o[s]; r < o[s + 1]; r++) AddScaledRow(w[r] * scale, g + (nint)s * columns, z + r * columns, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SumRows(float* x, int rows, float* y, nint columns, float scale)
    {
        nint c = 0;
        for (; c + 2 * S.Width <= columns; c += 2 * S.Width)
        {
            V a = S.Set(0), b = S.Set(0);
            var p = x + c;
            for (var r = 0; r < rows; r++, p += columns)
            {
                a = S.Add(a, S.Load(p));
                b = S.Add(b, S.Load(p + S.Width));
            }
            S.Store(y + c, S.Multiply(a, S.Set(scale)));
            S.Store(y + c + S.Width, S.Multiply(b, S.Set(scale)));
        }
        for (; c + S.Width <= columns; c += S.Width)
        {
            var a = S.Set(0);
            var p = x + c;
            for (var r = 0; r < rows; r++, p += columns) a = S.Add(a, S.Load(p));
            S.Store(y + c, S.Multiply(a, S.Set(scale)));
        }
        for (; c < columns; c++)
        {
            float sum = 0;
            for (nint r = 0; r < rows; r++) sum += x[r * columns + c];
            y[c] = sum * scale;
        }
    }

    /// <summary>z = w·exp(x − max)/Σ, one column; z may be x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Softmax(float* x, float* w, float* z, nint n)
    {
        if (n == 0) return;
        var top = x[0];
        for (nint i = 1; i < n; i++) top = x[i] > top ? x[i] : top;
        float sum = 0;
        nint k = 0;
        var v = S.Set(0);
        for (; k + S.Width <= n; k += S.Width)
        {
            var e = VectorMath<S, V>.Exp(S.Subtract(S.Load(x + k), S.Set(top)));
            if (w != null) e = S.Multiply(e, S.Load(w + k));
            S.Store(z + k, e);
            v = S.Add(v, e);
        }
        sum += S.Sum(v);
        for (; k < n; k++) sum += z[k] = VectorMath<Simd1, float>.Exp(x[k] - top) * (w == null ? 1 : w[k]);
        ScaleRow(sum > 0 ? 1 / sum : 0, z, z, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ExpRow(float* x, float* top, float scale, float* y, nint n)
    {
        nint c = 0;
        for (; c + S.Width <= n; c += S.Width)
            S.Store(y + c, S.Multiply(VectorMath<S, V>.Exp(S.Subtract(S.Load(x + c), S.Load(top + c))), S.Set(scale)));
        for (; c < n; c++) y[c] = VectorMath<Simd1, float>.Exp(x[c] - top[c]) * scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MaxRow(float* x, float* y, nint n)
    {
        for (nint c = 0; c < n; c++) y[c] = x[c] > y[c] ? x[c] : y[c];
    }

    static void MultiplyRow(float* x, float* y, nint n)
    {
        nint c = 0;
        for (; c + S.Width <= n; c += S.Width) S.Store(y + c, S.Multiply(S.Load(y + c), S.Load(x + c)));
        for (; c < n; c++) y[c] *= x[c];
    }

    static float Reciprocal(float* weights, int from, int to)
    {
        float sum = 0;
        for (var i = from; i < to; i++) sum += weights[i];
        return sum > 0 ? 1 / sum : 0;
    }
}
