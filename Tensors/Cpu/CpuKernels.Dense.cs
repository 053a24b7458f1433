using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// One dense layer y = f(x·W + b) whose weight outgrows the caches that the tiles of the gathered MLP live in: whole matrices by
/// <see cref="BlockedProduct{S, V}"/> instead of row tiles, each of which would read the weight anew. Backward: G = dy ⊙ f′(y), dW += xᵀ·G,
/// db += Σ G, dx (+)= G·Wᵀ.
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    /// <summary>Elements of a weight from which on a layer is computed here: 64 KB.</summary>
    const int DenseWeight = 1 << 14;

    /// <summary>With fewer rows packing the weight costs more than it saves.</summary>
    const int DenseRows = 8;

    /// <summary>The widths that the blocks take as they are, for every vector width alike; and a slope that the value tells.</summary>
    static bool IsDense(MlpCall call)
    {
        if (call.HasEnds || call.LayerCount != 1 || call.InputCount != 1 || call.Rows < DenseRows) return false;
        ref readonly var input = ref call.Inputs[0];
        ref readonly var layer = ref call.Layers[0];
        return input.Kind == MlpInputKind.Rows && (long)layer.In * layer.Out >= DenseWeight && layer.Out % 16 == 0
            && (input.Gradient.IsEmpty || layer.In % 16 == 0) && layer.Activation != Activation.Silu;
    }

    void DenseForward(MlpCall call)
    {
        scratch.Reset();
        ref readonly var layer = ref call.Layers[0];
        var y = Pointer(call.Output);
        var bias = layer.Bias.IsEmpty ? scratch.TakeZeroed(layer.Out) : Pointer(layer.Bias);
        BlockedProduct<S, V>.Run(
            call.Rows, layer.Out, layer.In, Pointer(call.Inputs[0].Value), layer.In, 1, Pointer(layer.Weight), layer.Out, turned: false,
            bias, 0, y, layer.Out, scratch.Take(BlockedProduct<S, V>.WorkLength));
        if (layer.Activation != Activation.Linear) Apply(layer.Activation, y, y, (nint)call.Rows * layer.Out);
    }

    void DenseBackward(MlpCall call)
    {
        scratch.Reset();
        ref readonly var layer = ref call.Layers[0];
        ref readonly var input = ref call.Inputs[0];
        int rows = call.Rows, width = layer.Out;
        float* x = Pointer(input.Value), g = Pointer(call.OutputGradient), dw = Pointer(layer.WeightGradient), dx = Pointer(input.Gradient);
        var work = scratch.Take(BlockedProduct<S, V>.WorkLength);
        if (layer.Activation != Activation.Linear)
        {
            var sloped = scratch.Take((long)rows * width);
            MultiplySlopes(layer.Activation, Pointer(call.Output), g, sloped, (nint)rows * width);
            g = sloped;
        }
        if (!layer.BiasGradient.IsEmpty) AddRows(g, rows, width, Pointer(layer.BiasGradient));
        if (dx != null) DenseInputGradient(rows, width, layer.In, g, Pointer(layer.Weight), dx, input.Overwrite, work);
        if (dw == null) return;
        var start = layer.Overwrite ? scratch.TakeZeroed(width) : dw;
        BlockedProduct<S, V>.Run(layer.In, width, rows, x, 1, layer.In, g, width, turned: false, start, layer.Overwrite ? 0 : width, dw, width, work);
    }

    /// <summary>dx [rows × inputs] (+)= G·Wᵀ. Either W is turned, or G and the result: whichever is smaller.</summary>
    void DenseInputGradient(int rows, int width, int inputs, float* g, float* w, float* dx, bool overwrite, float* work)
    {
        if ((long)rows * (width + inputs) > (long)width * inputs)
        {
            var init = overwrite ? scratch.TakeZeroed(inputs) : dx;
            BlockedProduct<S, V>.Run(rows, inputs, width, g, width, 1, w, width, turned: true, init, overwrite ? 0 : inputs, dx, inputs, work);
            return;
        }
        var padded = Padded(rows);
        var turned = scratch.Take((long)inputs * padded);
        BlockedProduct<S, V>.Run(inputs, rows, width, w, width, 1, g, width, turned: true, scratch.TakeZeroed(padded), 0, turned, padded, work);
        BlockedProduct<S, V>.Turn(turned, padded, inputs, rows, dx, inputs, accumulate: !overwrite);
    }

    /// <summary>sums += Σ over the rows of g, read row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddRows(float* g, int rows, int width, float* sums)
    {
        for (var r = 0; r < rows; r++, g += width)
        {
            for (nint c = 0; c < width; c += S.Width) S.Store(sums + c, S.Add(S.Load(sums + c), S.Load(g + c)));
        }
    }
}
