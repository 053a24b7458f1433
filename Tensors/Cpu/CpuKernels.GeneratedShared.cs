using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// Generated layers whose rows share generators: the matrices of some generators at a time, M = b + g·W, each applied to its rows. Backward:
/// dM = [x, 1]ᵀ·dy of its rows, dW += gᵀ·dM, dg += dM·Wᵀ, dx += dy·Mᵀ.
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    /// <summary>Matrices at a time.</summary>
    const int GeneratorsAtOnce = 24;

    void SharedForward(GeneratedCall call)
    {
        scratch.Reset();
        int wide = call.In + 1, matrix = wide * call.Out, width = Padded(call.Out);
        int* order = RowsByGenerator(call, out var starts);
        var matrices = scratch.Take((long)GeneratorsAtOnce * Padded(matrix));
        float* part = scratch.Take((long)wide * width), x = scratch.Take((long)MostShared(call, starts) * wide), y = scratch.Take((long)MostShared(call, starts) * width);
        zeros = scratch.TakeZeroed(width);
        for (var first = 0; first < call.Generators; first += GeneratorsAtOnce)
        {
            var count = Math.Min(GeneratorsAtOnce, call.Generators - first);
            Generate(call, first, count, matrices);
            for (var s = first; s < first + count; s++)
            {
                int from = starts[s], rows = starts[s + 1] - from;
                if (rows == 0) continue;
                GatherWithOnes(call, order + from, rows, x);
                var m = WidenPart(matrices + (nint)(s - first) * Padded(matrix), wide, call.Out, part);
                Product<S, V>.Run(rows, width, wide, x, wide, 1, m, width, zeros, 0, y, width);
                for (nint r = 0; r < rows; r++) CopyRow(y + r * width, Pointer(call.Output) + (nint)order[from + r] * call.Out, call.Out);
            }
        }
    }

    void SharedBackward(GeneratedCall call)
    {
        scratch.Reset();
        int wide = call.In + 1, matrix = wide * call.Out, width = Padded(call.Out), stride = Padded(matrix);
        int* order = RowsByGenerator(call, out var starts);
        var most = MostShared(call, starts);
        float* matrices = scratch.Take((long)GeneratorsAtOnce * stride), slopes = scratch.Take((long)GeneratorsAtOnce * stride);
        float* x = scratch.Take((long)most * wide), dy = scratch.Take((long)most * width), part = scratch.Take((long)wide * Math.Max(width, Padded(most)));
        var turned = scratch.TakeZeroed((long)call.Out * Padded(most));
        zeros = scratch.TakeZeroed(Math.Max(matrix, Math.Max(width, Padded(most))));
        float* g = Pointer(call.Generator), dx = Pointer(call.XGradient), db = Pointer(call.BiasGradient);
        for (var first = 0; first < call.Generators; first += GeneratorsAtOnce)
        {
            var count = Math.Min(GeneratorsAtOnce, call.Generators - first);
            if (dx != null) Generate(call, first, count, matrices);
            new Span<float>(slopes, count * stride).Clear();
            for (var s = first; s < first + count; s++)
            {
                int from = starts[s], rows = starts[s + 1] - from;
                if (rows == 0) continue;
                var dm = slopes + (nint)(s - first) * stride;
                GatherWithOnes(call, order + from, rows, x);
                for (nint r = 0; r < rows; r++) WidenTile(Pointer(call.OutputGradient) + (nint)order[from + r] * call.Out, call.Out, dy + r * width, width, 1);
                AddTurnedProduct(x, wide, rows, dy, width, dm, call.Out, overwrite: true, part);
                if (db != null) AddRow(dm, db, matrix);
                if (dx == null) continue;
                // dxᵀ = M·dyᵀ
                var columns = Padded(rows);
                BlockedProduct<S, V>.Turn(dy, width, rows, call.Out, turned, columns, accumulate: false);
                Product<S, V>.Run(call.In, columns, call.Out, matrices + (nint)(s - first) * stride, call.Out, 1, turned, columns, zeros, 0, part, columns);
                for (nint r = 0; r < rows; r++)
                {
                    var to = dx + (nint)order[from + r] * call.In;
                    for (nint i = 0; i < call.In; i++) to[i] += part[i * columns + r];
                }
            }
            AddGeneratorSlopes(call, first, count, slopes, stride);
        }
    }

    /// <summary>dW += gᵀ·dM and dg += dM·Wᵀ of some generators.</summary>
    void AddGeneratorSlopes(GeneratedCall call, int first, int count, float* slopes, int stride)
    {
        int matrix = (call.In + 1) * call.Out, whole = matrix / S.Width * S.Width, width = call.Width;
        var g = Pointer(call.Generator) + (nint)first * width;
        float* dw = Pointer(call.WeightGradient), dg = Pointer(call.GeneratorGradient);
        if (dw != null)
        {
            var overwrite = call.Overwrite && first == 0;
            Product<S, V>.Run(width, whole, count, g, 1, width, slopes, stride, overwrite ? zeros : dw, overwrite ? 0 : matrix, dw, matrix);
            for (nint c = whole; c < matrix; c++)
            {
                for (nint k = 0; k < width; k++)
                {
                    var sum = overwrite ? 0 : dw[k * matrix + c];
                    for (nint s = 0; s < count; s++) sum += g[s * width + k] * slopes[s * stride + c];
                    dw[k * matrix + c] = sum;
                }
            }
        }
        if (dg != null) AddDots(slopes, stride, count, Pointer(call.Weight), matrix, width, dg + (nint)first * width);
    }

    /// <summary>y[s, k] += m[s]·w[k], four by two at a time, a piece of the columns after the other, so that what is read stays in cache.</summary>
    /// <param name="m">[rows × columns]</param>
    /// <param name="w">[count × columns]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddDots(float* m, nint stride, nint rows, float* w, nint columns, nint count, float* y)
    {
        const int piece = 1024;
        for (nint at = 0; at < columns; at += piece)
        {
            var n = Math.Min(piece, columns - at);
            for (nint k = 0; k < count; k++)
            {
                float* w0 = w + k * columns + at, w1 = w0 + columns;
                var pair = k + 1 < count;
                nint s = 0;
                for (; pair && s + 4 <= rows; s += 4) Dots4x2(m + s * stride + at, stride, w0, w1, n, y + s * count + k, count);
                for (; s < rows; s++)
                {
                    y[s * count + k] += RowDot(m + s * stride + at, w0, n);
                    if (pair) y[s * count + k + 1] += RowDot(m + s * stride + at, w1, n);
                }
                if (pair) k++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Dots4x2(float* m, nint stride, float* w0, float* w1, nint n, float* y, nint ldy)
    {
        V a0 = S.Set(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
        nint i = 0;
        for (; i + S.Width <= n; i += S.Width)
        {
            V u = S.Load(w0 + i), v = S.Load(w1 + i);
            var x = S.Load(m + i);
            a0 = S.MultiplyAdd(x, u, a0);
            a1 = S.MultiplyAdd(x, v, a1);
            x = S.Load(m + stride + i);
            b0 = S.MultiplyAdd(x, u, b0);
            b1 = S.MultiplyAdd(x, v, b1);
            x = S.Load(m + 2 * stride + i);
            c0 = S.MultiplyAdd(x, u, c0);
            c1 = S.MultiplyAdd(x, v, c1);
            x = S.Load(m + 3 * stride + i);
            d0 = S.MultiplyAdd(x, u, d0);
            d1 = S.MultiplyAdd(x, v, d1);
        }
        AddTwo(a0, a1, m + i, w0 + i, w1 + i, n - i, y);
        AddTwo(b0, b1, m + stride + i, w0 + i, w1 + i, n - i, y + ldy);
        AddTwo(c0, c1, m + 2 * stride + i, w0 + i, w1 + i, n - i, y + 2 * ldy);
        AddTwo(d0, d1, m + 3 * stride + i, w0 + i, w1 + i, n - i, y + 3 * ldy);
    }

    /// <summary>Adds two sums and the columns that were left.</summary>
    static void AddTwo(V first, V second, float* x, float* w0, float* w1, nint left, float* y)
    {
        float a = S.Sum(first), b = S.Sum(second);
        for (nint i = 0; i < left; i++)
        {
            a += x[i] * w0[i];
            b += x[i] * w1[i];
        }
        y[0] += a;
        y[1] += b;
    }

    /// <summary>m [count × padded matrix] = b + g·W of the generators first … first + count − 1.</summary>
    static void Generate(GeneratedCall call, int first, int count, float* m)
    {
        int matrix = (call.In + 1) * call.Out, stride = Padded(matrix), whole = matrix / S.Width * S.Width;
        nint width = call.Width;
        float* g = Pointer(call.Generator) + first * width, w = Pointer(call.Weight), b = Pointer(call.Bias);
        Product<S, V>.Run(count, whole, call.Width, g, width, 1, w, matrix, b, 0, m, stride);
        for (nint s = 0; s < count; s++)
        {
            for (nint c = whole; c < matrix; c++)
            {
                var sum = b[c];
                for (nint k = 0; k < width; k++) sum += g[s * width + k] * w[k * matrix + c];
                m[s * stride + c] = sum;
            }
        }
    }

    /// <summary>Rows of the batch grouped by generator: generator s has places starts[s] … starts[s + 1] − 1.</summary>
    int* RowsByGenerator(GeneratedCall call, out int* starts)
    {
        var index = HostIndexMemory.Pointer(call.Index);
        starts = (int*)scratch.TakeZeroed(call.Generators + 2);
        var order = (int*)scratch.Take(call.Rows);
        var next = (int*)scratch.Take(call.Generators + 1);
        for (var r = 0; r < call.Rows; r++) starts[index[r] + 1]++;
        for (var s = 0; s < call.Generators; s++)
        {
            starts[s + 1] += starts[s];
            next[s] = starts[s];
        }
        for (var r = 0; r < call.Rows; r++) order[next[index[r]]++] = r;
        return order;
    }

    static int MostShared(GeneratedCall call, int* starts)
    {
        var most = 1;
        for (var s = 0; s < call.Generators; s++) most = Math.Max(most, starts[s + 1] - starts[s]);
        return most;
    }

    void GatherWithOnes(GeneratedCall call, int* rows, int count, float* to)
    {
        for (nint r = 0; r < count; r++, to += call.In + 1)
        {
            CopyRow(Pointer(call.X) + (nint)rows[r] * call.In, to, call.In);
            to[call.In] = 1;
        }
    }
}
