namespace AtomSets.Tensors;

/// <summary>Operations on segments: s runs over segments, r over the rows offsets[s] … offsets[s + 1] − 1, c over columns.</summary>
public sealed partial class ReferenceKernels
{
    public void SegmentSum(DeviceSpan x, IndexSpan offsets, DeviceSpan y, int columns, bool mean)
    {
        Span<double> p = Numbers(x), z = Numbers(y);
        var o = Rows(offsets);
        z.Clear();
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (var r = o[s]; r < o[s + 1]; r++)
            {
                for (var c = 0; c < columns; c++) z[s * columns + c] += p[r * columns + c] / (mean ? o[s + 1] - o[s] : 1);
            }
        }
    }

    public void SegmentSumBackward(DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns, bool mean)
    {
        Span<double> g = Numbers(dy), z = Numbers(dx);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (var r = o[s]; r < o[s + 1]; r++)
            {
                for (var c = 0; c < columns; c++) z[r * columns + c] += g[s * columns + c] / (mean ? o[s + 1] - o[s] : 1);
            }
        }
    }

    public void SegmentExpand(DeviceSpan x, IndexSpan offsets, DeviceSpan y, int columns)
    {
        Numbers(y).Clear();
        SegmentSumBackward(x, offsets, y, columns, mean: false);
    }

    public void SegmentExpandBackward(DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns)
    {
        Span<double> g = Numbers(dy), z = Numbers(dx);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (var r = o[s]; r < o[s + 1]; r++)
            {
                for (var c = 0; c < columns; c++) z[s * columns + c] += g[r * columns + c];
            }
        }
    }

    public void SegmentMax(DeviceSpan x, IndexSpan offsets, DeviceSpan y, IndexSpan winners, int columns)
    {
        Span<double> p = Numbers(x), z = Numbers(y);
        var o = Rows(offsets);
        var won = HostIndexMemory.Span(winners);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (var c = 0; c < columns; c++)
            {
                var best = o[s] < o[s + 1] ? o[s] : -1;
                for (var r = o[s] + 1; r < o[s + 1]; r++)
                {
                    if (p[r * columns + c] > p[best * columns + c]) best = r;
                }
                won[s * columns + c] = best;
                z[s * columns + c] = best < 0 ? 0 : p[best * columns + c];
            }
        }
    }

    public void SegmentMaxBackward(DeviceSpan dy, IndexSpan winners, DeviceSpan dx, int columns)
    {
        Span<double> g = Numbers(dy), z = Numbers(dx);
        var won = Rows(winners);
        for (var i = 0; i < won.Length; i++)
        {
            if (won[i] >= 0) z[won[i] * columns + i % columns] += g[i];
        }
    }

    public void SegmentSoftmax(DeviceSpan x, DeviceSpan weights, IndexSpan offsets, DeviceSpan y, int columns)
    {
        Span<double> p = Numbers(x), w = Numbers(weights), z = Numbers(y);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (var c = 0; c < columns; c++)
            {
                double max = double.NegativeInfinity, sum = 0;
                for (var r = o[s]; r < o[s + 1]; r++) max = Math.Max(max, p[r * columns + c]);
                for (var r = o[s]; r < o[s + 1]; r++)
                    sum += z[r * columns + c] = (w.IsEmpty ? 1 : w[r]) * Math.Exp(p[r * columns + c] - max);
                for (var r = o[s]; r < o[s + 1]; r++) z[r * columns + c] = sum > 0 ? z[r * columns + c] / sum : 0;
            }
        }
    }

    public void SegmentSoftmaxBackward(DeviceSpan y, DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns)
    {
        Span<double> p = Numbers(y), g = Numbers(dy), z = Numbers(dx);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (var c = 0; c < columns; c++)
            {
                double dot = 0;
                for (var r = o[s]; r < o[s + 1]; r++) dot += p[r * columns + c] * g[r * columns + c];
                for (var r = o[s]; r < o[s + 1]; r++) z[r * columns + c] += p[r * columns + c] * (g[r * columns + c] - dot);
            }
        }
    }

    public void SegmentWeightedMean(DeviceSpan x, DeviceSpan weights, IndexSpan offsets, DeviceSpan y, int columns)
    {
        Span<double> p = Numbers(x), w = Numbers(weights), z = Numbers(y);
        var o = Rows(offsets);
        z.Clear();
        for (var s = 0; s + 1 < o.Length; s++)
        {
            var total = Sum(w, o[s], o[s + 1]);
            if (total <= 0) continue;
            for (var r = o[s]; r < o[s + 1]; r++)
            {
                for (var c = 0; c < columns; c++) z[s * columns + c] += w[r] / total * p[r * columns + c];
            }
        }
    }

    public void SegmentWeightedMeanBackward(DeviceSpan weights, DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns)
    {
        Span<double> w = Numbers(weights), g = Numbers(dy), z = Numbers(dx);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            var total = Sum(w, o[s], o[s + 1]);
            if (total <= 0) continue;
            for (var r = o[s]; r < o[s + 1]; r++)
            {
                for (var c = 0; c < columns; c++) z[r * columns + c] += w[r] / total * g[s * columns + c];
            }
        }
    }

    public void SegmentAttention(DeviceSpan m, DeviceSpan q, DeviceSpan weights, IndexSpan offsets, DeviceSpan a, DeviceSpan y, int columns)
    {
        Span<double> rows = Numbers(m), query = Numbers(q), e = Numbers(a), z = Numbers(y);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (var r = o[s]; r < o[s + 1]; r++) e[r] = Dot(rows, r, query, s, columns);
        }
        SegmentSoftmax(a, weights, offsets, a, 1);
        z.Clear();
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (var r = o[s]; r < o[s + 1]; r++)
            {
                for (var c = 0; c < columns; c++) z[s * columns + c] += e[r] * rows[r * columns + c];
            }
        }
    }

    public void SegmentAttentionBackward(
        DeviceSpan m, DeviceSpan q, IndexSpan offsets, DeviceSpan a, DeviceSpan dy, DeviceSpan dm, DeviceSpan dq, int columns)
    {
        Span<double> rows = Numbers(m), query = Numbers(q), p = Numbers(a), g = Numbers(dy), zm = Numbers(dm), zq = Numbers(dq);
        var o = Rows(offsets);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            double mean = 0;
            for (var r = o[s]; r < o[s + 1]; r++) mean += p[r] * Dot(rows, r, g, s, columns);
            for (var r = o[s]; r < o[s + 1]; r++)
            {
                var de = p[r] * (Dot(rows, r, g, s, columns) - mean);
                for (var c = 0; c < columns; c++)
                {
                    if (!zm.IsEmpty) zm[r * columns + c] += p[r] * g[s * columns + c] + de * query[s * columns + c];
                    if (!zq.IsEmpty) zq[s * columns + c] += de * rows[r * columns + c];
                }
            }
        }
    }

    static double Sum(ReadOnlySpan<double> x, int from, int to)
    {
        double sum = 0;
        for (var i = from; i < to; i++) sum += x[i];
        return sum;
    }

    static double Dot(ReadOnlySpan<double> a, int row, ReadOnlySpan<double> b, int other, int columns)
    {
        double sum = 0;
        for (var c = 0; c < columns; c++) sum += a[row * columns + c] * b[other * columns + c];
        return sum;
    }
}
