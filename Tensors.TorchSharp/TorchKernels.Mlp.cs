namespace AtomSets.Tensors.TorchSharp;

/// <summary>
/// The gathered MLP: every input is multiplied by its rows of the first weight, gathered ones once per source row; the rest are whole-matrix
/// operations.
/// </summary>
public sealed partial class TorchKernels
{
    /// <summary>Of each layer: its output (but the last one's, unless that is nowhere else) and, where the slope needs it, what the activation was taken of.</summary>
    public int MlpSavedLength(MlpCall call)
    {
        var length = 0;
        for (var l = 0; l < call.LayerCount; l++)
        {
            if (KeepsOutput(call, l)) length += Padded(call.Rows * call.Layers[l].Out);
            if (Activations.NeedsInput(call.Layers[l].Activation)) length += Padded(call.Rows * call.Layers[l].Out);
        }
        return Math.Max(1, checked(length + GaussiansLength(call)));
    }

    public void MlpForward(MlpCall call)
    {
        using var scope = torch.NewDisposeScope();
        if (call.Rows == 0)
        {
            if (call.HasEnds) Flat(call.Mean).zero_();
            return;
        }
        var saved = new SavedParts(call.Saved);
        var gaussians = GaussiansOf(call, ref saved);
        var x = gaussians;
        for (var l = 0; l < call.LayerCount; l++)
        {
            ref readonly var layer = ref call.Layers[l];
            var isLast = l == call.LayerCount - 1;
            var y = isLast && !call.HasEnds ? Matrix(call.Output, call.Rows, layer.Out)
                : KeepsOutput(call, l) && saved.Any ? saved.Take(call.Rows, layer.Out) : Temporary(call.Rows, layer.Out);
            var z = Activations.NeedsInput(layer.Activation) ? (saved.Any ? saved.Take(call.Rows, layer.Out) : Temporary(call.Rows, layer.Out)) : y;
            if (l == 0) FirstLayer(call, gaussians, z);
            else Product(in layer, x!, z);
            Activations.Value(layer.Activation, z, y);
            x = y;
        }
        if (!call.HasEnds) return;
        var segments = TorchIndexMemory.Segments(call.MeanOffsets);
        Matrix(call.Mean, segments.Count, call.OutputWidth).copy_(WeightedMean(x!, call.MeanWeights, segments));
        Script.Into("add", Matrix(call.Residual, call.OutputWidth), x!, Matrix(call.Output, call.OutputWidth));
    }

    /// <summary>Whether the last layer's output, or a hidden one's, is kept for the backward pass.</summary>
    static bool KeepsOutput(MlpCall call, int layer) =>
        layer < call.LayerCount - 1
        || (call.HasEnds && call.Layers[layer].Activation != Activation.Linear && !Activations.NeedsInput(call.Layers[layer].Activation));

    static int GaussiansLength(MlpCall call)
    {
        var length = 0;
        for (var i = 0; i < call.InputCount; i++)
            if (call.Inputs[i].Kind == MlpInputKind.Gaussian) length += Padded(call.Rows * call.Inputs[i].Width);
        return length;
    }

    static int Padded(int length) => checked(length + 15) / 16 * 16;

    Torch Temporary(int rows, int columns) => torch.empty([rows, columns], torch.ScalarType.Float32, _device);

    /// <summary>The Gaussian input expanded, kept where there is a backward pass; null where there is none. A second one is expanded when needed.</summary>
    Torch? GaussiansOf(MlpCall call, ref SavedParts saved)
    {
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            if (input.Kind != MlpInputKind.Gaussian) continue;
            var to = saved.Any ? saved.Take(call.Rows, input.Width) : Temporary(call.Rows, input.Width);
            return Expand(input.Basis, Matrix(input.Value, call.Rows, 1), to);
        }
        return null;
    }

    /// <summary>What a row reads of an input that is no gathered one: [Rows × Width].</summary>
    Torch Direct(MlpCall call, int i, Torch? gaussians)
    {
        ref readonly var input = ref call.Inputs[i];
        if (input.Kind == MlpInputKind.Rows) return Matrix(input.Value, call.Rows, input.Width);
        if (IsFirstGaussian(call, i)) return gaussians!;
        return Expand(input.Basis, Matrix(input.Value, call.Rows, 1), Temporary(call.Rows, input.Width));
    }

    static bool IsFirstGaussian(MlpCall call, int i)
    {
        for (var k = 0; k < i; k++)
            if (call.Inputs[k].Kind == MlpInputKind.Gaussian) return false;
        return true;
    }

    /// <summary>z = Σ inputs · their rows of the weight + bias.</summary>
    void FirstLayer(MlpCall call, Torch? gaussians, Torch z)
    {
        ref readonly var layer = ref call.Layers[0];
        var isFirst = true;
        // Direct inputs first: their product writes z, to which the gathered ones add.
        foreach (var gathered in (ReadOnlySpan<bool>)[false, true])
        {
            for (int i = 0, at = 0; i < call.InputCount; at += call.Inputs[i++].Width)
            {
                ref readonly var input = ref call.Inputs[i];
                if (gathered != (input.Kind == MlpInputKind.Gathered)) continue;
                var w = Rows(layer.Weight, at, input.Width, layer.Out);
                if (!gathered)
                {
                    var x = Direct(call, i, gaussians);
                    if (!isFirst) z.addmm_(x, w);
                    else Product(layer.Bias, x, w, z);
                }
                else
                {
                    var p = Temporary(input.SourceRows, layer.Out);
                    Product(isFirst ? layer.Bias : default, Matrix(input.Value, input.SourceRows, input.Width), w, p);
                    if (isFirst) Script.Into("select_rows", p, TorchIndexMemory.View(input.Index), z);
                    else z.PlusInPlace(p.index_select(0, TorchIndexMemory.View(input.Index)));
                }
                isFirst = false;
            }
        }
    }

    static void Product(in MlpLayerCall layer, Torch x, Torch z) => Product(layer.Bias, x, Matrix(layer.Weight, layer.In, layer.Out), z);

    static void Product(DeviceSpan bias, Torch x, Torch w, Torch z)
    {
        if (bias.IsEmpty) Script.Into("matmul", x, w, z);
        else Script.Into("dense", Flat(bias), x, w, z);
    }

    /// <summary>Rows of a weight (or its gradient): [count × columns].</summary>
    static Torch Rows(DeviceSpan weight, int start, int count, int columns) => Matrix(weight.Slice(start * columns, count * columns), count, columns);

    /// <summary>Hands out the parts of what a forward pass keeps, in the same order forward and backward.</summary>
    ref struct SavedParts(DeviceSpan saved)
    {
        int _used;

        public readonly bool Any => !saved.IsEmpty;

        public Torch Take(int rows, int columns)
        {
            var part = Matrix(saved.Slice(_used, rows * columns), rows, columns);
            _used += Padded(rows * columns);
            return part;
        }
    }
}
