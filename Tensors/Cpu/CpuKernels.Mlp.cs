using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// The gathered MLP, forward. Tiles of <see cref="TileRows"/> rows pass through all layers while they are in cache:
/// <list type="bullet">
/// <item>The first weight is split by input. Gathered inputs are multiplied once per source row, Pᵢ = xᵢ·Wᵢ [sources × H], and a
/// tile starts as bias + Σᵢ Pᵢ[idxᵢ[r]]; plain inputs add x·W by the register tiles; Gaussian inputs are expanded in the tile.</item>
/// <item>Column counts are padded to whole vectors inside: weights are repacked only where needed, padding columns are zero.</item>
/// <item>For training the activations of hidden layers are kept ([rows × padded width] each); slopes are recomputed from them,
/// which costs less than reading them from memory (Silu alone keeps pre-activations too). They go past the caches: a batch's are read
/// again long after.</item>
/// <item>What the next tile reads is asked for between the register tiles of this one (<see cref="Ahead"/>).</item>
/// </list>
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    /// <summary>A multiple of 6, 12 and 4, small enough that two 64-wide tiles and a 64 × 64 weight fit the first-level cache.</summary>
    const int TileRows = 48;

    readonly float*[] layerWeights = new float*[MlpCall.MaxLayers];
    readonly float*[] layerBiases = new float*[MlpCall.MaxLayers];
    readonly float*[] savedValues = new float*[MlpCall.MaxLayers];
    readonly float*[] savedInputs = new float*[MlpCall.MaxLayers];
    readonly int[] widths = new int[MlpCall.MaxLayers];
    readonly float*[] inputWeights = new float*[MlpCall.MaxInputs];
    readonly float*[] products = new float*[MlpCall.MaxInputs];
    readonly float*[] inputCentres = new float*[MlpCall.MaxInputs];
    readonly Ahead ahead = new();
    float* zeros;

    public override int MlpSavedLength(MlpCall call)
    {
        long length = 0;
        for (var l = 0; l < call.LayerCount; l++)
        {
            ref readonly var layer = ref call.Layers[l];
            if (KeepsValue(call, l)) length += SavedSize(call.Rows, layer.Out);
            if (layer.Activation == Activation.Silu) length += SavedSize(call.Rows, layer.Out);
        }
        return checked((int)length);
    }

    public override void MlpForward(MlpCall call)
    {
        if (call.HasEnds) Fill(call.Mean, 0);
        if (call.Rows == 0) return;
        if (IsDense(call))
        {
            DenseForward(call);
            return;
        }
        scratch.Reset();
        Prepare(call);
        AssignSaved(call);
        if (call.HasEnds) PrepareEnds(call);
        MultiplySources(call);
        var size = (long)TileRows * Widest(call);
        float* even = scratch.Take(size), odd = scratch.Take(size);
        var expanded = scratch.Take((long)TileRows * WidestGaussian(call));
        var output = Pointer(call.Output);
        for (var from = 0; from < call.Rows; from += TileRows)
        {
            var rows = Math.Min(TileRows, call.Rows - from);
            float* a = null;
            AskForwardAhead(call, from + rows);
            for (var l = 0; l < call.LayerCount; l++)
            {
                ref readonly var layer = ref call.Layers[l];
                var width = widths[l];
                var last = l == call.LayerCount - 1;
                // Where f(z) goes: the output itself, what is kept, or a tile of its own.
                var kept = savedValues[l] == null ? null : savedValues[l] + (nint)from * width;
                var y = last && width == layer.Out && !call.HasEnds ? output + (nint)from * width : (l & 1) == 0 ? even : odd;
                var linear = layer.Activation == Activation.Linear;
                var to = linear || savedInputs[l] == null ? y : savedInputs[l] + (nint)from * width;
                if (l == 0) FirstLayer(call, from, rows, to, expanded);
                else Product<S, V>.Run(rows, width, layer.In, a, widths[l - 1], 1, layerWeights[l], width, layerBiases[l], 0, to, width, ahead);
                if (kept != null) ApplyAndKeep(layer.Activation, to, y, kept, (nint)rows * width);
                else if (!linear) Apply(layer.Activation, to, y, (nint)rows * width);
                if (last && call.HasEnds) Ends(call, from, rows, y, width);
                else if (last && width != layer.Out) CopyOut(y, width, output + (nint)from * layer.Out, layer.Out, rows);
                a = y;
            }
        }
    }

    // ---- preparation, shared with the backward pass -------------------------------------------------------------------

    void Prepare(MlpCall call)
    {
        var widest = Widest(call);
        for (var i = 0; i < call.InputCount; i++) widest = Math.Max(widest, Padded(call.Inputs[i].Width));
        zeros = scratch.TakeZeroed(widest);
        for (var l = 0; l < call.LayerCount; l++)
        {
            ref readonly var layer = ref call.Layers[l];
            widths[l] = Padded(layer.Out);
            layerWeights[l] = Widen(Pointer(layer.Weight), layer.In, layer.Out);
            layerBiases[l] = layer.Bias.IsEmpty ? zeros : Widen(Pointer(layer.Bias), 1, layer.Out);
        }
        var at = 0;
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            inputWeights[i] = layerWeights[0] + (nint)at * widths[0];
            if (input.Kind == MlpInputKind.Gaussian) inputCentres[i] = Centres(input.Basis);
            at += input.Width;
        }
    }

    void AssignSaved(MlpCall call)
    {
        var next = Pointer(call.Saved);
        for (var l = 0; l < call.LayerCount; l++)
        {
            ref readonly var layer = ref call.Layers[l];
            savedValues[l] = savedInputs[l] = null;
            if (next == null) continue;
            if (KeepsValue(call, l))
            {
                savedValues[l] = next;
                next += SavedSize(call.Rows, layer.Out);
            }
            if (layer.Activation == Activation.Silu)
            {
                savedInputs[l] = next;
                next += SavedSize(call.Rows, layer.Out);
            }
        }
    }

    void MultiplySources(MlpCall call)
    {
        var width = widths[0];
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            if (input.Kind != MlpInputKind.Gathered) continue;
            products[i] = scratch.Take((long)input.SourceRows * width);
            Product<S, V>.Run(
                input.SourceRows, width, input.Width, Pointer(input.Value), input.Width, 1, inputWeights[i], width, zeros, 0, products[i], width);
        }
    }

    void FirstLayer(MlpCall call, int from, int rows, float* z, float* expanded)
    {
        var width = widths[0];
        float* init = layerBiases[0];
        nint step = 0; // bias row for every row, until z holds a partial sum
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            if (input.Kind != MlpInputKind.Gathered) continue;
            var index = HostIndexMemory.Pointer(input.Index) + from;
            if (i + 1 < call.InputCount && call.Inputs[i + 1].Kind == MlpInputKind.Gathered)
            {
                var second = HostIndexMemory.Pointer(call.Inputs[i + 1].Index) + from;
                SumOfRows(init, step, products[i], index, products[i + 1], second, z, width, rows);
                i++;
            }
            else SumOfRows(init, step, products[i], index, z, width, rows);
            init = z;
            step = width;
        }
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            if (input.Kind == MlpInputKind.Gathered) continue;
            var x = InputTile(call, i, from, rows, expanded);
            var ldx = input.Kind == MlpInputKind.Gaussian ? Padded(input.Width) : input.Width;
            Product<S, V>.Run(rows, width, input.Width, x, ldx, 1, inputWeights[i], width, init, step, z, width, ahead);
            init = z;
            step = width;
        }
    }

    float* InputTile(MlpCall call, int i, int from, int rows, float* expanded)
    {
        ref readonly var input = ref call.Inputs[i];
        var value = Pointer(input.Value);
        if (input.Kind != MlpInputKind.Gaussian) return value + (nint)from * input.Width;
        // Padded rows: the columns beyond the basis are computed and never read.
        var width = Padded(input.Width);
        for (nint r = 0; r < rows; r++) ExpandRow(value[from + r], inputCentres[i], input.Basis, expanded + r * width, width);
        return expanded;
    }

    /// <summary>A copy with zero columns up to the padded width, or the matrix itself when it needs none.</summary>
    float* Widen(float* matrix, int rows, int columns)
    {
        var width = Padded(columns);
        if (width == columns) return matrix;
        var copy = scratch.TakeZeroed((long)rows * width);
        for (nint r = 0; r < rows; r++) CopyRow(matrix + r * columns, copy + r * width, columns);
        return copy;
    }

    static void CopyOut(float* tile, int width, float* to, int columns, int rows)
    {
        for (nint r = 0; r < rows; r++) CopyRow(tile + r * width, to + r * columns, columns);
    }

    /// <summary>Queues what the tile after this one reads, and its rows of the output: a store to absent lines reads them first.</summary>
    void AskForwardAhead(MlpCall call, int from)
    {
        ahead.Finish();
        var rows = Math.Min(TileRows, call.Rows - from);
        if (rows <= 0) return;
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            if (input.Kind == MlpInputKind.Rows) AskRows(input.Value, from, rows, input.Width);
        }
        if (call.HasEnds) AskRows(call.Residual, from, rows, call.OutputWidth);
        AskRows(call.Output, from, rows, call.OutputWidth);
    }

    void AskRows(DeviceSpan matrix, int from, int rows, int width)
    {
        if (!matrix.IsEmpty) ahead.Add(Pointer(matrix) + (nint)from * width, (nint)rows * width);
    }

    /// <summary>y[r] = init[r] + p[index[r]]</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SumOfRows(float* init, nint step, float* p, int* index, float* y, nint width, int rows)
    {
        for (nint r = 0; r < rows; r++, init += step, y += width)
        {
            var a = p + index[r] * width;
            for (nint i = 0; i < width; i += S.Width) S.Store(y + i, S.Add(S.Load(init + i), S.Load(a + i)));
        }
    }

    /// <summary>y[r] = init[r] + p[index[r]] + q[second[r]]</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SumOfRows(float* init, nint step, float* p, int* index, float* q, int* second, float* y, nint width, int rows)
    {
        for (nint r = 0; r < rows; r++, init += step, y += width)
        {
            float* a = p + index[r] * width, b = q + second[r] * width;
            for (nint i = 0; i < width; i += S.Width) S.Store(y + i, S.Add(S.Load(init + i), S.Add(S.Load(a + i), S.Load(b + i))));
        }
    }

    /// <summary>Hidden layers are kept; the last one's values are the output, or are needed for their slopes alone.</summary>
    static bool KeepsValue(MlpCall call, int l) =>
        l < call.LayerCount - 1 || (call.HasEnds && call.Layers[l].Activation is not (Activation.Linear or Activation.Silu));

    static int Padded(int columns) => (columns + S.Width - 1) / S.Width * S.Width;

    static long SavedSize(int rows, int columns) => ((long)rows * Padded(columns) + 15) / 16 * 16;

    static int Widest(MlpCall call)
    {
        var widest = 0;
        for (var l = 0; l < call.LayerCount; l++) widest = Math.Max(widest, Padded(call.Layers[l].Out));
        return widest;
    }

    static int WidestGaussian(MlpCall call)
    {
        var widest = 0;
        for (var i = 0; i < call.InputCount; i++)
        {
            if (call.Inputs[i].Kind == MlpInputKind.Gaussian) widest = Math.Max(widest, Padded(call.Inputs[i].Width));
        }
        return widest;
    }
}
