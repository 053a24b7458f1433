using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// One CGCNN convolution, backward. With u = weight·ẑ + bias and du = dL/du, batch norm makes
/// dz = weight/σ·(du − m/n·(Σ du + ẑ·Σ du·ẑ)), where the sums run over all edges and are known only at the end. But the weights and
/// atoms need dz summed over the edges of a centre, of a neighbour and of a length only, and dz is linear in du and m·ẑ: one
/// pass collects both sums for each centre, neighbour and length, and the gradients of P, Q and R follow from those.
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    public override void GatedConvolutionBackward(GatedConvolutionCall call)
    {
        scratch.Reset();
        var shape = Shape(call, Pointer(call.Saved));
        nint half = shape.Half, columns = 2 * half, pair = 2 * columns;
        var dt = scratch.Take(shape.Atoms * shape.Width);
        OutputSlopes(Pointer(call.Output), Pointer(call.OutputGradient), dt, Pointer(call.XGradient), shape.Atoms * shape.Width);
        var ds = scratch.TakeZeroed(SumsLength(shape));
        NormBackward(call.AtomNorm, shape.Sums, null, shape.Atoms, dt, ds);

        var norm = EdgeNorm(call);
        float* centres = scratch.Take(shape.Atoms * pair), neighbours = scratch.TakeZeroed(shape.Atoms * pair), lengths = scratch.TakeZeroed(call.LengthCount * pair);
        var normals = (double*)scratch.TakeZeroed(2 * columns);
        GatedPasses<S, V>.Slopes(shape, ds, norm, centres, neighbours, lengths, normals, scratch.Take(columns));
        var sums = ColumnSums(centres, shape.Atoms, columns, pair);
        AddHalves(sums, call.EdgeNorm.BiasGradient, call.Width);
        AddHalves(normals, call.EdgeNorm.WeightGradient, call.Width);

        // dP = scale·(Σ du) − constant·Σ m − linear·(Σ m ẑ)
        float* scale = scratch.Take(columns), constant = scratch.Take(columns), linear = scratch.Take(columns);
        var n = RowCount(shape.Multiplicities, call.Edges);
        var share = call.EdgeNorm.UsesBatch && n > 0 ? 1 / n : 0;
        for (nint c = 0; c < columns; c++)
        {
            scale[c] = norm[c] * norm[2 * columns + c];
            constant[c] = (float)(scale[c] * share * sums[c]);
            linear[c] = (float)(scale[c] * share * normals[c]);
        }
        // A shift of all z changes nothing when the batch's own mean is taken off.
        if (!call.EdgeNorm.UsesBatch)
        {
            for (nint c = 0; c < columns; c++) sums[c] *= scale[c];
            AddHalves(sums, call.BiasGradient, call.Width);
        }
        var counts = scratch.Take(Math.Max(shape.Atoms, call.LengthCount));
        var slopes = new GateSlopes { Scale = scale, Constant = constant, Linear = linear, Counts = counts };
        InputSlopes(call, shape, slopes, centres, neighbours, lengths);
    }

    /// <summary>The three rows that turn collected sums into gradients, and Σ m of each row.</summary>
    struct GateSlopes
    {
        public float* Scale, Constant, Linear, Counts;
    }

    /// <summary>dW₁ += xᵀ·dP, dW₂ += xᵀ·dQ, dW₃ += gaussianᵀ·dR, dx += dP·W₁ᵀ + dQ·W₂ᵀ.</summary>
    void InputSlopes(GatedConvolutionCall call, in GatedShape shape, in GateSlopes slopes, float* centres, float* neighbours, float* lengths)
    {
        int half = (int)shape.Half, columns = 2 * half, width = call.Width, rows = call.Weight.Length / (2 * width);
        float* weights = PadGates(Pointer(call.Weight), rows, width), dx = Pointer(call.XGradient), x = Pointer(call.X);
        var dw = call.WeightGradient.IsEmpty ? null : half == width ? Pointer(call.WeightGradient) : scratch.TakeZeroed((long)rows * columns);
        zeros = scratch.TakeZeroed(columns);
        var tile = scratch.Take((long)TileRows * Math.Max(columns, Padded(width)));
        var slope = scratch.Take((long)TileRows * columns);
        for (var side = 0; side < 2; side++)
        {
            var part = weights + side * width * columns;
            var flipped = dx == null ? null : Transpose(part, width, columns);
            Count(call, shape, slopes.Counts, side);
            for (var from = 0; from < call.Atoms; from += TileRows)
            {
                var count = Math.Min(TileRows, call.Atoms - from);
                Combine(slopes, (side == 0 ? centres : neighbours) + (nint)from * 2 * columns, from, slope, count, columns);
                var source = x + (nint)from * width;
                if (dw != null)
                {
                    var to = dw + side * width * columns;
                    Product<S, V>.Run(width, columns, count, source, 1, width, slope, columns, to, columns, to, columns);
                }
                if (dx != null) AddProduct(count, columns, slope, columns, flipped, width, dx + (nint)from * width, tile, overwrite: false);
            }
        }
        if (dw == null) return;
        Count(call, shape, slopes.Counts, side: 2);
        var basis = call.Basis;
        float* grid = Centres(basis), distances = Pointer(call.Distances), edge = dw + 2 * width * columns;
        var padded = Padded(basis.Count);
        var expanded = scratch.Take((long)TileRows * padded);
        for (var from = 0; from < call.LengthCount; from += TileRows)
        {
            var count = Math.Min(TileRows, call.LengthCount - from);
            Combine(slopes, lengths + (nint)from * 2 * columns, from, slope, count, columns);
            for (nint r = 0; r < count; r++) ExpandRow(distances[from + r], grid, basis, expanded + r * padded, padded);
            Product<S, V>.Run(basis.Count, columns, count, expanded, 1, padded, slope, columns, edge, columns, edge, columns);
        }
        if (half == width) return;
        var gradient = Pointer(call.WeightGradient);
        for (nint r = 0; r < 2 * rows; r++) AddRow(dw + r * half, gradient + r * width, width);
    }

    /// <summary>Σ m of every centre (side 0), neighbour (1) or length (2).</summary>
    static void Count(GatedConvolutionCall call, in GatedShape shape, float* counts, int side)
    {
        new Span<float>(counts, side == 2 ? call.LengthCount : call.Atoms).Clear();
        for (nint i = 0; i < shape.Atoms; i++)
        {
            for (nint e = shape.Offsets[i]; e < shape.Offsets[i + 1]; e++)
                counts[side == 0 ? i : side == 1 ? shape.Neighbours[e] : shape.Lengths[e]] += shape.Multiplicities[e];
        }
    }

    /// <summary>y [rows × columns] from the collected sums [rows × 2·columns] of rows from … from + rows − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Combine(in GateSlopes slopes, float* sums, nint from, float* y, nint rows, nint columns)
    {
        for (nint r = 0; r < rows; r++, sums += 2 * columns, y += columns)
        {
            var count = S.Set(-slopes.Counts[from + r]);
            for (nint c = 0; c < columns; c += S.Width)
            {
                var own = S.MultiplyAdd(S.Load(sums + c), S.Load(slopes.Scale + c), S.Multiply(count, S.Load(slopes.Constant + c)));
                S.Store(y + c, S.Subtract(own, S.Multiply(S.Load(sums + columns + c), S.Load(slopes.Linear + c))));
            }
        }
    }

    /// <summary>dt = dy·σ(x + v), from y = softplus(x + v); dx += dt.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void OutputSlopes(float* y, float* dy, float* dt, float* dx, nint length)
    {
        for (nint i = 0; i < length; i += S.Width)
        {
            var slope = S.Multiply(S.Load(dy + i), SoftplusActivation<S, V>.Slope(S.Load(y + i)));
            S.Store(dt + i, slope);
            if (dx != null) S.Store(dx + i, S.Add(S.Load(dx + i), slope));
        }
    }

    /// <summary>Sums of the first columns of rows of <paramref name="stride"/> numbers, in float64 over chunks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    double* ColumnSums(float* x, nint rows, nint columns, nint stride)
    {
        var sums = (double*)scratch.TakeZeroed(2 * columns);
        for (nint c = 0; c < columns; c += S.Width)
        {
            for (nint from = 0; from < rows; from += SumChunk)
            {
                var sum = S.Set(0);
                for (var r = from; r < Math.Min(rows, from + SumChunk); r++) sum = S.Add(sum, S.Load(x + r * stride + c));
                AddLanes<S, V>(sum, sums + c);
            }
        }
        return sums;
    }

    /// <summary>to [2F] += the unpadded columns of x [2H], unless nobody asks.</summary>
    static void AddHalves(double* x, DeviceSpan to, int width)
    {
        if (to.IsEmpty) return;
        float* y = Pointer(to);
        nint half = Padded(width);
        for (nint c = 0; c < width; c++)
        {
            y[c] += (float)x[c];
            y[width + c] += (float)x[half + c];
        }
    }
}
