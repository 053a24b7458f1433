using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// Batch normalisation of a matrix [rows × columns], one strip of vector width at a time, so that a strip's sums stay in registers.
/// Sums run over chunks of rows in float32, each measured from the column's value in the first row, and chunks are added in
/// float64: a mean far from zero costs no digits of the variance.
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    const int SumChunk = 128;

    public override void BatchNormForward(BatchNormCall call)
    {
        FindMoments(call, Pointer(call.X), Pointer(call.Multiplicities), call.Rows);
        float* moments = Pointer(call.Moments), weight = Pointer(call.Weight);
        scratch.Reset();
        var slope = scratch.Take(call.Columns);
        for (nint c = 0; c < call.Columns; c++) slope[c] = moments[call.Columns + c] * weight[c];
        Normalise(Pointer(call.X), moments, slope, Pointer(call.Bias), Pointer(call.Y), call.Rows, call.Columns);
    }

    public override void BatchNormBackward(BatchNormCall call)
    {
        scratch.Reset();
        NormBackward(call, Pointer(call.X), Pointer(call.Multiplicities), call.Rows, Pointer(call.YGradient), Pointer(call.XGradient));
    }

    /// <summary>y = (x − mean)·slope + bias</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Normalise(float* x, float* mean, float* slope, float* bias, float* y, nint rows, nint columns)
    {
        for (nint r = 0; r < rows; r++, x += columns, y += columns)
        {
            nint c = 0;
            for (; c + S.Width <= columns; c += S.Width)
                S.Store(y + c, S.MultiplyAdd(S.Subtract(S.Load(x + c), S.Load(mean + c)), S.Load(slope + c), S.Load(bias + c)));
            for (; c < columns; c++) y[c] = (x[c] - mean[c]) * slope[c] + bias[c];
        }
    }

    /// <summary>The moments to normalise with, into <see cref="BatchNormCall.Moments"/>; of a batch also its statistics.</summary>
    static void FindMoments(BatchNormCall call, float* x, float* m, nint rows)
    {
        if (!call.UsesBatch)
        {
            RunningMoments(call);
            return;
        }
        var n = RowCount(m, rows);
        nint c = 0;
        for (; c + S.Width <= call.Columns; c += S.Width) MomentsOfStrip<S, V>(call, x, m, rows, c, n);
        for (; c < call.Columns; c++) MomentsOfStrip<Simd1, float>(call, x, m, rows, c, n);
    }

    static void RunningMoments(BatchNormCall call)
    {
        float* moments = Pointer(call.Moments), mean = Pointer(call.RunningMean), variance = Pointer(call.RunningVariance);
        for (nint c = 0; c < call.Columns; c++)
        {
            moments[c] = mean[c];
            moments[call.Columns + c] = (float)(1 / Math.Sqrt(variance[c] + call.Epsilon));
        }
    }

    static double RowCount(float* m, nint rows)
    {
        if (m == null) return rows;
        double n = 0;
        for (nint r = 0; r < rows; r++) n += m[r];
        return n;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MomentsOfStrip<T, U>(BatchNormCall call, float* x, float* m, nint rows, nint at, double n)
        where T : ISimd<U>
        where U : unmanaged
    {
        nint columns = call.Columns;
        x += at;
        var origin = rows > 0 ? T.Load(x) : T.Set(0);
        double* sums = stackalloc double[16], squares = stackalloc double[16];
        for (nint i = 0; i < T.Width; i++) sums[i] = squares[i] = 0;
        for (nint from = 0; from < rows; from += SumChunk)
        {
            var to = Math.Min(rows, from + SumChunk);
            U sum = T.Set(0), square = T.Set(0);
            for (var r = from; r < to; r++)
            {
                var d = T.Subtract(T.Load(x + r * columns), origin);
                var w = m == null ? d : T.Multiply(T.Set(m[r]), d);
                sum = T.Add(sum, w);
                square = T.MultiplyAdd(w, d, square);
            }
            LaneSums.Add<T, U>(sum, sums);
            LaneSums.Add<T, U>(square, squares);
        }
        var start = stackalloc float[16];
        T.Store(start, origin);
        for (nint i = 0; i < T.Width; i++) KeepMoments(call, at + i, n, start[i], sums[i], squares[i]);
    }

    /// <summary>Mean and variance of a column from its sums around an origin; what the backward pass and the running statistics need.</summary>
    static void KeepMoments(BatchNormCall call, nint c, double n, double origin, double sum, double squares)
    {
        var shift = n > 0 ? sum / n : 0;
        var variance = n > 0 ? Math.Max(0, squares / n - shift * shift) : 0;
        Pointer(call.MeanStatistic)[c] = n > 1 ? (float)(origin + shift) : Pointer(call.RunningMean)[c];
        Pointer(call.VarianceStatistic)[c] = n > 1 ? (float)(variance * n / (n - 1)) : Pointer(call.RunningVariance)[c];
        var moments = Pointer(call.Moments);
        moments[c] = (float)(origin + shift);
        moments[call.Columns + c] = (float)(1 / Math.Sqrt(variance + call.Epsilon));
    }

    /// <summary>
    /// dbias += Σ dy and dweight += Σ dy·x̂, then dx += weight/σ·(dy − m/n·(Σ dy + x̂·Σ dy·x̂)); without batch statistics
    /// dx += weight/σ·dy.
    /// </summary>
    void NormBackward(BatchNormCall call, float* x, float* m, nint rows, float* dy, float* dx)
    {
        nint columns = call.Columns;
        float* sums = scratch.Take(2 * columns), normals = sums + columns;
        nint c = 0;
        for (; c + S.Width <= columns; c += S.Width) BackwardStrip<S, V>(call, x, m, rows, dy, dx, c, sums + c, normals + c);
        for (; c < columns; c++) BackwardStrip<Simd1, float>(call, x, m, rows, dy, dx, c, sums + c, normals + c);
        if (!call.WeightGradient.IsEmpty) AddRow(normals, Pointer(call.WeightGradient), columns);
        if (!call.BiasGradient.IsEmpty) AddRow(sums, Pointer(call.BiasGradient), columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void BackwardStrip<T, U>(BatchNormCall call, float* x, float* m, nint rows, float* dy, float* dx, nint at, float* sums, float* products)
        where T : ISimd<U>
        where U : unmanaged
    {
        nint columns = call.Columns;
        var moments = Pointer(call.Moments) + at;
        x += at;
        dy += at;
        U mean = T.Load(moments), inverse = T.Load(moments + columns);
        double* totals = stackalloc double[16], totalProducts = stackalloc double[16];
        for (nint i = 0; i < T.Width; i++) totals[i] = totalProducts[i] = 0;
        for (nint from = 0; from < rows; from += SumChunk)
        {
            var to = Math.Min(rows, from + SumChunk);
            U sum = T.Set(0), product = T.Set(0);
            for (var r = from; r < to; r++)
            {
                var up = T.Load(dy + r * columns);
                sum = T.Add(sum, up);
                product = T.MultiplyAdd(up, T.Subtract(T.Load(x + r * columns), mean), product);
            }
            LaneSums.Add<T, U>(sum, totals);
            LaneSums.Add<T, U>(T.Multiply(product, inverse), totalProducts);
        }
        for (nint i = 0; i < T.Width; i++)
        {
            sums[i] = (float)totals[i];
            products[i] = (float)totalProducts[i];
        }
        if (dx == null) return;
        dx += at;
        var n = RowCount(m, rows);
        var share = call.UsesBatch && n > 0 ? (float)(1 / n) : 0;
        U slope = T.Multiply(T.Load(Pointer(call.Weight) + at), inverse), constant = T.Load(sums), linear = T.Multiply(T.Load(products), inverse);
        for (nint r = 0; r < rows; r++)
        {
            var part = T.Set(m == null ? share : share * m[r]);
            var both = T.MultiplyAdd(T.Subtract(T.Load(x + r * columns), mean), linear, constant);
            var rest = T.Subtract(T.Load(dy + r * columns), T.Multiply(part, both));
            T.Store(dx + r * columns, T.MultiplyAdd(slope, rest, T.Load(dx + r * columns)));
        }
    }
}
