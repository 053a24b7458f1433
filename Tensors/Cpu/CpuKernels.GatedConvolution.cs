using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace AtomSets.Tensors;

/// <summary>
/// One CGCNN convolution, forward. The weight of the concatenation is split: P = x·W₁ + b and Q = x·W₂ once per atom [N × 2F],
/// R = gaussian(d)·W₃ once per different length [D × 2F]; an edge's z = P[i] + Q[j] + R[d] is three additions and is never stored:
/// the statistics of batch norm 1, the gated sum and the backward pass each form it again from rows in cache, block by block and
/// strip by strip (see <see cref="GatedShape"/>).
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    /// <summary>About the atoms of a crystal; enough rows for the products' tiles.</summary>
    const int LeastBlock = 24;

    public override int GatedConvolutionSavedLength(GatedConvolutionCall call)
    {
        long columns = 2 * Padded(call.Width);
        return checked((int)(2 * columns * call.Atoms + Whole(call.Atoms * call.Width) + BandLength(call)));
    }

    public override void GatedConvolutionForward(GatedConvolutionCall call)
    {
        scratch.Reset();
        var saved = call.Saved.IsEmpty ? scratch.Take(GatedConvolutionSavedLength(call)) : Pointer(call.Saved);
        var shape = Shape(call, saved, out var sums, out var bands);
        var weights = ToStrips(Pointer(call.Weight), call.Weight.Length / (2 * call.Width), call.Width);
        nint columns = 2 * Padded(call.Width), row = 2 * S.Width;
        float* edgeWeights = weights + 2 * call.Width * columns, distances = Pointer(call.Distances), r = scratch.Take(shape.MostLengths() * row);
        var band = new GaussianBand(call.Basis);
        Expand(call, bands);
        MultiplyAtoms(call, shape, weights, band, bands, edgeWeights, r);
        var norm = EdgeNorm(call);
        float* scale = scratch.Take(columns), shift = scratch.Take(columns);
        for (nint c = 0; c < columns; c++)
        {
            scale[c] = norm[c] * norm[2 * columns + c];
            shift[c] = norm[columns + c] * norm[2 * columns + c] + norm[3 * columns + c];
        }
        var padded = Padded(call.Width) == call.Width ? sums : scratch.Take(shape.Atoms * Padded(call.Width));
        for (var block = 0; block < shape.Blocks; block++)
        {
            var first = r - shape.FirstLength[block] * row;
            for (nint s = 0; s < shape.Strips; s++)
            {
                PrefetchStrip(shape, block, s, shape.P, row);
                PrefetchStrip(shape, block, s, shape.Q, row);
                MultiplyBands(band, shape, block, distances, bands, edgeWeights + s * row, first);
                GatedPasses<S, V>.Sum(shape, block, s, first, scale + s * row, shift + s * row, padded);
            }
        }
        if (padded != sums) CopyOut(padded, Padded(call.Width), sums, call.Width, call.Atoms);

        var atoms = call.AtomNorm;
        FindMoments(atoms, sums, null, shape.Atoms);
        float* moments = Pointer(atoms.Moments), weight = Pointer(atoms.Weight), slope = scratch.Take(call.Width);
        for (nint c = 0; c < call.Width; c++) slope[c] = moments[call.Width + c] * weight[c];
        AddNormalised(Pointer(call.X), sums, moments, slope, Pointer(atoms.Bias), Pointer(call.Output), shape.Atoms, call.Width);
    }

    // ---- shared with the backward pass --------------------------------------------------------------------------------

    /// <param name="saved">P, Q, then <paramref name="sums"/> s [N × F] and <paramref name="bands"/>, the Gaussians of each length that are kept.</param>
    GatedShape Shape(GatedConvolutionCall call, float* saved, out float* sums, out float* bands)
    {
        nint columns = 2 * Padded(call.Width);
        var shape = new GatedShape
        {
            Atoms = call.Atoms, LengthCount = call.LengthCount, Strips = columns / (2 * S.Width),
            Offsets = HostIndexMemory.Pointer(call.Offsets), Neighbours = HostIndexMemory.Pointer(call.Neighbours), Lengths = HostIndexMemory.Pointer(call.Lengths),
            Multiplicities = Pointer(call.Multiplicities),
            P = saved, Q = saved + call.Atoms * columns,
        };
        shape.FindBlocks((int*)scratch.Take(4 * shape.Atoms + 2), LeastBlock);
        sums = saved + 2 * call.Atoms * columns;
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

    /// <summary>P and Q of one block after the other, and from them, while they are in cache, the batch's statistics for batch norm 1.</summary>
    void MultiplyAtoms(GatedConvolutionCall call, in GatedShape shape, float* weights, in GaussianBand band, float* bands, float* edgeWeights, float* r)
    {
        int columns = 2 * Padded(call.Width), width = call.Width, row = 2 * S.Width;
        float* x = Pointer(call.X), bias = ToStrips(Pointer(call.Bias), 1, width), others = weights + width * columns, distances = Pointer(call.Distances);
        zeros = scratch.TakeZeroed(row);
        var origin = scratch.TakeZeroed(columns);
        double* sums = (double*)scratch.TakeZeroed(2 * columns), squares = (double*)scratch.TakeZeroed(2 * columns);
        var hasOrigin = false;
        for (var block = 0; block < shape.Blocks; block++)
        {
            int from = shape.FirstAtom[block], rows = shape.FirstAtom[block + 1] - from;
            var source = x + (nint)from * width;
            for (nint s = 0; s < shape.Strips; s++)
            {
                var at = (s * shape.Atoms + from) * row;
                Product<S, V>.Run(rows, row, width, source, width, 1, weights + s * row, columns, bias + s * row, 0, shape.P + at, row);
                Product<S, V>.Run(rows, row, width, source, width, 1, others + s * row, columns, zeros, 0, shape.Q + at, row);
            }
            if (!call.EdgeNorm.UsesBatch) continue;
            var first = r - shape.FirstLength[block] * row;
            var findsOrigin = !hasOrigin && shape.Offsets[shape.FirstAtom[block + 1]] > 0;
            for (nint s = 0; s < shape.Strips; s++)
            {
                MultiplyBands(band, shape, block, distances, bands, edgeWeights + s * row, first);
                if (findsOrigin) FirstEdge(shape, s, first, origin + s * row);
                GatedPasses<S, V>.Moments(shape, block, s, first, origin + s * row, sums + s * row, squares + s * row);
            }
            hasOrigin |= findsOrigin;
        }
        if (!call.EdgeNorm.UsesBatch)
        {
            RunningMoments(call.EdgeNorm);
            return;
        }
        var n = RowCount(shape.Multiplicities, call.Edges);
        for (nint c = 0; c < 2 * call.Width; c++)
        {
            var at = StripColumn(c, call.Width);
            KeepMoments(call.EdgeNorm, c, n, origin[at], sums[at], squares[at]);
        }
    }

    /// <summary>z of the first edge: sums are measured from it.</summary>
    static void FirstEdge(in GatedShape shape, nint strip, float* r, float* origin)
    {
        nint i = 0, row = 2 * S.Width;
        while (shape.Offsets[i + 1] == 0) i++;
        AddRow(shape.P + (strip * shape.Atoms + i) * row, origin, row);
        AddRow(shape.Q + (strip * shape.Atoms + shape.Neighbours[0]) * row, origin, row);
        AddRow(r + shape.Lengths[0] * row, origin, row);
    }

    /// <summary>Asks for the rows [strips × N × row] of the strip (or the next block's first) that comes next: they come from afar, and in no order that the hardware foresees.</summary>
    static void PrefetchStrip(in GatedShape shape, int block, nint strip, float* x, nint row)
    {
        if (!Sse.IsSupported) return;
        if (++strip == shape.Strips)
        {
            strip = 0;
            if (++block == shape.Blocks) return;
        }
        var from = x + (strip * shape.Atoms + shape.FirstAtom[block]) * row;
        var end = from + (shape.FirstAtom[block + 1] - shape.FirstAtom[block]) * row;
        for (; from < end; from += 16) Sse.Prefetch0(from);
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
