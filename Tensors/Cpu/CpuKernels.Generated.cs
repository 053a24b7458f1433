using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// Generated layers. y[r] = [x, 1]·(b + Σₖ gₖ·Wₖ) is one product of [1, g] ⊗ [x, 1] with all Wₖ under each other, which is how they lie: no matrix
/// of any row is made. <see cref="Together"/> or so rows of W at a time are multiplied by g ⊗ x of a chunk of rows, which is formed in cache.
/// Backward: dW = (g ⊗ x)ᵀ·dy; d(g ⊗ x)ᵀ = W·dyᵀ, from which dgₖ = Σᵢ d(g ⊗ x)·x and dx = Σₖ gₖ·d(g ⊗ x), columns being rows of the batch, so
/// that nothing is summed across a vector.
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    /// <summary>Rows of the batch at a time: their part of dW is added to memory once.</summary>
    const int GeneratedRows = 512;

    /// <summary>Rows of W at a time.</summary>
    const int Together = 256;

    /// <summary>Columns of W·dyᵀ at a time: with <see cref="Together"/> rows they stay in the second-level cache.</summary>
    const int TurnedColumns = 128;

    public override void GeneratedForward(GeneratedCall call)
    {
        if (call.Rows == 0) return;
        if (!call.Index.IsEmpty)
        {
            SharedForward(call);
            return;
        }
        for (var from = 0; from < call.Rows; from += GeneratedRows)
        {
            scratch.Reset();
            int rows = Math.Min(GeneratedRows, call.Rows - from), width = Padded(call.Out), wide = call.In + 1, matrix = wide * call.Out;
            float* g = Pointer(call.Generator) + (nint)from * call.Width, y = Pointer(call.Output) + (nint)from * call.Out;
            var x = WithOnes(Pointer(call.X) + (nint)from * call.In, call.In, rows);
            var sum = width == call.Out ? y : scratch.Take((long)rows * width);
            zeros = scratch.TakeZeroed(width);
            Product<S, V>.Run(rows, width, wide, x, wide, 1, WidenPart(Pointer(call.Bias), wide, call.Out, scratch.Take((long)wide * width)), width, zeros, 0, sum, width);
            var most = Math.Max(1, Together / wide);
            float* outer = scratch.Take((long)rows * most * wide), part = scratch.Take((long)most * wide * width);
            for (var k = 0; k < call.Width; k += most)
            {
                var count = Math.Min(most, call.Width - k);
                OuterProducts(g + k, call.Width, count, x, wide, rows, outer);
                var w = WidenPart(Pointer(call.Weight) + (nint)k * matrix, count * wide, call.Out, part);
                Product<S, V>.Run(rows, width, count * wide, outer, count * wide, 1, w, width, sum, width, sum, width);
            }
            if (sum != y) CopyOut(sum, width, y, call.Out, rows);
        }
    }

    public override void GeneratedBackward(GeneratedCall call)
    {
        if (call.Rows == 0) return;
        if (!call.Index.IsEmpty)
        {
            SharedBackward(call);
            return;
        }
        for (var from = 0; from < call.Rows; from += GeneratedRows)
        {
            scratch.Reset();
            BackwardChunk(call, from, Math.Min(GeneratedRows, call.Rows - from));
        }
    }

    void BackwardChunk(GeneratedCall call, int from, int rows)
    {
        int width = Padded(call.Out), wide = call.In + 1, matrix = wide * call.Out, most = Math.Max(1, Together / wide);
        float* g = Pointer(call.Generator) + (nint)from * call.Width, up = Pointer(call.OutputGradient) + (nint)from * call.Out;
        var x = WithOnes(Pointer(call.X) + (nint)from * call.In, call.In, rows);
        var dy = WidenPart(up, rows, call.Out, scratch.Take((long)rows * width));
        zeros = scratch.TakeZeroed(Math.Max(width, TurnedColumns));
        float* dw = Pointer(call.WeightGradient), db = Pointer(call.BiasGradient);
        float* outer = scratch.Take((long)rows * most * wide), part = scratch.Take((long)most * wide * width);
        if (db != null) AddTurnedProduct(x, wide, rows, dy, width, db, call.Out, overwrite: false, part);
        var wantsInputs = !call.XGradient.IsEmpty || !call.GeneratorGradient.IsEmpty;
        var turned = wantsInputs ? TurnedOf(call, rows, x, g, up) : default;
        if (wantsInputs) AddInputs(turned, Pointer(call.Bias), 1, call.In, call.Out, turned.Ones, null);
        for (var k = 0; k < call.Width; k += most)
        {
            var count = Math.Min(most, call.Width - k);
            if (dw != null)
            {
                OuterProducts(g + k, call.Width, count, x, wide, rows, outer);
                AddTurnedProduct(outer, count * wide, rows, dy, width, dw + (nint)k * matrix, call.Out, call.Overwrite && from == 0, part);
            }
            if (wantsInputs)
                AddInputs(turned, Pointer(call.Weight) + (nint)k * matrix, count, call.In, call.Out, turned.G + k * turned.Stride, turned.GSlopes + k * turned.Stride);
        }
        if (!call.XGradient.IsEmpty)
            BlockedProduct<S, V>.Turn(turned.XSlopes, turned.Stride, call.In, rows, Pointer(call.XGradient) + (nint)from * call.In, call.In, accumulate: true);
        if (!call.GeneratorGradient.IsEmpty)
            BlockedProduct<S, V>.Turn(turned.GSlopes, turned.Stride, call.Width, rows, Pointer(call.GeneratorGradient) + (nint)from * call.Width, call.Width, accumulate: true);
    }

    /// <summary>What is read by columns of the batch: [· × Stride], the columns beyond its rows zero.</summary>
    struct TurnedRows
    {
        public float* X, G, Ones, Up, XSlopes, GSlopes, Products;
        public nint Stride;
    }

    TurnedRows TurnedOf(GeneratedCall call, int rows, float* x, float* g, float* up)
    {
        // Rows of a power of two numbers would meet in a few cache sets.
        var stride = (rows + 15) / 16 * 16;
        if (stride % 256 == 0) stride += 16;
        TurnedRows turned = new()
        {
            X = scratch.TakeZeroed((long)(call.In + 1) * stride), G = scratch.TakeZeroed((long)call.Width * stride), Ones = scratch.Take(stride),
            Up = scratch.TakeZeroed((long)call.Out * stride), XSlopes = scratch.TakeZeroed((long)(call.In + 1) * stride),
            GSlopes = scratch.TakeZeroed((long)call.Width * stride), Products = scratch.Take((long)Math.Max(Together, call.In + 1) * TurnedColumns), Stride = stride,
        };
        BlockedProduct<S, V>.Turn(x, call.In + 1, rows, call.In + 1, turned.X, stride, accumulate: false);
        BlockedProduct<S, V>.Turn(g, call.Width, rows, call.Width, turned.G, stride, accumulate: false);
        BlockedProduct<S, V>.Turn(up, call.Out, rows, call.Out, turned.Up, stride, accumulate: false);
        new Span<float>(turned.Ones, stride).Fill(1);
        return turned;
    }

    /// <summary>The part of dx and dg that comes by some of the matrices W [count × (I + 1) × O].</summary>
    /// <param name="g">their generators [count × stride]</param>
    /// <param name="gSlopes">[count × stride]; null: not wanted</param>
    void AddInputs(in TurnedRows turned, float* w, int count, int inputs, int outputs, float* g, float* gSlopes)
    {
        var wide = inputs + 1;
        for (nint at = 0; at < turned.Stride; at += TurnedColumns)
        {
            var columns = (int)Math.Min(TurnedColumns, turned.Stride - at);
            Product<S, V>.Run(count * wide, columns, outputs, w, outputs, 1, turned.Up + at, turned.Stride, zeros, 0, turned.Products, columns);
            for (nint k = 0; k < count; k++)
            {
                Contract(
                    turned.Products + k * wide * columns, columns, turned.X + at, turned.XSlopes + at, g + k * turned.Stride + at,
                    gSlopes == null ? null : gSlopes + k * turned.Stride + at, turned.Stride, wide);
            }
        }
    }

    /// <summary>dx[i] += g ⊙ p[i], dg += Σᵢ x[i] ⊙ p[i]; p [wide × columns].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Contract(float* p, nint columns, float* x, float* dx, float* g, float* dg, nint stride, nint wide)
    {
        nint c = 0, w = S.Width;
        for (; c + 4 * w <= columns; c += 4 * w)
        {
            V g0 = S.Load(g + c), g1 = S.Load(g + c + w), g2 = S.Load(g + c + 2 * w), g3 = S.Load(g + c + 3 * w);
            V s0 = S.Set(0), s1 = s0, s2 = s0, s3 = s0;
            float* from = p + c, value = x + c, slope = dx + c;
            for (nint i = 0; i < wide; i++, from += columns, value += stride, slope += stride)
            {
                V p0 = S.Load(from), p1 = S.Load(from + w), p2 = S.Load(from + 2 * w), p3 = S.Load(from + 3 * w);
                S.Store(slope, S.MultiplyAdd(p0, g0, S.Load(slope)));
                S.Store(slope + w, S.MultiplyAdd(p1, g1, S.Load(slope + w)));
                S.Store(slope + 2 * w, S.MultiplyAdd(p2, g2, S.Load(slope + 2 * w)));
                S.Store(slope + 3 * w, S.MultiplyAdd(p3, g3, S.Load(slope + 3 * w)));
                s0 = S.MultiplyAdd(p0, S.Load(value), s0);
                s1 = S.MultiplyAdd(p1, S.Load(value + w), s1);
                s2 = S.MultiplyAdd(p2, S.Load(value + 2 * w), s2);
                s3 = S.MultiplyAdd(p3, S.Load(value + 3 * w), s3);
            }
            if (dg == null) continue;
            S.Store(dg + c, S.Add(S.Load(dg + c), s0));
            S.Store(dg + c + w, S.Add(S.Load(dg + c + w), s1));
            S.Store(dg + c + 2 * w, S.Add(S.Load(dg + c + 2 * w), s2));
            S.Store(dg + c + 3 * w, S.Add(S.Load(dg + c + 3 * w), s3));
        }
        for (; c < columns; c += w)
        {
            V factor = S.Load(g + c), sum = S.Set(0);
            for (nint i = 0; i < wide; i++)
            {
                var product = S.Load(p + i * columns + c);
                S.Store(dx + i * stride + c, S.MultiplyAdd(product, factor, S.Load(dx + i * stride + c)));
                sum = S.MultiplyAdd(product, S.Load(x + i * stride + c), sum);
            }
            if (dg != null) S.Store(dg + c, S.Add(S.Load(dg + c), sum));
        }
    }

    /// <summary>dw [inputs × outputs] += aᵀ·dy over the rows, or = .</summary>
    /// <param name="a">[rows × inputs]</param>
    /// <param name="dy">[rows × padded outputs]</param>
    /// <param name="part">room for [inputs × padded outputs]</param>
    void AddTurnedProduct(float* a, int inputs, int rows, float* dy, int width, float* dw, int outputs, bool overwrite, float* part)
    {
        if (width == outputs)
        {
            Product<S, V>.Run(inputs, width, rows, a, 1, inputs, dy, width, overwrite ? zeros : dw, overwrite ? 0 : width, dw, width);
            return;
        }
        Product<S, V>.Run(inputs, width, rows, a, 1, inputs, dy, width, zeros, 0, part, width);
        for (nint r = 0; r < inputs; r++)
        {
            if (overwrite) CopyRow(part + r * width, dw + r * outputs, outputs);
            else AddRow(part + r * width, dw + r * outputs, outputs);
        }
    }

    /// <summary>[rows × (inputs + 1)]: x with a 1 behind each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    float* WithOnes(float* x, int inputs, int rows)
    {
        var copy = scratch.Take((long)rows * (inputs + 1));
        var to = copy;
        for (nint r = 0; r < rows; r++, to += inputs + 1)
        {
            CopyRow(x + r * inputs, to, inputs);
            to[inputs] = 1;
        }
        return copy;
    }

    /// <summary>y [rows × count·wide]: g₀·x, g₁·x … of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void OuterProducts(float* g, nint ldg, int count, float* x, nint wide, int rows, float* y)
    {
        for (nint r = 0; r < rows; r++, g += ldg, x += wide)
        {
            for (nint k = 0; k < count; k++, y += wide) ScaleRow(g[k], x, y, wide);
        }
    }

    /// <summary>A copy with zero columns up to the padded width in <paramref name="room"/>, or the matrix itself when it needs none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float* WidenPart(float* matrix, int rows, int columns, float* room)
    {
        var width = Padded(columns);
        if (width == columns) return matrix;
        WidenTile(matrix, columns, room, width, rows);
        return room;
    }
}
