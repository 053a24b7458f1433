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
        zeros = scratch.TakeZeroed(Math.Max(width, Padded(most)));
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
        var matrix = (call.In + 1) * call.Out;
        var g = Pointer(call.Generator) + (nint)first * call.Width;
        float* dw = Pointer(call.WeightGradient), dg = Pointer(call.GeneratorGradient), w = Pointer(call.Weight);
        if (dw != null)
        {
            for (nint k = 0; k < call.Width; k++)
            {
                if (call.Overwrite && first == 0) new Span<float>(dw + k * matrix, matrix).Clear();
            }
            AddOuter(g, call.Width, count, slopes, stride, dw, matrix);
        }
        if (dg == null) return;
        for (nint k = 0; k < call.Width; k++)
        {
            for (nint s = 0; s < count; s++) dg[(first + s) * call.Width + k] += RowDot(w + k * matrix, slopes + s * stride, matrix);
        }
    }

    /// <summary>dw[k] += Σₛ g[s, k]·m[s]: a piece of m's columns at a time, which stays in cache for all k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddOuter(float* g, nint width, int count, float* m, nint stride, float* dw, nint columns)
    {
        const int piece = 256;
        for (nint at = 0; at < columns; at += piece)
        {
            var n = Math.Min(piece, columns - at);
            for (nint k = 0; k < width; k++)
            {
                var to = dw + k * columns + at;
                nint c = 0;
                for (; c + 2 * S.Width <= n; c += 2 * S.Width)
                {
                    V a = S.Load(to + c), b = S.Load(to + c + S.Width);
                    for (nint s = 0; s < count; s++)
                    {
                        var factor = S.Set(g[s * width + k]);
                        a = S.MultiplyAdd(factor, S.Load(m + s * stride + at + c), a);
                        b = S.MultiplyAdd(factor, S.Load(m + s * stride + at + c + S.Width), b);
                    }
                    S.Store(to + c, a);
                    S.Store(to + c + S.Width, b);
                }
                for (; c < n; c++)
                {
                    for (nint s = 0; s < count; s++) to[c] += g[s * width + k] * m[s * stride + at + c];
                }
            }
        }
    }

    /// <summary>m [count × padded matrix] = b + g·W of the generators first … first + count − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Generate(GeneratedCall call, int first, int count, float* m)
    {
        const int piece = 256;
        nint matrix = (nint)(call.In + 1) * call.Out, stride = Padded((int)matrix), width = call.Width;
        float* g = Pointer(call.Generator) + first * width, w = Pointer(call.Weight), b = Pointer(call.Bias);
        for (nint at = 0; at < matrix; at += piece)
        {
            var n = Math.Min(piece, matrix - at);
            for (nint s = 0; s < count; s++)
            {
                var to = m + s * stride + at;
                nint c = 0;
                for (; c + 4 * S.Width <= n; c += 4 * S.Width)
                {
                    V s0 = S.Load(b + at + c), s1 = S.Load(b + at + c + S.Width), s2 = S.Load(b + at + c + 2 * S.Width), s3 = S.Load(b + at + c + 3 * S.Width);
                    var from = w + at + c;
                    for (nint k = 0; k < width; k++, from += matrix)
                    {
                        var factor = S.Set(g[s * width + k]);
                        s0 = S.MultiplyAdd(factor, S.Load(from), s0);
                        s1 = S.MultiplyAdd(factor, S.Load(from + S.Width), s1);
                        s2 = S.MultiplyAdd(factor, S.Load(from + 2 * S.Width), s2);
                        s3 = S.MultiplyAdd(factor, S.Load(from + 3 * S.Width), s3);
                    }
                    S.Store(to + c, s0);
                    S.Store(to + c + S.Width, s1);
                    S.Store(to + c + 2 * S.Width, s2);
                    S.Store(to + c + 3 * S.Width, s3);
                }
                for (; c < n; c++)
                {
                    var sum = b[at + c];
                    for (nint k = 0; k < width; k++) sum += g[s * width + k] * w[k * matrix + at + c];
                    to[c] = sum;
                }
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
