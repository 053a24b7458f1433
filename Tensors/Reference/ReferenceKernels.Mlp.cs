namespace AtomSets.Tensors;

/// <summary>The gathered MLP, row by row, with the concatenation written out.</summary>
public sealed partial class ReferenceKernels
{
    /// <summary>Per row and layer: pre-activations and activations.</summary>
    public int MlpSavedLength(MlpCall call) => checked(call.Rows * SavedPerRow(call));

    public void MlpForward(MlpCall call)
    {
        var perRow = SavedPerRow(call);
        var scratch = call.Saved.IsEmpty ? new double[perRow] : null;
        var x = new double[call.Layers[0].In];
        var output = Numbers(call.Output);
        for (var r = 0; r < call.Rows; r++)
        {
            var saved = scratch is null ? Numbers(call.Saved).Slice(r * perRow, perRow) : scratch;
            Concatenate(call, r, x);
            ReadOnlySpan<double> a = x;
            var at = 0;
            for (var l = 0; l < call.LayerCount; l++)
            {
                ref readonly var layer = ref call.Layers[l];
                ReadOnlySpan<double> w = Numbers(layer.Weight), b = Numbers(layer.Bias);
                Span<double> z = saved.Slice(at, layer.Out), y = saved.Slice(at + layer.Out, layer.Out);
                for (var o = 0; o < layer.Out; o++)
                {
                    var sum = b.IsEmpty ? 0 : b[o];
                    for (var k = 0; k < layer.In; k++) sum += a[k] * w[k * layer.Out + o];
                    z[o] = sum;
                    y[o] = Value(layer.Activation, sum);
                }
                a = y;
                at += 2 * layer.Out;
            }
            a.CopyTo(output[(r * call.OutputWidth)..]);
        }
        if (!call.HasEnds) return;
        SegmentWeightedMean(call.Output, call.MeanWeights, call.MeanOffsets, call.Mean, call.OutputWidth);
        Combine(1, call.Residual, 1, call.Output, call.Output);
    }

    public void MlpBackward(MlpCall call)
    {
        for (var l = 0; l < call.LayerCount; l++)
        {
            if (call.Layers[l].Overwrite) Numbers(call.Layers[l].WeightGradient).Clear();
        }
        var perRow = SavedPerRow(call);
        var x = new double[call.Layers[0].In];
        var widest = x.Length;
        for (var l = 0; l < call.LayerCount; l++) widest = Math.Max(widest, call.Layers[l].Out);
        double[] g = new double[widest], below = new double[widest];
        var slopes = Numbers(call.OutputGradient).ToArray();
        if (call.HasEnds) EndsBackward(call, slopes);
        for (var r = 0; r < call.Rows; r++)
        {
            var saved = Numbers(call.Saved).Slice(r * perRow, perRow);
            Concatenate(call, r, x);
            slopes.AsSpan(r * call.OutputWidth, call.OutputWidth).CopyTo(g);
            var at = perRow;
            for (var l = call.LayerCount - 1; l >= 0; l--)
            {
                ref readonly var layer = ref call.Layers[l];
                at -= 2 * layer.Out;
                ReadOnlySpan<double> z = saved.Slice(at, layer.Out);
                var a = l == 0 ? x : saved.Slice(at - call.Layers[l - 1].Out, call.Layers[l - 1].Out);
                Span<double> w = Numbers(layer.Weight), dw = Numbers(layer.WeightGradient), db = Numbers(layer.BiasGradient);
                Array.Clear(below);
                for (var o = 0; o < layer.Out; o++)
                {
                    var slope = g[o] * Slope(layer.Activation, z[o]);
                    if (!db.IsEmpty) db[o] += slope;
                    for (var k = 0; k < layer.In; k++)
                    {
                        if (!dw.IsEmpty) dw[k * layer.Out + o] += a[k] * slope;
                        below[k] += slope * w[k * layer.Out + o];
                    }
                }
                (g, below) = (below, g);
            }
            Distribute(call, r, g);
        }
    }

    /// <summary>The residual's gradient, and what the mean adds to the gradient of the MLP's rows.</summary>
    static void EndsBackward(MlpCall call, double[] slopes)
    {
        Span<double> residual = Numbers(call.ResidualGradient), dMean = Numbers(call.MeanGradient), w = Numbers(call.MeanWeights);
        var offsets = Rows(call.MeanOffsets);
        for (var i = 0; i < residual.Length; i++) residual[i] = (call.OverwriteResidual ? 0 : residual[i]) + slopes[i];
        for (var s = 0; s + 1 < offsets.Length; s++)
        {
            double sum = 0;
            for (var r = offsets[s]; r < offsets[s + 1]; r++) sum += w[r];
            if (sum <= 0) continue;
            for (var r = offsets[s]; r < offsets[s + 1]; r++)
            {
                for (var c = 0; c < call.OutputWidth; c++) slopes[r * call.OutputWidth + c] += w[r] / sum * dMean[s * call.OutputWidth + c];
            }
        }
    }

    static int SavedPerRow(MlpCall call)
    {
        var sum = 0;
        for (var l = 0; l < call.LayerCount; l++) sum += 2 * call.Layers[l].Out;
        return sum;
    }

    static void Concatenate(MlpCall call, int row, double[] x)
    {
        var at = 0;
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            ReadOnlySpan<double> values = Numbers(input.Value);
            if (input.Kind == MlpInputKind.Gaussian)
            {
                for (var k = 0; k < input.Width; k++) x[at + k] = Gaussian(input.Basis, values[row], k);
            }
            else
            {
                var source = input.Kind == MlpInputKind.Gathered ? Rows(input.Index)[row] : row;
                values.Slice(source * input.Width, input.Width).CopyTo(x.AsSpan(at));
            }
            at += input.Width;
        }
    }

    static void Distribute(MlpCall call, int row, double[] dx)
    {
        var at = 0;
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            if (!input.Gradient.IsEmpty)
            {
                var source = input.Kind == MlpInputKind.Gathered ? Rows(input.Index)[row] : row;
                var gradient = Numbers(input.Gradient).Slice(source * input.Width, input.Width);
                for (var k = 0; k < input.Width; k++) gradient[k] = (input.Overwrite ? 0 : gradient[k]) + dx[at + k];
            }
            at += input.Width;
        }
    }

    static double Gaussian(GaussianBasis basis, double distance, int k)
    {
        var d = distance - (basis.Start + k * basis.Spacing);
        return Math.Exp(-basis.Factor * d * d);
    }
}
