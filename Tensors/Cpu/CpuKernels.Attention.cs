using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>Attention of one query per segment (set2set), and the LSTM gates that make the query.</summary>
sealed unsafe partial class CpuKernels<S, V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentAttention(
        DeviceSpan m, DeviceSpan q, DeviceSpan weights, IndexSpan offsets, DeviceSpan a, DeviceSpan y, int columns)
    {
        float* rows = Pointer(m), query = Pointer(q), w = Pointer(weights), e = Pointer(a), z = Pointer(y);
        var o = Rows(offsets);
        new Span<float>(z, y.Length).Clear();
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (nint r = o[s]; r < o[s + 1]; r++) e[r] = RowDot(rows + r * columns, query + (nint)s * columns, columns);
            Softmax(e + o[s], w == null ? null : w + o[s], e + o[s], o[s + 1] - o[s]);
            for (nint r = o[s]; r < o[s + 1]; r++) AddScaledRow(e[r], rows + r * columns, z + (nint)s * columns, columns);
        }
    }

    // With y = Σ a m and e = m·q: da = dy·m, de = a (da − Σ a da), dm += a dy + de q, dq += Σ de m.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SegmentAttentionBackward(
        DeviceSpan m, DeviceSpan q, IndexSpan offsets, DeviceSpan a, DeviceSpan dy, DeviceSpan dm, DeviceSpan dq, int columns)
    {
        float* rows = Pointer(m), query = Pointer(q), p = Pointer(a), g = Pointer(dy), zm = Pointer(dm), zq = Pointer(dq);
        var o = Rows(offsets);
        var longest = 0;
        for (var s = 0; s + 1 < o.Length; s++) longest = Math.Max(longest, o[s + 1] - o[s]);
        scratch.Reset();
        var da = scratch.Take(longest);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            var up = g + (nint)s * columns;
            float mean = 0;
            for (nint r = o[s]; r < o[s + 1]; r++) mean += p[r] * (da[r - o[s]] = RowDot(rows + r * columns, up, columns));
            for (nint r = o[s]; r < o[s + 1]; r++)
            {
                var de = p[r] * (da[r - o[s]] - mean);
                if (zm != null)
                {
                    AddScaledRow(p[r], up, zm + r * columns, columns);
                    AddScaledRow(de, query + (nint)s * columns, zm + r * columns, columns);
                }
                if (zq != null) AddScaledRow(de, rows + r * columns, zq + (nint)s * columns, columns);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Lstm(
        DeviceSpan z, DeviceSpan cell, DeviceSpan gates, DeviceSpan c, DeviceSpan h, int rows, int width, Activation gate)
    {
        float* x = Pointer(z), before = Pointer(cell), kept = Pointer(gates), state = Pointer(c), y = Pointer(h);
        // Whole-buffer passes: everything through the gate function, then the candidates (one of four column groups) again through tanh.
        Apply(gate, x, kept, z.Length);
        for (nint r = 0; r < rows; r++)
        {
            float* row = kept + 4 * r * width, candidate = row + 2 * width, n = state + r * width, hidden = y + r * width;
            CopyRow(x + (4 * r + 2) * width, candidate, width);
            TanhRow(candidate, candidate, width);
            for (nint k = 0; k < width; k++)
                n[k] = row[k] * candidate[k] + (before == null ? 0 : row[width + k] * before[r * width + k]);
            TanhRow(n, hidden, width);
            MultiplyRow(row + 3 * width, hidden, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void LstmBackward(
        DeviceSpan cell, DeviceSpan gates, DeviceSpan c, DeviceSpan dc, DeviceSpan dh, DeviceSpan dz, DeviceSpan dcell,
        int rows, int width, Activation gate)
    {
        float* before = Pointer(cell), kept = Pointer(gates), state = Pointer(c), gc = Pointer(dc), gh = Pointer(dh);
        float* z = Pointer(dz), zc = Pointer(dcell);
        for (nint r = 0; r < rows; r++)
        {
            for (nint k = 0; k < width; k++)
            {
                nint n = r * width + k, at = 4 * r * width + k;
                float i = kept[at], f = kept[at + width], g = kept[at + 2 * width], o = kept[at + 3 * width];
                var t = VectorMath<Simd1, float>.Tanh(state[n]);
                var down = gc[n] + gh[n] * o * (1 - t * t);
                if (zc != null) zc[n] += down * f;
                if (z == null) continue;
                z[at] += down * g * GateSlope(gate, i);
                if (before != null) z[at + width] += down * before[n] * GateSlope(gate, f);
                z[at + 2 * width] += down * i * (1 - g * g);
                z[at + 3 * width] += gh[n] * t * GateSlope(gate, o);
            }
        }
    }

    static float GateSlope(Activation gate, float value) =>
        gate == Activation.HardSigmoid ? HardSigmoidActivation<Simd1, float>.Slope(value) : SigmoidActivation<Simd1, float>.Slope(value);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void TanhRow(float* x, float* y, nint n)
    {
        nint c = 0;
        for (; c + S.Width <= n; c += S.Width) S.Store(y + c, VectorMath<S, V>.Tanh(S.Load(x + c)));
        for (; c < n; c++) y[c] = VectorMath<Simd1, float>.Tanh(x[c]);
    }
}
