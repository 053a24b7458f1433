using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>Softmax sums over segments, and norms of rows.</summary>
sealed unsafe partial class CpuKernels<S, V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentSoftmaxSum(
        DeviceSpan scores, DeviceSpan values, DeviceSpan weights, IndexSpan offsets, DeviceSpan a, DeviceSpan y, int columns)
    {
        float* x = Pointer(scores), v = Pointer(values), w = Pointer(weights), share = Pointer(a), z = Pointer(y);
        var o = Rows(offsets);
        var single = IsSingle(scores, o, columns);
        new Span<float>(z, y.Length).Clear();
        for (var s = 0; s + 1 < o.Length; s++, z += columns)
        {
            int from = o[s], rows = o[s + 1] - from;
            if (rows == 0) continue;
            var row = (nint)from * columns;
            var w0 = w == null ? null : w + from;
            if (single)
            {
                Softmax(x + from, w0, share + from, rows);
                for (nint r = 0; r < rows; r++) AddScaledRow(share[from + r], v + row + r * columns, z, columns);
                continue;
            }
            var done = SoftmaxSums<S, V>.Forward(x + row, v + row, w0, share + row, z, rows, columns, columns);
            if (done < columns)
                SoftmaxSums<Simd1, float>.Forward(x + row + done, v + row + done, w0, share + row + done, z + done, rows, columns, columns - done);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentSoftmaxSumBackward(
        DeviceSpan values, IndexSpan offsets, DeviceSpan a, DeviceSpan y, DeviceSpan dy, DeviceSpan dScores, DeviceSpan dValues, int columns)
    {
        float* v = Pointer(values), share = Pointer(a), z = Pointer(y), g = Pointer(dy), dx = Pointer(dScores), dv = Pointer(dValues);
        var o = Rows(offsets);
        var single = IsSingle(a, o, columns);
        for (var s = 0; s + 1 < o.Length; s++, z += columns, g += columns)
        {
            int from = o[s], rows = o[s + 1] - from;
            if (rows == 0) continue;
            var row = (nint)from * columns;
            if (single)
            {
                var mean = RowDot(g, z, columns);
                for (nint r = 0; r < rows; r++)
                {
                    var at = row + r * columns;
                    if (dx != null) dx[from + r] += share[from + r] * (RowDot(g, v + at, columns) - mean);
                    if (dv != null) AddScaledRow(share[from + r], g, dv + at, columns);
                }
                continue;
            }
            float* dx0 = dx == null ? null : dx + row, dv0 = dv == null ? null : dv + row;
            var done = SoftmaxSums<S, V>.Backward(v + row, share + row, z, g, dx0, dv0, rows, columns, columns);
            if (done == columns) continue;
            SoftmaxSums<Simd1, float>.Backward(
                v + row + done, share + row + done, z + done, g + done, dx0 == null ? null : dx0 + done, dv0 == null ? null : dv0 + done, rows, columns, columns - done);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void LayerNorm(DeviceSpan x, DeviceSpan y, DeviceSpan scales, int rows, int columns, double epsilon)
    {
        float* p = Pointer(x), z = Pointer(y), scale = Pointer(scales);
        nint n = columns;
        for (nint r = 0; r < rows; r++, p += n, z += n)
        {
            nint c = 0;
            var sums = S.Set(0);
            for (; c + S.Width <= n; c += S.Width) sums = S.Add(sums, S.Load(p + c));
            var mean = S.Sum(sums);
            for (; c < n; c++) mean += p[c];
            mean /= n;
            // From the mean: the difference of two sums of squares would cancel.
            var squares = S.Set(0);
            for (c = 0; c + S.Width <= n; c += S.Width)
            {
                var d = S.Subtract(S.Load(p + c), S.Set(mean));
                squares = S.MultiplyAdd(d, d, squares);
                S.Store(z + c, d);
            }
            var variance = S.Sum(squares);
            for (; c < n; c++)
            {
                z[c] = p[c] - mean;
                variance += z[c] * z[c];
            }
            scale[r] = 1 / MathF.Sqrt(variance / n + (float)epsilon);
            ScaleRow(scale[r], z, z, n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void LayerNormBackward(DeviceSpan y, DeviceSpan scales, DeviceSpan dy, DeviceSpan dx, int rows, int columns)
    {
        float* p = Pointer(y), g = Pointer(dy), z = Pointer(dx), scale = Pointer(scales);
        nint n = columns;
        for (nint r = 0; r < rows; r++, p += n, g += n, z += n)
        {
            nint c = 0;
            var sums = S.Set(0);
            for (; c + S.Width <= n; c += S.Width) sums = S.Add(sums, S.Load(g + c));
            var mean = S.Sum(sums);
            for (; c < n; c++) mean += g[c];
            mean /= n;
            var dot = RowDot(p, g, n) / n;
            var factor = scale[r];
            for (c = 0; c + S.Width <= n; c += S.Width)
            {
                var d = S.MultiplyAdd(S.Load(p + c), S.Set(-dot), S.Subtract(S.Load(g + c), S.Set(mean)));
                S.Store(z + c, S.MultiplyAdd(d, S.Set(factor), S.Load(z + c)));
            }
            for (; c < n; c++) z[c] += factor * (g[c] - mean - p[c] * dot);
        }
    }

    /// <summary>Whether there is one score per row for all columns.</summary>
    static bool IsSingle(DeviceSpan scores, ReadOnlySpan<int> offsets, int columns) => columns > 1 && scores.Length == offsets[^1];
}
