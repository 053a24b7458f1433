using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// The gathered MLP, backward. Per tile, from the last layer down, with G = dL/dz of the layer [rows × out]:
/// dW += yᵀ·G and db += Σ G over the tile's rows, then G of the layer below = (G·Wᵀ) ⊙ f′. At the first layer plain inputs get
/// dx += G·Wᵢᵀ; gathered inputs collect dPᵢ[idxᵢ[r]] += G[r], and after the last tile dWᵢ += xᵢᵀ·dPᵢ and dxᵢ += dPᵢ·Wᵢᵀ, once per source
/// row. Transposed weights are packed once per call.
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    readonly float*[] transposed = new float*[MlpCall.MaxLayers];
    readonly float*[] inputTransposed = new float*[MlpCall.MaxInputs];
    readonly float*[] weightSlopes = new float*[MlpCall.MaxLayers];
    readonly float*[] biasSlopes = new float*[MlpCall.MaxLayers];
    readonly float*[] productSlopes = new float*[MlpCall.MaxInputs];

    public override void MlpBackward(MlpCall call)
    {
        if (call.Rows == 0) return;
        if (IsDense(call))
        {
            DenseBackward(call);
            return;
        }
        for (var l = 0; l < call.LayerCount; l++)
        {
            if (call.Layers[l].Overwrite) Fill(call.Layers[l].WeightGradient, 0);
        }
        scratch.Reset();
        Prepare(call);
        AssignSaved(call);
        PrepareSlopes(call);
        if (call.HasEnds) PrepareEnds(call);
        var below = LowestLayer(call);
        var widest = Widest(call);
        float* even = scratch.Take((long)TileRows * widest), odd = scratch.Take((long)TileRows * widest);
        for (var i = 0; i < call.InputCount; i++) widest = Math.Max(widest, Padded(call.Inputs[i].Width));
        var tile = scratch.Take((long)TileRows * widest);
        for (var from = 0; from < call.Rows; from += TileRows)
        {
            var rows = Math.Min(TileRows, call.Rows - from);
            AskBackwardAhead(call, from + rows);
            var g = TopGradient(call, from, rows, even, tile);
            for (var l = call.LayerCount - 1; l > 0; l--)
            {
                ref readonly var layer = ref call.Layers[l];
                ref readonly var lower = ref call.Layers[l - 1];
                int width = widths[l], lowerWidth = widths[l - 1];
                var y = savedValues[l - 1] + (nint)from * lowerWidth;
                Accumulate(l, rows, y, lowerWidth, layer.In, g, width);
                if (l <= below) break;
                var next = g == even ? odd : even;
                Product<S, V>.Run(rows, lowerWidth, layer.Out, g, width, 1, transposed[l], lowerWidth, zeros, 0, next, lowerWidth, ahead);
                var slopes = lower.Activation == Activation.Silu ? savedInputs[l - 1] + (nint)from * lowerWidth : y;
                MultiplySlopes(lower.Activation, slopes, next, next, (nint)rows * lowerWidth);
                g = next;
            }
            if (below == 0) FirstLayerBackward(call, from, rows, g, tile);
        }
        if (below == 0) FinishSources(call);
        AddSlopes(call);
    }

    /// <summary>Queues what the tile after this one reads, in the order in which it will.</summary>
    void AskBackwardAhead(MlpCall call, int from)
    {
        ahead.Finish();
        var rows = Math.Min(TileRows, call.Rows - from);
        if (rows <= 0) return;
        var width = call.OutputWidth;
        AskRows(call.OutputGradient, from, rows, width);
        if (call.HasEnds) AskRows(call.ResidualGradient, from, rows, width);
        else if (call.Layers[call.LayerCount - 1].Activation != Activation.Linear) AskRows(call.Output, from, rows, width);
        for (var l = call.LayerCount - 1; l >= 0; l--)
        {
            if (savedValues[l] != null) ahead.Add(savedValues[l] + (nint)from * widths[l], (nint)rows * widths[l]);
            if (savedInputs[l] != null) ahead.Add(savedInputs[l] + (nint)from * widths[l], (nint)rows * widths[l]);
        }
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            if (input.Kind != MlpInputKind.Rows) continue;
            AskRows(input.Value, from, rows, input.Width);
            AskRows(input.Gradient, from, rows, input.Width);
        }
    }

    /// <summary>The lowest layer whose G is needed: 0 unless the inputs and lower layers want no gradient.</summary>
    static int LowestLayer(MlpCall call)
    {
        for (var i = 0; i < call.InputCount; i++)
        {
            if (!call.Inputs[i].Gradient.IsEmpty) return 0;
        }
        for (var l = 0; l < call.LayerCount; l++)
        {
            if (!call.Layers[l].WeightGradient.IsEmpty || !call.Layers[l].BiasGradient.IsEmpty) return l;
        }
        return call.LayerCount;
    }

    void PrepareSlopes(MlpCall call)
    {
        for (var l = 0; l < call.LayerCount; l++)
        {
            ref readonly var layer = ref call.Layers[l];
            if (l > 0) transposed[l] = Transpose(Pointer(layer.Weight), layer.In, layer.Out);
            weightSlopes[l] = layer.WeightGradient.IsEmpty ? null
                : widths[l] == layer.Out ? Pointer(layer.WeightGradient)
                : scratch.TakeZeroed((long)layer.In * widths[l]);
            biasSlopes[l] = layer.BiasGradient.IsEmpty ? null : scratch.TakeZeroed(widths[l]);
        }
        var at = 0;
        var first = call.Layers[0];
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            inputTransposed[i] = input.Gradient.IsEmpty ? null : Transpose(Pointer(first.Weight) + (nint)at * first.Out, input.Width, first.Out);
            productSlopes[i] = input.Kind == MlpInputKind.Gathered && (!input.Gradient.IsEmpty || weightSlopes[0] != null)
                ? scratch.TakeZeroed((long)input.SourceRows * widths[0]) : null;
            at += input.Width;
        }
    }

    /// <summary>G of the last layer: the output's gradient itself if it is linear and unpadded, else a tile.</summary>
    float* TopGradient(MlpCall call, int from, int rows, float* g, float* spare)
    {
        var l = call.LayerCount - 1;
        ref readonly var layer = ref call.Layers[l];
        var width = widths[l];
        var dy = Pointer(call.OutputGradient) + (nint)from * layer.Out;
        if (call.HasEnds)
        {
            EndsBackward(call, from, rows, g, width);
            var kept = layer.Activation == Activation.Silu ? savedInputs[l] : savedValues[l];
            if (layer.Activation != Activation.Linear) MultiplySlopes(layer.Activation, kept + (nint)from * width, g, g, (nint)rows * width);
            return g;
        }
        if (width == layer.Out && layer.Activation == Activation.Linear) return dy;
        float* y;
        if (width == layer.Out)
        {
            y = layer.Activation == Activation.Silu ? savedInputs[l] + (nint)from * width : Pointer(call.Output) + (nint)from * width;
            MultiplySlopes(layer.Activation, y, dy, g, (nint)rows * width);
            return g;
        }
        WidenTile(dy, layer.Out, g, width, rows);
        if (layer.Activation == Activation.Linear) return g;
        if (layer.Activation == Activation.Silu) y = savedInputs[l] + (nint)from * width;
        else
        {
            y = Pointer(call.Output) + (nint)from * layer.Out;
            WidenTile(y, layer.Out, spare, width, rows);
            y = spare;
        }
        MultiplySlopes(layer.Activation, y, g, g, (nint)rows * width);
        return g;
    }

    /// <summary>dW += yᵀ·G, db += Σ G of one tile.</summary>
    void Accumulate(int l, int rows, float* y, int ldy, int inputs, float* g, int width)
    {
        var dw = weightSlopes[l];
        if (dw != null) Product<S, V>.Run(inputs, width, rows, y, 1, ldy, g, width, dw, width, dw, width, ahead);
        if (biasSlopes[l] != null) AddColumnSums(g, rows, width, biasSlopes[l]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void FirstLayerBackward(MlpCall call, int from, int rows, float* g, float* tile)
    {
        var width = widths[0];
        var dw = weightSlopes[0];
        if (biasSlopes[0] != null && FirstCollected(call) < 0) AddColumnSums(g, rows, width, biasSlopes[0]);
        nint at = 0;
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            if (input.Kind == MlpInputKind.Gathered)
            {
                var index = HostIndexMemory.Pointer(input.Index) + from;
                if (productSlopes[i] != null)
                {
                    for (int r = 0, end; r < rows; r = end)
                    {
                        for (end = r + 1; end < rows && index[end] == index[r]; end++) continue;
                        AddColumnSums(g + (nint)r * width, end - r, width, productSlopes[i] + (nint)index[r] * width);
                    }
                }
            }
            else
            {
                if (dw != null)
                {
                    var x = InputTile(call, i, from, rows, tile);
                    var ldx = input.Kind == MlpInputKind.Gaussian ? Padded(input.Width) : input.Width;
                    Product<S, V>.Run(input.Width, width, rows, x, 1, ldx, g, width, dw + at * width, width, dw + at * width, width, ahead);
                }
                if (!input.Gradient.IsEmpty)
                {
                    var dx = Pointer(input.Gradient) + (nint)from * input.Width;
                    AddProduct(rows, call.Layers[0].Out, g, width, inputTransposed[i], input.Width, dx, tile, input.Overwrite);
                }
            }
            at += input.Width;
        }
    }

    int FirstCollected(MlpCall call)
    {
        for (var i = 0; i < call.InputCount; i++)
        {
            if (productSlopes[i] != null) return i;
        }
        return -1;
    }

    void FinishSources(MlpCall call)
    {
        var width = widths[0];
        nint at = 0;
        // Every row's G is in the slopes of each gathered input, so their sum is the bias's gradient.
        if (FirstCollected(call) is var first and >= 0 && biasSlopes[0] != null)
            AddColumnSums(productSlopes[first], call.Inputs[first].SourceRows, width, biasSlopes[0]);
        for (var i = 0; i < call.InputCount; i++)
        {
            ref readonly var input = ref call.Inputs[i];
            if (productSlopes[i] != null)
            {
                var dw = weightSlopes[0];
                float* x = Pointer(input.Value), dx = Pointer(input.Gradient);
                if (dw != null)
                {
                    // In pieces, so that the rows read for one column panel are still in cache for the next.
                    for (var from = 0; from < input.SourceRows; from += 4 * TileRows)
                    {
                        var rows = Math.Min(4 * TileRows, input.SourceRows - from);
                        Product<S, V>.Run(
                            input.Width, width, rows, x + (nint)from * input.Width, 1, input.Width,
                            productSlopes[i] + (nint)from * width, width, dw + at * width, width, dw + at * width, width);
                    }
                }
                if (dx != null)
                {
                    var tile = scratch.Take((long)TileRows * Padded(input.Width));
                    for (var from = 0; from < input.SourceRows; from += TileRows)
                    {
                        AddProduct(
                            Math.Min(TileRows, input.SourceRows - from), call.Layers[0].Out, productSlopes[i] + (nint)from * width, width,
                            inputTransposed[i], input.Width, dx + (nint)from * input.Width, tile, overwrite: false);
                    }
                }
            }
            at += input.Width;
        }
    }

    /// <summary>Gradients that were collected beside the parameters' own: padded weights, and biases.</summary>
    void AddSlopes(MlpCall call)
    {
        for (var l = 0; l < call.LayerCount; l++)
        {
            ref readonly var layer = ref call.Layers[l];
            if (biasSlopes[l] != null) AddRow(biasSlopes[l], Pointer(layer.BiasGradient), layer.Out);
            if (weightSlopes[l] == null || widths[l] == layer.Out) continue;
            var dw = Pointer(layer.WeightGradient);
            for (nint k = 0; k < layer.In; k++) AddRow(weightSlopes[l] + k * widths[l], dw + k * layer.Out, layer.Out);
        }
    }

    /// <summary>dx [rows × columns] += G·Wᵀ, or = G·Wᵀ</summary>
    void AddProduct(int rows, int steps, float* g, int ldg, float* weights, int columns, float* dx, float* tile, bool overwrite)
    {
        var width = Padded(columns);
        if (width == columns)
        {
            Product<S, V>.Run(rows, width, steps, g, ldg, 1, weights, width, overwrite ? zeros : dx, overwrite ? 0 : width, dx, width, ahead);
            return;
        }
        Product<S, V>.Run(rows, width, steps, g, ldg, 1, weights, width, zeros, 0, tile, width);
        for (nint r = 0; r < rows; r++)
        {
            if (overwrite) CopyRow(tile + r * width, dx + r * columns, columns);
            else AddRow(tile + r * width, dx + r * columns, columns);
        }
    }

    /// <summary>W [rows × columns] as Wᵀ [columns × padded rows].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    float* Transpose(float* weights, int rows, int columns)
    {
        var width = Padded(rows);
        var copy = width == rows ? scratch.Take((long)columns * width) : scratch.TakeZeroed((long)columns * width);
        for (nint r = 0; r < rows; r++)
        {
            for (nint c = 0; c < columns; c++) copy[c * width + r] = weights[r * columns + c];
        }
        return copy;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void WidenTile(float* x, int columns, float* y, int width, int rows)
    {
        for (nint r = 0; r < rows; r++)
        {
            CopyRow(x + r * columns, y + r * width, columns);
            for (nint c = columns; c < width; c++) y[r * width + c] = 0;
        }
    }

    /// <summary>sums += Σ over the rows of g; several columns at a time, since one sum alone waits for its last addition.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddColumnSums(float* g, int rows, nint width, float* sums)
    {
        nint c = 0, w = S.Width;
        for (; c + 4 * w <= width; c += 4 * w)
        {
            V s0 = S.Load(sums + c), s1 = S.Load(sums + c + w), s2 = S.Load(sums + c + 2 * w), s3 = S.Load(sums + c + 3 * w);
            var p = g + c;
            for (var r = 0; r < rows; r++, p += width)
            {
                s0 = S.Add(s0, S.Load(p));
                s1 = S.Add(s1, S.Load(p + w));
                s2 = S.Add(s2, S.Load(p + 2 * w));
                s3 = S.Add(s3, S.Load(p + 3 * w));
            }
            S.Store(sums + c, s0);
            S.Store(sums + c + w, s1);
            S.Store(sums + c + 2 * w, s2);
            S.Store(sums + c + 3 * w, s3);
        }
        for (; c + 2 * w <= width; c += 2 * w)
        {
            V s0 = S.Load(sums + c), s1 = S.Load(sums + c + w);
            var p = g + c;
            for (var r = 0; r < rows; r++, p += width)
            {
                s0 = S.Add(s0, S.Load(p));
                s1 = S.Add(s1, S.Load(p + w));
            }
            S.Store(sums + c, s0);
            S.Store(sums + c + w, s1);
        }
        for (; c < width; c += w)
        {
            var sum = S.Load(sums + c);
            var p = g + c;
            for (var r = 0; r < rows; r++, p += width) sum = S.Add(sum, S.Load(p));
            S.Store(sums + c, sum);
        }
    }
}
