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
        var shape = Shape(call, Pointer(call.Saved), out var saved, out var bands);
        nint width = call.Width, half = Padded(call.Width), columns = 2 * half;
        var dt = scratch.Take(shape.Atoms * width);
        OutputSlopes(Pointer(call.Output), Pointer(call.OutputGradient), dt, Pointer(call.XGradient), shape.Atoms * width);
        var ds = scratch.TakeZeroed(shape.Atoms * width);
        NormBackward(call.AtomNorm, saved, null, shape.Atoms, dt, ds);
        if (half != width)
        {
            var wide = scratch.Take(shape.Atoms * half);
            WidenTile(ds, call.Width, wide, (int)half, call.Atoms);
            ds = wide;
        }

        var norm = EdgeNorm(call);
        float* centres = scratch.Take(2 * columns * shape.Atoms), neighbours = scratch.Take(2 * columns * shape.Atoms);
        double* sums = (double*)scratch.TakeZeroed(2 * columns), normals = (double*)scratch.TakeZeroed(2 * columns);
        var weights = ToStrips(Pointer(call.Weight), call.Weight.Length / (2 * call.Width), width);
        var bandSums = scratch.TakeZeroed(call.Basis.Count * 2 * columns);
        EdgeSlopes(call, shape, ds, norm, weights, bands, centres, neighbours, bandSums, sums, normals);

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
        for (nint c = 0; c < 2 * width; c++)
        {
            var at = StripColumn(c, width);
            if (!call.EdgeNorm.BiasGradient.IsEmpty) Pointer(call.EdgeNorm.BiasGradient)[c] += (float)sums[at];
            if (!call.EdgeNorm.WeightGradient.IsEmpty) Pointer(call.EdgeNorm.WeightGradient)[c] += (float)normals[at];
            // A shift of all z changes nothing when the batch's own mean is taken off.
            if (!call.EdgeNorm.UsesBatch && !call.BiasGradient.IsEmpty) Pointer(call.BiasGradient)[c] += (float)(scale[at] * sums[at]);
        }
        var slopes = new GateSlopes { Scale = scale, Constant = constant, Linear = linear, Counts = scratch.Take(Math.Max(shape.Atoms, shape.LengthCount)) };
        InputSlopes(call, shape, slopes, weights, centres, neighbours, bandSums, bands);
    }

    /// <summary>The pass over the edges; what lengths collect goes at once through the Gaussians into <paramref name="bandSums"/> [strips × G × 4W].</summary>
    void EdgeSlopes(
        GatedConvolutionCall call, in GatedShape shape, float* ds, float* norm, float* weights, float* bands,
        float* centres, float* neighbours, float* bandSums, double* sums, double* normals)
    {
        nint columns = 2 * Padded(call.Width), row = 2 * S.Width, pair = 2 * row;
        float* distances = Pointer(call.Distances), edgeWeights = weights + 2 * call.Width * columns;
        var most = shape.MostLengths();
        float* r = scratch.Take(most * row), lengths = scratch.Take(most * pair);
        var band = new GaussianBand(call.Basis);
        for (var block = 0; block < shape.Blocks; block++)
        {
            int firstLength = shape.FirstLength[block], count = shape.FirstLength[block + 1] - firstLength;
            int firstAtom = shape.FirstAtom[block], atoms = shape.FirstAtom[block + 1] - firstAtom;
            for (nint s = 0; s < shape.Strips; s++)
            {
                PrefetchStrip(shape, block, s, shape.P, row);
                PrefetchStrip(shape, block, s, shape.Q, row);
                MultiplyBands(band, shape, block, distances, bands, edgeWeights + s * row, r - firstLength * row);
                new Span<float>(lengths, count * (int)pair).Clear();
                new Span<float>(neighbours + (s * shape.Atoms + firstAtom) * pair, atoms * (int)pair).Clear();
                GatedPasses<S, V>.Slopes(
                    shape, block, s, r - firstLength * row, ds, norm + s * row, centres, neighbours, lengths - firstLength * pair, sums + s * row, normals + s * row);
                AddBands(band, shape, block, distances, bands, lengths - firstLength * pair, bandSums + s * call.Basis.Count * pair);
            }
        }
    }

    /// <summary>The three rows that turn collected sums into gradients, and Σ m of each row.</summary>
    struct GateSlopes
    {
        public float* Scale, Constant, Linear, Counts;
    }

    /// <summary>dW₁ += xᵀ·dP, dW₂ += xᵀ·dQ, dW₃ += gaussianᵀ·dR, dx += dP·W₁ᵀ + dQ·W₂ᵀ.</summary>
    void InputSlopes(
        GatedConvolutionCall call, in GatedShape shape, in GateSlopes slopes, float* weights, float* centres, float* neighbours, float* bandSums, float* bands)
    {
        int columns = 2 * Padded(call.Width), width = call.Width, rows = call.Weight.Length / (2 * width);
        float* dx = Pointer(call.XGradient), x = Pointer(call.X);
        var dw = call.WeightGradient.IsEmpty ? null : scratch.TakeZeroed((long)rows * columns);
        zeros = scratch.TakeZeroed(columns);
        float* tile = scratch.Take((long)TileRows * Padded(width)), slope = scratch.Take((long)TileRows * columns);
        for (var side = 0; side < 2; side++)
        {
            var flipped = dx == null ? null : Transpose(weights + side * width * columns, width, columns);
            Count(call, shape, slopes.Counts, side);
            for (var from = 0; from < call.Atoms; from += TileRows)
            {
                var count = Math.Min(TileRows, call.Atoms - from);
                SlopesOfRows(shape, slopes, side == 0 ? centres : neighbours, from, count, slope);
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
        BandSlopes(call, shape, slopes, bandSums, bands, dw + 2 * width * columns);
        var gradient = Pointer(call.WeightGradient);
        for (nint c = 0; c < 2 * width; c++)
        {
            var at = dw + StripColumn(c, width);
            for (nint r = 0; r < rows; r++) gradient[r * 2 * width + c] += at[r * columns];
        }
    }

    /// <summary>dW₃ [G × strips·2W] from what the centres of the basis have collected.</summary>
    void BandSlopes(GatedConvolutionCall call, in GatedShape shape, in GateSlopes slopes, float* bandSums, float* bands, float* y)
    {
        var band = new GaussianBand(call.Basis);
        nint w = S.Width, row = 2 * w, width = Padded(band.Count), centres = call.Basis.Count;
        Count(call, shape, slopes.Counts, side: 2);
        var distances = Pointer(call.Distances);
        var counts = scratch.TakeZeroed(centres);
        for (nint d = 0; d < shape.LengthCount; d++)
        {
            var first = band.First(distances[d]);
            for (nint k = 0; k < band.Count; k++) counts[first + k] += bands[d * width + k] * slopes.Counts[d];
        }
        for (nint s = 0; s < shape.Strips; s++)
        {
            for (nint k = 0; k < centres; k++)
            {
                float* sums = bandSums + (s * centres + k) * 2 * row, to = y + (k * shape.Strips + s) * row;
                S.Store(to, Slope(slopes, sums, s * row, counts[k]));
                S.Store(to + w, Slope(slopes, sums + w, s * row + w, counts[k]));
            }
        }
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

    /// <summary>dP or dQ of some atoms [count × strips·2W] from the collected sums [strips × N × 4W].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SlopesOfRows(in GatedShape shape, in GateSlopes slopes, float* collected, nint from, nint count, float* y)
    {
        nint w = S.Width, row = 2 * w, columns = shape.Strips * row;
        for (nint s = 0; s < shape.Strips; s++)
        {
            var sums = collected + (s * shape.Atoms + from) * 2 * row;
            for (nint r = 0; r < count; r++, sums += 2 * row)
            {
                var to = y + r * columns + s * row;
                S.Store(to, Slope(slopes, sums, s * row, slopes.Counts[from + r]));
                S.Store(to + w, Slope(slopes, sums + w, s * row + w, slopes.Counts[from + r]));
            }
        }
    }

    /// <summary>One vector of dP, dQ or dR from Σ du and, two vectors on, Σ m ẑ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Slope(in GateSlopes slopes, float* sums, nint column, float count)
    {
        var own = S.Subtract(S.Multiply(S.Load(sums), S.Load(slopes.Scale + column)), S.Multiply(S.Set(count), S.Load(slopes.Constant + column)));
        return S.Subtract(own, S.Multiply(S.Load(sums + 2 * S.Width), S.Load(slopes.Linear + column)));
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
}
