namespace AtomSets.Tensors;

/// <summary>One CGCNN convolution, edge by edge: e runs over edges i → j of length d, c over the 2F columns of z or the F of an atom.</summary>
public sealed partial class ReferenceKernels
{
    /// <summary>z of every edge, and the sums over the edges of every atom.</summary>
    public int GatedConvolutionSavedLength(GatedConvolutionCall call) => checked(2 * call.Width * call.Edges + call.Width * call.Atoms);

    public void GatedConvolutionForward(GatedConvolutionCall call)
    {
        var f = call.Width;
        var saved = call.Saved.IsEmpty ? new double[GatedConvolutionSavedLength(call)] : Numbers(call.Saved);
        Span<double> z = saved[..(2 * f * call.Edges)], sums = saved[(2 * f * call.Edges)..];
        Span<double> w = Numbers(call.Weight), b = Numbers(call.Bias), x = Numbers(call.X), y = Numbers(call.Output), m = Numbers(call.Multiplicities);
        var offsets = Rows(call.Offsets);
        for (var i = 0; i < call.Atoms; i++)
        {
            for (var e = offsets[i]; e < offsets[i + 1]; e++)
            {
                var input = EdgeInput(call, i, e);
                for (var c = 0; c < 2 * f; c++)
                {
                    z[2 * f * e + c] = b[c];
                    for (var k = 0; k < input.Length; k++) z[2 * f * e + c] += input[k] * w[2 * f * k + c];
                }
            }
        }
        var normal = new double[z.Length];
        Normalise(call.EdgeNorm, z, m, normal);
        sums.Clear();
        for (var i = 0; i < call.Atoms; i++)
        {
            for (var e = offsets[i]; e < offsets[i + 1]; e++)
            {
                for (var c = 0; c < f; c++)
                    sums[f * i + c] += (m.IsEmpty ? 1 : m[e]) * Sigmoid(normal[2 * f * e + c]) * Softplus(normal[2 * f * e + f + c]);
            }
        }
        Normalise(call.AtomNorm, sums, [], y);
        for (var i = 0; i < y.Length; i++) y[i] = Softplus(x[i] + y[i]);
    }

    public void GatedConvolutionBackward(GatedConvolutionCall call)
    {
        var f = call.Width;
        var saved = Numbers(call.Saved);
        Span<double> z = saved[..(2 * f * call.Edges)], sums = saved[(2 * f * call.Edges)..];
        Span<double> w = Numbers(call.Weight), dw = Numbers(call.WeightGradient), db = Numbers(call.BiasGradient), dx = Numbers(call.XGradient);
        Span<double> x = Numbers(call.X), y = Numbers(call.Output), dy = Numbers(call.OutputGradient), m = Numbers(call.Multiplicities);
        var offsets = Rows(call.Offsets);
        double[] dt = new double[sums.Length], ds = new double[sums.Length], du = new double[z.Length], dz = new double[z.Length];
        for (var i = 0; i < dt.Length; i++)
        {
            dt[i] = dy[i] * (1 - Math.Exp(-y[i]));
            if (!dx.IsEmpty) dx[i] += dt[i];
        }
        NormaliseBackward(call.AtomNorm, sums, [], dt, ds);
        var normal = new double[z.Length];
        Apply(call.EdgeNorm, z, normal);
        for (var i = 0; i < call.Atoms; i++)
        {
            for (var e = offsets[i]; e < offsets[i + 1]; e++)
            {
                for (var c = 0; c < f; c++)
                {
                    double up = (m.IsEmpty ? 1 : m[e]) * ds[f * i + c], filter = normal[2 * f * e + c], core = normal[2 * f * e + f + c];
                    du[2 * f * e + c] = up * Softplus(core) * Slope(Activation.Sigmoid, filter);
                    du[2 * f * e + f + c] = up * Sigmoid(filter) * Sigmoid(core);
                }
            }
        }
        NormaliseBackward(call.EdgeNorm, z, m, du, dz);
        var neighbours = Rows(call.Neighbours);
        for (var i = 0; i < call.Atoms; i++)
        {
            for (var e = offsets[i]; e < offsets[i + 1]; e++)
            {
                var input = EdgeInput(call, i, e);
                for (var c = 0; c < 2 * f; c++)
                {
                    var slope = dz[2 * f * e + c];
                    if (!db.IsEmpty) db[c] += slope;
                    for (var k = 0; k < input.Length; k++)
                    {
                        if (!dw.IsEmpty) dw[2 * f * k + c] += input[k] * slope;
                        if (!dx.IsEmpty && k < 2 * f) dx[k < f ? f * i + k : f * neighbours[e] + k - f] += slope * w[2 * f * k + c];
                    }
                }
            }
        }
    }

    /// <summary>[x_i ; x_j ; gaussian(d)]</summary>
    static double[] EdgeInput(GatedConvolutionCall call, int atom, int edge)
    {
        var f = call.Width;
        var input = new double[2 * f + call.Basis.Count];
        var x = Numbers(call.X);
        x.Slice(f * atom, f).CopyTo(input);
        x.Slice(f * Rows(call.Neighbours)[edge], f).CopyTo(input.AsSpan(f));
        var distance = Numbers(call.Distances)[Rows(call.Lengths)[edge]];
        for (var k = 0; k < call.Basis.Count; k++) input[2 * f + k] = Gaussian(call.Basis, distance, k);
        return input;
    }
}
