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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void BatchNormForward(BatchNormCall call)
    {
        if (call.UsesBatch) BatchMoments(call);
        else RunningMoments(call);
        float* moments = Pointer(call.Moments), weight = Pointer(call.Weight), bias = Pointer(call.Bias), x = Pointer(call.X), y = Pointer(call.Y);
        nint columns = call.Columns, rows = call.Rows;
        scratch.Reset();
        var slope = scratch.Take(columns);
        for (nint c = 0; c < columns; c++) slope[c] = moments[columns + c] * weight[c];
        for (nint r = 0; r < rows; r++)
        {
            float* from = x + r * columns, to = y + r * columns;
            nint c = 0;
            for (; c + S.Width <= columns; c += S.Width)
                S.Store(to + c, S.MultiplyAdd(S.Subtract(S.Load(from + c), S.Load(moments + c)), S.Load(slope + c), S.Load(bias + c)));
            for (; c < columns; c++) to[c] = (from[c] - moments[c]) * slope[c] + bias[c];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void BatchNormBackward(BatchNormCall call)
    {
        nint columns = call.Columns;
        scratch.Reset();
        float* sums = scratch.Take(2 * columns), shared = sums + columns;
        nint c = 0;
        for (; c + S.Width <= columns; c += S.Width) BackwardStrip<S, V>(call, c, sums + c, shared + c);
        for (; c < columns; c++) BackwardStrip<Simd1, float>(call, c, sums + c, shared + c);
        float* dweight = Pointer(call.WeightGradient), dbias = Pointer(call.BiasGradient);
        for (c = 0; c < columns; c++)
        {
            if (dweight != null) dweight[c] += shared[c];
            if (dbias != null) dbias[c] += sums[c];
        }
    }

    static double RowCount(BatchNormCall call)
    {
        if (call.Multiplicities.IsEmpty) return call.Rows;
        double n = 0;
        foreach (var m in new ReadOnlySpan<float>(Pointer(call.Multiplicities), call.Rows)) n += m;
        return n;
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

    static void BatchMoments(BatchNormCall call)
    {
        var n = RowCount(call);
        nint c = 0;
        for (; c + S.Width <= call.Columns; c += S.Width) MomentsOfStrip<S, V>(call, c, n);
        for (; c < call.Columns; c++) MomentsOfStrip<Simd1, float>(call, c, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MomentsOfStrip<T, U>(BatchNormCall call, nint at, double n)
        where T : ISimd<U>
        where U : unmanaged
    {
        nint rows = call.Rows, columns = call.Columns;
        float* x = Pointer(call.X) + at, m = Pointer(call.Multiplicities);
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
            AddLanes<T, U>(sum, sums);
            AddLanes<T, U>(square, squares);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddLanes<T, U>(U sum, double* to)
        where T : ISimd<U>
        where U : unmanaged
    {
        var lanes = stackalloc float[16];
        T.Store(lanes, sum);
        for (nint i = 0; i < T.Width; i++) to[i] += lanes[i];
    }

    /// <summary>
    /// dbias = Σ dy and dweight = Σ dy·x̂ of one strip, then dx += weight/σ·(dy − m/n·(dbias + x̂·dweight)); without batch
    /// statistics dx += weight/σ·dy.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void BackwardStrip<T, U>(BatchNormCall call, nint at, float* sums, float* products)
        where T : ISimd<U>
        where U : unmanaged
    {
        nint rows = call.Rows, columns = call.Columns;
        float* x = Pointer(call.X) + at, g = Pointer(call.YGradient) + at, m = Pointer(call.Multiplicities), moments = Pointer(call.Moments) + at;
        U mean = T.Load(moments), inverse = T.Load(moments + columns);
        double* totals = stackalloc double[16], totalProducts = stackalloc double[16];
        for (nint i = 0; i < T.Width; i++) totals[i] = totalProducts[i] = 0;
        for (nint from = 0; from < rows; from += SumChunk)
        {
            var to = Math.Min(rows, from + SumChunk);
            U sum = T.Set(0), product = T.Set(0);
            for (var r = from; r < to; r++)
            {
                var up = T.Load(g + r * columns);
                sum = T.Add(sum, up);
                product = T.MultiplyAdd(up, T.Subtract(T.Load(x + r * columns), mean), product);
            }
            AddLanes<T, U>(sum, totals);
            AddLanes<T, U>(T.Multiply(product, inverse), totalProducts);
        }
        for (nint i = 0; i < T.Width; i++)
        {
            sums[i] = (float)totals[i];
            products[i] = (float)totalProducts[i];
        }
        if (call.XGradient.IsEmpty) return;
        var n = RowCount(call);
        var share = call.UsesBatch && n > 0 ? (float)(1 / n) : 0;
        var dx = Pointer(call.XGradient) + at;
        U slope = T.Multiply(T.Load(Pointer(call.Weight) + at), inverse), constant = T.Load(sums), linear = T.Multiply(T.Load(products), inverse);
        for (nint r = 0; r < rows; r++)
        {
            var part = T.Set(m == null ? share : share * m[r]);
            var both = T.MultiplyAdd(T.Subtract(T.Load(x + r * columns), mean), linear, constant);
            var rest = T.Subtract(T.Load(g + r * columns), T.Multiply(part, both));
            T.Store(dx + r * columns, T.MultiplyAdd(slope, rest, T.Load(dx + r * columns)));
        }
    }
}
