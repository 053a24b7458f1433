using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// One CGCNN convolution, forward. The weight of the concatenation is split: P = x·W₁ + b and Q = x·W₂ once per atom [N × 2F],
/// R = gaussian(d)·W₃ once per different length [D × 2F]; an edge's z = P[i] + Q[j] + R[d] is three additions and is never stored:
/// the statistics of batch norm 1, the gated sum and the backward pass each form it again from rows in cache (see
/// <see cref="GatedShape"/> for their order in memory).
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    /// <summary>Rows of atoms whose products are made strip by strip while the rows are in cache.</summary>
    const int ProductRows = 4 * TileRows;

    public override int GatedConvolutionSavedLength(GatedConvolutionCall call)
    {
        long columns = 2 * Padded(call.Width);
        return checked((int)(columns * (2L * call.Atoms + call.LengthCount) + Whole(call.Atoms * call.Width) + BandLength(call)));
    }

    public override void GatedConvolutionForward(GatedConvolutionCall call)
    {
        scratch.Reset();
        var saved = call.Saved.IsEmpty ? scratch.Take(GatedConvolutionSavedLength(call)) : Pointer(call.Saved);
        var shape = Shape(call, saved, out var sums, out var bands);
        MultiplyInputs(call, shape, bands);
        if (call.EdgeNorm.UsesBatch) EdgeMoments(call, shape);
        else RunningMoments(call.EdgeNorm);
        var norm = EdgeNorm(call);
        nint columns = 2 * Padded(call.Width);
        float* scale = scratch.Take(columns), shift = scratch.Take(columns);
        for (nint c = 0; c < columns; c++)
        {
            scale[c] = norm[c] * norm[2 * columns + c];
            shift[c] = norm[columns + c] * norm[2 * columns + c] + norm[3 * columns + c];
        }
        var padded = Padded(call.Width) == call.Width ? sums : scratch.Take(shape.Atoms * Padded(call.Width));
        GatedPasses<S, V>.Sum(shape, scale, shift, padded);
        if (padded != sums) CopyOut(padded, Padded(call.Width), sums, call.Width, call.Atoms);

        var atoms = call.AtomNorm;
        FindMoments(atoms, sums, null, shape.Atoms);
        float* moments = Pointer(atoms.Moments), weight = Pointer(atoms.Weight), slope = scratch.Take(call.Width);
        for (nint c = 0; c < call.Width; c++) slope[c] = moments[call.Width + c] * weight[c];
        AddNormalised(Pointer(call.X), sums, moments, slope, Pointer(atoms.Bias), Pointer(call.Output), shape.Atoms, call.Width);
    }

    // ---- shared with the backward pass --------------------------------------------------------------------------------

    /// <param name="saved">P, Q, R, then <paramref name="sums"/> s [N × F] and <paramref name="bands"/>, the Gaussians of each length that are kept.</param>
    GatedShape Shape(GatedConvolutionCall call, float* saved, out float* sums, out float* bands)
    {
        nint columns = 2 * Padded(call.Width);
        var shape = new GatedShape
        {
            Atoms = call.Atoms, LengthCount = call.LengthCount, Strips = columns / (2 * S.Width),
            Offsets = HostIndexMemory.Pointer(call.Offsets), Neighbours = HostIndexMemory.Pointer(call.Neighbours), Lengths = HostIndexMemory.Pointer(call.Lengths),
            Multiplicities = Pointer(call.Multiplicities),
            P = saved, Q = saved + call.Atoms * columns, R = saved + 2 * call.Atoms * columns,
        };
        sums = shape.R + call.LengthCount * columns;
        bands = sums + Whole(call.Atoms * call.Width);
        if (shape.Multiplicities == null)
        {
            shape.Multiplicities = scratch.Take(call.Edges);
            new Span<float>(shape.Multiplicities, call.Edges).Fill(1);
        }
        return shape;
    }

    static nint Whole(nint length) => (length + 15) / 16 * 16;

    static long BandLength(GatedConvolutionCall call) => (long)call.LengthCount * Padded(new GaussianBand(call.Basis).Count);

    /// <summary>A matrix [rows × 2F] (filters | cores) as [rows × strips·2W].</summary>
    float* ToStrips(float* matrix, nint rows, nint width)
    {
        nint half = Padded((int)width), w = S.Width;
        var strips = scratch.TakeZeroed(2 * rows * half);
        for (nint r = 0; r < rows; r++, matrix += 2 * width)
        {
            for (nint c = 0; c < width; c++)
            {
                var to = strips + 2 * r * half + c / w * 2 * w + c % w;
                to[0] = matrix[c];
                to[w] = matrix[width + c];
            }
        }
        return strips;
    }

    /// <summary>[4 × strips·2W]: 1/σ, −mean/σ, weight, bias of batch norm 1.</summary>
    float* EdgeNorm(GatedConvolutionCall call)
    {
        var norm = call.EdgeNorm;
        nint columns = 2 * call.Width;
        float* flat = scratch.Take(4 * columns), moments = Pointer(norm.Moments), weight = Pointer(norm.Weight), bias = Pointer(norm.Bias);
        for (nint c = 0; c < columns; c++)
        {
            flat[c] = moments[columns + c];
            flat[columns + c] = -moments[c] * moments[columns + c];
            flat[2 * columns + c] = weight[c];
            flat[3 * columns + c] = bias[c];
        }
        return ToStrips(flat, 4, call.Width);
    }

    void MultiplyInputs(GatedConvolutionCall call, in GatedShape shape, float* bands)
    {
        int columns = 2 * Padded(call.Width), width = call.Width, row = 2 * S.Width;
        float* x = Pointer(call.X), bias = ToStrips(Pointer(call.Bias), 1, width);
        float* weights = ToStrips(Pointer(call.Weight), call.Weight.Length / (2 * width), width), others = weights + width * columns;
        zeros = scratch.TakeZeroed(row);
        for (var from = 0; from < call.Atoms; from += ProductRows)
        {
            var rows = Math.Min(ProductRows, call.Atoms - from);
            var source = x + (nint)from * width;
            for (var s = 0; s < shape.Strips; s++)
            {
                var at = (s * shape.Atoms + from) * row;
                Product<S, V>.Run(rows, row, width, source, width, 1, weights + s * row, columns, bias + s * row, 0, shape.P + at, row);
                Product<S, V>.Run(rows, row, width, source, width, 1, others + s * row, columns, zeros, 0, shape.Q + at, row);
            }
        }
        Expand(call, bands);
        MultiplyBands(call, shape, bands, others + width * columns);
    }

    /// <summary>Batch norm 1 over all edges: sums around the first edge's z.</summary>
    void EdgeMoments(GatedConvolutionCall call, in GatedShape shape)
    {
        nint columns = 2 * Padded(call.Width), row = 2 * S.Width;
        var origin = scratch.TakeZeroed(columns);
        if (call.Edges > 0)
        {
            nint first = 0;
            while (shape.Offsets[first + 1] == 0) first++;
            for (nint s = 0; s < shape.Strips; s++)
            {
                AddRow(shape.P + (s * shape.Atoms + first) * row, origin + s * row, row);
                AddRow(shape.Q + (s * shape.Atoms + shape.Neighbours[0]) * row, origin + s * row, row);
                AddRow(shape.R + (s * shape.LengthCount + shape.Lengths[0]) * row, origin + s * row, row);
            }
        }
        double* sums = (double*)scratch.TakeZeroed(2 * columns), squares = (double*)scratch.TakeZeroed(2 * columns);
        GatedPasses<S, V>.Moments(shape, origin, sums, squares);
        var n = RowCount(shape.Multiplicities, call.Edges);
        for (nint c = 0; c < 2 * call.Width; c++)
        {
            var at = StripColumn(c, call.Width);
            KeepMoments(call.EdgeNorm, c, n, origin[at], sums[at], squares[at]);
        }
    }

    /// <summary>Where a column of [filters | cores] lies in a row of strips.</summary>
    static nint StripColumn(nint column, nint width)
    {
        nint w = S.Width, isCore = column / width, c = column - isCore * width;
        return c / w * 2 * w + c % w + isCore * w;
    }

    /// <summary>y = softplus(x + (s − mean)·slope + bias)</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddNormalised(float* x, float* s, float* mean, float* slope, float* bias, float* y, nint rows, nint columns)
    {
        for (nint r = 0; r < rows; r++, x += columns, s += columns, y += columns)
        {
            nint c = 0;
            for (; c + S.Width <= columns; c += S.Width)
            {
                var normal = S.MultiplyAdd(S.Subtract(S.Load(s + c), S.Load(mean + c)), S.Load(slope + c), S.Load(bias + c));
                S.Store(y + c, VectorMath<S, V>.Softplus(S.Add(S.Load(x + c), normal), 0));
            }
            for (; c < columns; c++) y[c] = VectorMath<Simd1, float>.Softplus(x[c] + (s[c] - mean[c]) * slope[c] + bias[c], 0);
        }
    }
}
