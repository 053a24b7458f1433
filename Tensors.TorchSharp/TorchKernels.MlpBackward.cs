namespace AtomSets.Tensors.TorchSharp;

/// <summary>Gradients of the gathered MLP.</summary>
public sealed partial class TorchKernels
{
    public void MlpBackward(MlpCall call)
    {
        if (call.Rows == 0) return;
        using var scope = torch.NewDisposeScope();
        var (gaussians, outputs, inputs) = Kept(call);
        var g = Matrix(call.OutputGradient, call.Rows, call.OutputWidth);
        var isOurs = false; // the tape's gradient is not to be changed
        if (call.HasEnds)
        {
            g = Ends(call, g);
            isOurs = true;
        }
        for (var l = call.LayerCount - 1; l >= 0; l--)
        {
            ref readonly var layer = ref call.Layers[l];
            if (layer.Activation != Activation.Linear)
            {
                var slopes = isOurs ? g : torch.empty_like(g);
                Activations.Slope(layer.Activation, inputs[l] ?? outputs[l]!, g, slopes);
                g = slopes;
            }
            if (!layer.BiasGradient.IsEmpty) Flat(layer.BiasGradient).PlusInPlace(g.ColumnSums());
            if (l == 0) break;
            if (!layer.WeightGradient.IsEmpty) AddProduct(outputs[l - 1]!, g, Matrix(layer.WeightGradient, layer.In, layer.Out), layer.Overwrite);
            if (!IsWantedBelow(call, l)) return;
            var below = Temporary(call.Rows, layer.In);
            Script.Into("matmul", g, Matrix(layer.Weight, layer.In, layer.Out).t(), below);
            (g, isOurs) = (below, true);
        }
        ToInputs(call, gaussians, g);
    }

    /// <summary>What the forward pass kept: the Gaussians, and of each layer y and, where the slope needs it, z.</summary>
    static (Torch? Gaussians, Torch?[] Outputs, Torch?[] Inputs) Kept(MlpCall call)
    {
        var saved = new SavedParts(call.Saved);
        Torch? gaussians = null;
        for (var i = 0; i < call.InputCount && gaussians is null; i++)
            if (call.Inputs[i].Kind == MlpInputKind.Gaussian) gaussians = saved.Take(call.Rows, call.Inputs[i].Width);
        Torch?[] outputs = new Torch?[call.LayerCount], inputs = new Torch?[call.LayerCount];
        for (var l = 0; l < call.LayerCount; l++)
        {
            var width = call.Layers[l].Out;
            if (KeepsOutput(call, l)) outputs[l] = saved.Take(call.Rows, width);
            else if (!call.HasEnds) outputs[l] = Matrix(call.Output, call.Rows, width);
            if (Activations.NeedsInput(call.Layers[l].Activation)) inputs[l] = saved.Take(call.Rows, width);
        }
        return (gaussians, outputs, inputs);
    }

    /// <summary>The residual's gradient; returns that of the MLP's rows, with what their mean adds.</summary>
    static Torch Ends(MlpCall call, Torch g)
    {
        if (!call.ResidualGradient.IsEmpty)
        {
            var residual = Matrix(call.ResidualGradient, call.OutputWidth);
            if (call.OverwriteResidual) residual.copy_(g);
            else residual.PlusInPlace(g);
        }
        var segments = TorchIndexMemory.Segments(call.MeanOffsets);
        var means = (Matrix(call.MeanGradient, segments.Count, call.OutputWidth) * InverseWeights(call.MeanWeights, segments)).index_select(0, segments.Groups);
        return means.mul_(Matrix(call.MeanWeights, call.Rows, 1)).PlusInPlace(g);
    }

    /// <summary>Whether anything below a layer takes a gradient.</summary>
    static bool IsWantedBelow(MlpCall call, int layer)
    {
        for (var i = 0; i < call.InputCount; i++)
            if (!call.Inputs[i].Gradient.IsEmpty) return true;
        for (var l = 0; l < layer; l++)
            if (!call.Layers[l].WeightGradient.IsEmpty || !call.Layers[l].BiasGradient.IsEmpty) return true;
        return false;
    }

    /// <summary>The first layer: gathered inputs take the sums of g over the rows that read each source row, and are multiplied once per source row.</summary>
    void ToInputs(MlpCall call, Torch? gaussians, Torch g)
    {
        ref readonly var layer = ref call.Layers[0];
        for (int i = 0, at = 0; i < call.InputCount; at += call.Inputs[i++].Width)
        {
            ref readonly var input = ref call.Inputs[i];
            if (layer.WeightGradient.IsEmpty && input.Gradient.IsEmpty) continue;
            var isGathered = input.Kind == MlpInputKind.Gathered;
            var up = isGathered ? TorchIndexMemory.Sources(input.Index, input.SourceRows).Sum(g) : g;
            if (!layer.WeightGradient.IsEmpty)
            {
                var x = isGathered ? Matrix(input.Value, input.SourceRows, input.Width) : Direct(call, i, gaussians);
                AddProduct(x, up, Rows(layer.WeightGradient, at, input.Width, layer.Out), layer.Overwrite);
            }
            if (input.Gradient.IsEmpty) continue;
            var dx = Matrix(input.Gradient, input.SourceRows, input.Width);
            var w = Rows(layer.Weight, at, input.Width, layer.Out).t();
            if (input.Overwrite) Script.Into("matmul", up, w, dx);
            else dx.addmm_(up, w);
        }
    }

    /// <summary>dW += xᵀ·g, or = where nothing of use lies there.</summary>
    static void AddProduct(Torch x, Torch g, Torch dw, bool overwrite)
    {
        if (overwrite) Script.Into("matmul", x.t(), g, dw);
        else dw.addmm_(x.t(), g);
    }
}
