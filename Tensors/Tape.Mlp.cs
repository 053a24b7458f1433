namespace AtomSets.Tensors;

/// <summary>The gathered MLP and the losses.</summary>
public sealed partial class Tape
{
    /// <summary>
    /// y[r] = MLP(concatenation of the sources' rows): [rows × spec.OutputWidth]. Gathered sources (<see cref="Tensor.At"/>) are
    /// multiplied by their part of the first weight once per source row, not once per gathered row.
    /// </summary>
    /// <exception cref="ArgumentException">The sources do not fit the spec or each other.</exception>
    public Tensor Mlp(MlpSpec spec, params ReadOnlySpan<MlpSource> sources)
    {
        var call = NewCall(spec, sources, out var needs);
        call.Residual = call.ResidualGradient = call.MeanWeights = call.Mean = call.MeanGradient = default;
        return Run(call, New(call.Rows, spec.OutputWidth, needs), default, default);
    }

    /// <summary>
    /// y = residual + m and the mean Σ w·m / Σ w over each segment (0 where Σ w = 0), with m = <see cref="Mlp"/> of the sources: as
    /// a sum and <see cref="SegmentWeightedMean"/> would give, but m itself never leaves the cache. No gradient to the weights.
    /// </summary>
    /// <param name="residual">[rows × spec.OutputWidth]</param>
    /// <param name="weights">w ≥ 0 [rows × 1]</param>
    /// <param name="segments">of the rows</param>
    /// <exception cref="ArgumentException">The sources do not fit the spec or each other.</exception>
    public (Tensor Sum, Tensor Mean) ResidualMlp(
        MlpSpec spec, Tensor residual, Tensor weights, Segments segments, params ReadOnlySpan<MlpSource> sources)
    {
        var call = NewCall(spec, sources, out var needs);
        CheckRows(residual.Rows, call.Rows, "the residual of an MLP");
        CheckColumns(residual, spec.OutputWidth);
        CheckRows(segments.Rows, call.Rows, "segments");
        needs |= residual.HasGradient;
        var y = New(call.Rows, spec.OutputWidth, needs);
        var mean = New(segments.Count, spec.OutputWidth, needs);
        call.Residual = residual.Value;
        call.ResidualGradient = residual.Gradient;
        call.MeanOffsets = segments.Offsets;
        call.MeanWeights = WeightsOf(weights, call.Rows);
        (call.Mean, call.MeanGradient) = (mean.Value, mean.Gradient);
        return (Run(call, y, mean, residual), mean);
    }

    Tensor Run(MlpCall call, Tensor y, Tensor mean, Tensor residual)
    {
        call.Output = y.Value;
        call.OutputGradient = y.Gradient;
        call.OverwriteResidual = false;
        call.Saved = y.HasGradient ? arena.Numbers(Kernels.MlpSavedLength(call)) : default;
        Kernels.MlpForward(call);
        Record(new() { Op = TapeOp.Mlp, A = residual, Out = y, Out2 = mean, Mlp = call });
        return y;
    }

    MlpCall NewCall(MlpSpec spec, ReadOnlySpan<MlpSource> sources, out bool needs)
    {
        var set = Parameters ?? throw new InvalidOperationException("this tape was made without parameters");
        if (sources.Length != spec.InputWidths.Count)
            throw new ArgumentException($"this MLP takes {spec.InputWidths.Count} inputs, got {sources.Length}", nameof(sources));
        if (callsUsed == calls.Count) calls.Add(new());
        var call = calls[callsUsed++];
        needs = false;
        call.Rows = sources[0].Rows;
        call.InputCount = sources.Length;
        for (var i = 0; i < sources.Length; i++)
        {
            ref readonly var source = ref sources[i];
            if (source.Width != spec.InputWidths[i])
                throw new ArgumentException($"input {i} of this MLP has {spec.InputWidths[i]} columns, got {source.Width}", nameof(sources));
            CheckRows(source.Rows, call.Rows, "an input of an MLP");
            var wants = Training && source.Kind != MlpInputKind.Gaussian && source.Tensor.HasGradient;
            call.Inputs[i] = new()
            {
                Kind = source.Kind, SourceRows = source.Tensor.Rows, Width = source.Width, Value = source.Tensor.Value,
                Gradient = wants ? source.Tensor.Gradient : default, Index = source.Index.Span, Basis = source.Basis,
                Slot = source.Tensor.Slot,
            };
            needs |= wants;
        }
        call.LayerCount = spec.Layers.Count;
        for (var i = 0; i < call.LayerCount; i++)
        {
            var layer = spec.Layers[i];
            var trained = Training && !set.IsFrozen(layer.Weight);
            var biased = !layer.Bias.IsNone;
            var shifted = Training && biased && !set.IsFrozen(layer.Bias);
            call.Layers[i] = new()
            {
                In = set.Layout[layer.Weight].Rows, Out = layer.Width, Activation = layer.Activation,
                Weight = set.Value(layer.Weight), WeightGradient = trained ? set.Gradient(layer.Weight) : default,
                Bias = biased ? set.Value(layer.Bias) : default, BiasGradient = shifted ? set.Gradient(layer.Bias) : default,
                WeightParameter = layer.Weight,
            };
            needs |= trained || shifted;
        }
        return call;
    }

