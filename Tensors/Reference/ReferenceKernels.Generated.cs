namespace AtomSets.Tensors;

/// <summary>Generated layers, row norms and softmax sums: r runs over rows, s over segments, c over columns.</summary>
public sealed partial class ReferenceKernels
{
    public void GeneratedForward(GeneratedCall call)
    {
        Span<double> x = Numbers(call.X), y = Numbers(call.Output);
        for (var r = 0; r < call.Rows; r++)
        {
            var m = MatrixOf(call, GeneratorOf(call, r));
            for (var o = 0; o < call.Out; o++)
            {
                var sum = m[call.In * call.Out + o];
                for (var i = 0; i < call.In; i++) sum += x[r * call.In + i] * m[i * call.Out + o];
                y[r * call.Out + o] = sum;
            }
        }
    }

    public void GeneratedBackward(GeneratedCall call)
    {
        Span<double> x = Numbers(call.X), g = Numbers(call.Generator), w = Numbers(call.Weight), dy = Numbers(call.OutputGradient);
        Span<double> dx = Numbers(call.XGradient), dg = Numbers(call.GeneratorGradient), dw = Numbers(call.WeightGradient), db = Numbers(call.BiasGradient);
        var length = (call.In + 1) * call.Out;
        if (call.Overwrite) dw.Clear();
        for (var r = 0; r < call.Rows; r++)
        {
            var s = GeneratorOf(call, r);
            var m = MatrixOf(call, s);
            for (var i = 0; i <= call.In; i++)
            {
                for (var o = 0; o < call.Out; o++)
                {
                    var (at, up) = (i * call.Out + o, dy[r * call.Out + o]);
                    if (!dx.IsEmpty && i < call.In) dx[r * call.In + i] += up * m[at];
                    var dm = up * (i < call.In ? x[r * call.In + i] : 1);
                    if (!db.IsEmpty) db[at] += dm;
                    for (var k = 0; k < call.Width; k++)
                    {
                        if (!dw.IsEmpty) dw[k * length + at] += g[s * call.Width + k] * dm;
                        if (!dg.IsEmpty) dg[s * call.Width + k] += w[k * length + at] * dm;
                    }
                }
            }
        }
    }

    static int GeneratorOf(GeneratedCall call, int row) => call.Index.IsEmpty ? row : Rows(call.Index)[row];

    static double[] MatrixOf(GeneratedCall call, int generator)
    {
        Span<double> g = Numbers(call.Generator), w = Numbers(call.Weight);
        var m = Numbers(call.Bias).ToArray();
        for (var k = 0; k < call.Width; k++)
        {
            for (var i = 0; i < m.Length; i++) m[i] += g[generator * call.Width + k] * w[k * m.Length + i];
        }
        return m;
    }

    public void LayerNorm(DeviceSpan x, DeviceSpan y, DeviceSpan scales, int rows, int columns, double epsilon)
    {
        Span<double> p = Numbers(x), z = Numbers(y), scale = Numbers(scales);
        for (var r = 0; r < rows; r++)
        {
            double mean = 0, variance = 0;
            for (var c = 0; c < columns; c++) mean += p[r * columns + c] / columns;
            for (var c = 0; c < columns; c++) variance += Math.Pow(p[r * columns + c] - mean, 2) / columns;
            scale[r] = 1 / Math.Sqrt(variance + epsilon);
            for (var c = 0; c < columns; c++) z[r * columns + c] = (p[r * columns + c] - mean) * scale[r];
        }
    }

    public void LayerNormBackward(DeviceSpan y, DeviceSpan scales, DeviceSpan dy, DeviceSpan dx, int rows, int columns)
    {
        Span<double> p = Numbers(y), g = Numbers(dy), z = Numbers(dx), scale = Numbers(scales);
        for (var r = 0; r < rows; r++)
        {
            double mean = 0, dot = 0;
            for (var c = 0; c < columns; c++)
            {
                mean += g[r * columns + c] / columns;
                dot += g[r * columns + c] * p[r * columns + c] / columns;
            }
            for (var c = 0; c < columns; c++) z[r * columns + c] += scale[r] * (g[r * columns + c] - mean - p[r * columns + c] * dot);
        }
    }

    public void SegmentSoftmaxSum(DeviceSpan scores, DeviceSpan values, DeviceSpan weights, IndexSpan offsets, DeviceSpan a, DeviceSpan y, int columns)
    {
        Span<double> v = Numbers(values), share = Numbers(a), z = Numbers(y);
        var o = Rows(offsets);
        var wide = Columns(scores, o);
        SegmentSoftmax(scores, weights, offsets, a, wide);
        z.Clear();
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (var r = o[s]; r < o[s + 1]; r++)
            {
                for (var c = 0; c < columns; c++) z[s * columns + c] += share[r * wide + c % wide] * v[r * columns + c];
            }
        }
    }

    public void SegmentSoftmaxSumBackward(
        DeviceSpan values, IndexSpan offsets, DeviceSpan a, DeviceSpan y, DeviceSpan dy, DeviceSpan dScores, DeviceSpan dValues, int columns)
    {
        Span<double> v = Numbers(values), share = Numbers(a), z = Numbers(y), g = Numbers(dy), ds = Numbers(dScores), dv = Numbers(dValues);
        var o = Rows(offsets);
        var wide = Columns(a, o);
        for (var s = 0; s + 1 < o.Length; s++)
        {
            for (var r = o[s]; r < o[s + 1]; r++)
            {
                for (var c = 0; c < columns; c++)
                {
                    var up = share[r * wide + c % wide] * g[s * columns + c];
                    if (!dv.IsEmpty) dv[r * columns + c] += up;
                    if (!ds.IsEmpty) ds[r * wide + c % wide] += up * (v[r * columns + c] - z[s * columns + c]);
                }
            }
        }
    }

    /// <summary>Columns of scores over the rows of all segments; 1 without rows.</summary>
    static int Columns(DeviceSpan scores, ReadOnlySpan<int> offsets) => offsets[^1] == 0 ? 1 : scores.Length / offsets[^1];
}
