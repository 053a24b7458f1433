namespace AtomSets.Tensors;

/// <summary>Batch normalisation.</summary>
public sealed partial class Tape
{
    /// <summary>
    /// (x − mean)/√(variance + ε)·weight + bias per column. In training the statistics are the batch's, and the optimiser step moves
    /// the running ones towards them; outside training, and where the running statistics are frozen, the running ones are used.
    /// </summary>
    /// <param name="multiplicities">[rows × 1]: how many equal rows each row stands for; no gradient to them. Absent: one.</param>
    public Tensor BatchNorm(Tensor x, BatchNormSpec spec, Tensor? multiplicities = null)
    {
        CheckColumns(x, spec.Columns);
        var weights = WeightsOf(multiplicities, x.Rows);
        var set = Parameters ?? throw new InvalidOperationException("this tape was made without parameters");
        var trained = Training && !set.IsFrozen(spec.Weight);
        var shifted = Training && !set.IsFrozen(spec.Bias);
        var y = New(x.Rows, x.Columns, x.HasGradient || trained || shifted);
        var call = NewNorm(spec);
        (call.Rows, call.X, call.XGradient, call.Y, call.YGradient, call.Multiplicities) = (x.Rows, x.Value, x.Gradient, y.Value, y.Gradient, weights);
        Kernels.BatchNormForward(call);
        Record(new() { Op = TapeOp.BatchNorm, A = x, Out = y, Norm = call });
        return y;
    }

    /// <summary>A call with everything that belongs to the parameters.</summary>
    BatchNormCall NewNorm(BatchNormSpec spec)
    {
        var set = Parameters!;
        if (normsUsed == norms.Count) norms.Add(new());
        var call = norms[normsUsed++];
        call.Columns = spec.Columns;
        call.Epsilon = spec.Epsilon;
        call.UsesBatch = Training && !set.IsFrozen(spec.RunningMean);
        call.Weight = set.Value(spec.Weight);
        call.Bias = set.Value(spec.Bias);
        call.WeightGradient = Training && !set.IsFrozen(spec.Weight) ? set.Gradient(spec.Weight) : default;
        call.BiasGradient = Training && !set.IsFrozen(spec.Bias) ? set.Gradient(spec.Bias) : default;
        call.RunningMean = set.Value(spec.RunningMean);
        call.RunningVariance = set.Value(spec.RunningVariance);
        call.MeanStatistic = call.UsesBatch ? set.Gradient(spec.RunningMean) : default;
        call.VarianceStatistic = call.UsesBatch ? set.Gradient(spec.RunningVariance) : default;
        call.Moments = arena.Numbers(2 * spec.Columns);
        return call;
    }
}
