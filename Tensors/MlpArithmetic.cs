namespace AtomSets.Tensors;

/// <summary>
/// The arithmetic of a gathered MLP: floating-point operations of its matrix products, a multiply-add being two. Each product is
/// counted once, with the columns that the network has (no padding), and nothing for what is recomputed, for activations, biases
/// and sums. A gathered input is multiplied once per source row, as this formulation does, not once per gathered row.
/// </summary>
public static class MlpArithmetic
{
    /// <summary>x·W of every layer.</summary>
    public static long Forward(MlpCall call)
    {
        var flops = 0L;
        for (var i = 0; i < call.InputCount; i++) flops += FirstLayer(call, i);
        for (var l = 1; l < call.LayerCount; l++) flops += Layer(call, l);
        return flops;
    }

    /// <summary>xᵀ·G of every weight that is trained, and G·Wᵀ of every layer below which a gradient is wanted.</summary>
    public static long Backward(MlpCall call)
    {
        var flops = 0L;
        var wanted = false; // a gradient by anything below the layer
        for (var i = 0; i < call.InputCount; i++)
        {
            if (!call.Layers[0].WeightGradient.IsEmpty) flops += FirstLayer(call, i);
            if (call.Inputs[i].Gradient.IsEmpty) continue;
            flops += FirstLayer(call, i);
            wanted = true;
        }
        for (var l = 0; l < call.LayerCount; l++)
        {
            ref readonly var layer = ref call.Layers[l];
            if (l > 0 && !layer.WeightGradient.IsEmpty) flops += Layer(call, l);
            if (l > 0 && wanted) flops += Layer(call, l);
            wanted |= !layer.WeightGradient.IsEmpty || !layer.BiasGradient.IsEmpty;
        }
        return flops;
    }

    static long FirstLayer(MlpCall call, int i)
    {
        ref readonly var input = ref call.Inputs[i];
        return 2L * (input.Kind == MlpInputKind.Gathered ? input.SourceRows : call.Rows) * input.Width * call.Layers[0].Out;
    }

    static long Layer(MlpCall call, int l) => 2L * call.Rows * call.Layers[l].In * call.Layers[l].Out;
}
