using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// One CGCNN convolution, forward. The weight of the concatenation is split: P = x·W₁ + b and Q = x·W₂ once per atom [N × 2F],
/// R = gaussian(d)·W₃ once per different length [D × 2F]; an edge's z = P[i] + Q[j] + R[d] is three additions and is never stored:
/// the statistics of batch norm 1, the gated sum and the backward pass each form it again, while the rows of a crystal are in
/// cache. Inside, both halves of the columns are padded to whole vectors (H); padding columns are zero.
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    public override int GatedConvolutionSavedLength(GatedConvolutionCall call)
    {
        var shape = new GatedShape { Atoms = call.Atoms, Width = call.Width, Half = Padded(call.Width) };
        return checked((int)(2 * shape.Half * (2L * call.Atoms + call.LengthCount) + SumsLength(shape)));
    }

    public override void GatedConvolutionForward(GatedConvolutionCall call)
    {
        scratch.Reset();
        var saved = call.Saved.IsEmpty ? scratch.Take(GatedConvolutionSavedLength(call)) : Pointer(call.Saved);
        var shape = Shape(call, saved);
        MultiplyInputs(call, shape, PadGates(Pointer(call.Weight), call.Weight.Length / (2 * call.Width), call.Width));
        if (call.EdgeNorm.UsesBatch) EdgeMoments(call, shape);
        else RunningMoments(call.EdgeNorm);
        var norm = EdgeNorm(call);
        nint columns = 2 * shape.Half;
        float* scale = scratch.Take(columns), shift = scratch.Take(columns);
        for (nint c = 0; c < columns; c++)
        {
            scale[c] = norm[c] * norm[2 * columns + c];
            shift[c] = norm[columns + c] * norm[2 * columns + c] + norm[3 * columns + c];
        }
        GatedPasses<S, V>.Sum(shape, scale, shift);

        var atoms = call.AtomNorm;
        FindMoments(atoms, shape.Sums, null, shape.Atoms);
        float* moments = Pointer(atoms.Moments), weight = Pointer(atoms.Weight), slope = scratch.Take(call.Width);
        for (nint c = 0; c < call.Width; c++) slope[c] = moments[call.Width + c] * weight[c];
        AddNormalised(Pointer(call.X), shape.Sums, moments, slope, Pointer(atoms.Bias), Pointer(call.Output), shape.Atoms, call.Width);
    }

    // ---- shared with the backward pass --------------------------------------------------------------------------------

    GatedShape Shape(GatedConvolutionCall call, float* saved)
    {
        var shape = new GatedShape
        {
            Atoms = call.Atoms, Width = call.Width, Half = Padded(call.Width),
            Offsets = HostIndexMemory.Pointer(call.Offsets), Neighbours = HostIndexMemory.Pointer(call.Neighbours), Lengths = HostIndexMemory.Pointer(call.Lengths),
            Multiplicities = Pointer(call.Multiplicities),
        };
        var row = 2 * shape.Half;
        shape.P = saved;
        shape.Q = shape.P + shape.Atoms * row;
        shape.R = shape.Q + shape.Atoms * row;
        shape.Sums = shape.R + call.LengthCount * row;
        if (shape.Multiplicities == null)
        {
            shape.Multiplicities = scratch.Take(call.Edges);
            new Span<float>(shape.Multiplicities, call.Edges).Fill(1);
        }
        return shape;
    }

    /// <summary>Rows of F numbers and one vector more.</summary>
    static long SumsLength(in GatedShape shape) => ((long)shape.Atoms * shape.Width + 15) / 16 * 16 + 16;

    /// <summary>A matrix [rows × 2F] as [rows × 2H] with zero columns behind each half, or itself when it needs none.</summary>
    float* PadGates(float* matrix, int rows, int width)
    {
        var half = Padded(width);
        if (half == width) return matrix;
        var copy = scratch.TakeZeroed(2L * rows * half);
        for (nint r = 0; r < 2 * rows; r++) CopyRow(matrix + r * width, copy + r * half, width);
        return copy;
    }

    /// <summary>[4 × 2H]: 1/σ, −mean/σ, weight, bias of batch norm 1.</summary>
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
        return PadGates(flat, 4, call.Width);
    }

    void MultiplyInputs(GatedConvolutionCall call, in GatedShape shape, float* weights)
    {
        int half = (int)shape.Half, columns = 2 * half, atoms = call.Atoms, width = call.Width;
        float* x = Pointer(call.X), bias = PadGates(Pointer(call.Bias), 1, width);
        zeros = scratch.TakeZeroed(columns);
        Product<S, V>.Run(atoms, columns, width, x, width, 1, weights, columns, bias, 0, shape.P, columns);
        Product<S, V>.Run(atoms, columns, width, x, width, 1, weights + width * columns, columns, zeros, 0, shape.Q, columns);
        var basis = call.Basis;
        float* centres = Centres(basis), distances = Pointer(call.Distances), edge = weights + 2 * width * columns;
        var padded = Padded(basis.Count);
        var expanded = scratch.Take((long)TileRows * padded);
        for (var from = 0; from < call.LengthCount; from += TileRows)
        {
            var rows = Math.Min(TileRows, call.LengthCount - from);
            for (nint r = 0; r < rows; r++) ExpandRow(distances[from + r], centres, basis, expanded + r * padded, padded);
            Product<S, V>.Run(rows, columns, basis.Count, expanded, padded, 1, edge, columns, zeros, 0, shape.R + (nint)from * columns, columns);
        }
    }

    /// <summary>Batch norm 1 over all edges: sums around the first edge's z.</summary>
    void EdgeMoments(GatedConvolutionCall call, in GatedShape shape)
    {
        nint columns = 2 * shape.Half;
        var origin = scratch.TakeZeroed(columns);
        if (call.Edges > 0)
        {
            nint first = 0;
            while (shape.Offsets[first + 1] == 0) first++;
            AddRow(shape.P + first * columns, origin, columns);
            AddRow(shape.Q + shape.Neighbours[0] * columns, origin, columns);
            AddRow(shape.R + shape.Lengths[0] * columns, origin, columns);
        }
        double* sums = (double*)scratch.TakeZeroed(2 * columns), squares = (double*)scratch.TakeZeroed(2 * columns);
        GatedPasses<S, V>.Moments(shape, origin, sums, squares, scratch.Take(2 * columns));
        var n = RowCount(shape.Multiplicities, call.Edges);
        for (nint c = 0; c < 2 * call.Width; c++)
        {
            var at = c < call.Width ? c : shape.Half + c - call.Width;
            KeepMoments(call.EdgeNorm, c, n, origin[at], sums[at], squares[at]);
        }
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