    /// <summary>
    /// Floating-point operations (<see cref="MlpArithmetic"/>, <see cref="GatedConvolutionArithmetic"/>, <see cref="GeneratedArithmetic"/>) of the matrix products since
    /// <see cref="Reset"/>, and of their backward passes: what a share of the processor's peak is taken of.
    /// </summary>
    public (long Forward, long Backward) ProductFlops()
    {
        var (forward, backward) = (0L, 0L);
        for (var i = 0; i < callsUsed; i++)
        {
            forward += MlpArithmetic.Forward(calls[i]);
            if (Training) backward += MlpArithmetic.Backward(calls[i]);
        }
        for (var i = 0; i < gatedUsed; i++)
        {
            forward += GatedConvolutionArithmetic.Forward(gated[i]);
            if (Training) backward += GatedConvolutionArithmetic.Backward(gated[i]);
        }
        for (var i = 0; i < generatedUsed; i++)
        {
            forward += GeneratedArithmetic.Forward(generated[i]);
            if (Training) backward += GeneratedArithmetic.Backward(generated[i]);
        }
        return (forward, backward);
    }

    /// <summary>
    /// Finds the weights whose gradient the sweep can write at once: those of MLPs and generated layers alone, of each the call that it meets first. All other gradients
    /// of parameters become zero, but for states, in whose slots the forward pass has left statistics.
    /// </summary>
    void ClaimGradients()
    {
        if (Parameters is not { } set) return;
        var all = set.Layout.Parameters;
        touched.CopyTo(claimed, 0);
        for (var i = recorded - 1; i >= 0; i--)
        {
            if (records[i].Generated is { Rows: > 0, WeightGradient.IsEmpty: false } made && !claimed[made.WeightParameter.Ordinal])
                made.Overwrite = claimed[made.WeightParameter.Ordinal] = true;
            if (records[i].Mlp is not { Rows: > 0 } call) continue;
            for (var l = 0; l < call.LayerCount; l++)
            {
                ref var layer = ref call.Layers[l];
                if (layer.WeightGradient.IsEmpty || claimed[layer.WeightParameter.Ordinal]) continue;
                layer.Overwrite = claimed[layer.WeightParameter.Ordinal] = true;
            }
        }
        for (var p = 0; p < all.Count; p++)
        {
            if ((touched[p] || !claimed[p]) && !all[p].IsState) Kernels.Fill(set.Gradient(new(p)), 0);
        }
    }

    /// <summary>Claimed gradients that the sweep has not come to: the result does not depend on them.</summary>
    void ZeroUnwritten()
    {
        for (var i = 0; i < recorded; i++)
        {
            if (records[i].Generated is { Overwrite: true } made)
            {
                Kernels.Fill(made.WeightGradient, 0);
                made.Overwrite = false;
            }
            if (records[i].Mlp is not { } call) continue;
            for (var l = 0; l < call.LayerCount; l++)
            {
                ref var layer = ref call.Layers[l];
                if (layer.Overwrite) Kernels.Fill(layer.WeightGradient, 0);
                layer.Overwrite = false;
            }
        }
    }

    /// <summary>A single layer on one tensor: <see cref="Mlp"/> with a spec of one layer.</summary>
    public Tensor Dense(MlpSpec spec, Tensor x) => Mlp(spec, x);

    /// <summary>[1 × 1]: mean over rows of wᵢ · mean over columns of (ŷ − y)².</summary>
    public Tensor MeanSquaredError(Tensor prediction, Tensor target, Tensor? weights = null) =>
        MeanLoss(Loss.MeanSquared, prediction, target, weights);

    /// <summary>[1 × 1]: mean over rows of wᵢ · mean over columns of |ŷ − y|.</summary>
    public Tensor MeanAbsoluteError(Tensor prediction, Tensor target, Tensor? weights = null) =>
        MeanLoss(Loss.MeanAbsolute, prediction, target, weights);

    /// <summary>[1 × 1]: quadratic below δ, linear above.</summary>
    public Tensor HuberLoss(Tensor prediction, Tensor target, double delta = 1, Tensor? weights = null) =>
        MeanLoss(Loss.Huber, prediction, target, weights, delta);

    /// <summary>[1 × 1]: binary cross-entropy of logits against targets in [0, 1].</summary>
    public Tensor BinaryCrossEntropy(Tensor logits, Tensor target, Tensor? weights = null) =>
        MeanLoss(Loss.BinaryCrossEntropy, logits, target, weights);

    /// <summary>Any <see cref="Loss"/>; weights are [rows × 1] and carry no gradient, nor do targets. Robust losses take predictions [rows × 2] and targets [rows × 1].</summary>
    /// <exception cref="ArgumentException">The shapes do not go together.</exception>
    public Tensor MeanLoss(Loss loss, Tensor prediction, Tensor target, Tensor? weights = null, double delta = 1)
    {
        if (!RobustLoss.Is(loss)) CheckSame(prediction, target);
        else if (prediction.Columns != 2 || target.Columns != 1 || prediction.Rows != target.Rows)
            throw new ArgumentException($"{loss} takes values and log deviations [n × 2] and targets [n × 1], not [{prediction.Rows} × {prediction.Columns}] and [{target.Rows} × {target.Columns}]", nameof(prediction));
        var y = New(1, 1, prediction.HasGradient);
        var w = WeightsOf(weights, prediction.Rows);
        Kernels.LossForward(loss, prediction.Value, target.Value, w, y.Value, prediction.Rows, prediction.Columns, delta);
        Record(new() { Op = TapeOp.Loss, A = prediction, B = target, Weights = weights ?? default, Out = y, Loss = loss, P = delta });
        return y;
    }
}
