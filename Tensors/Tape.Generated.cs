namespace AtomSets.Tensors;

/// <summary>Generated layers, and what CGAT's networks have around them.</summary>
public sealed partial class Tape
{
    /// <summary>
    /// A linear layer with a matrix and bias of its own for every row, generated from g: y[r] = [x[r], 1]·M(g[r]), M(g) = b + Σₖ gₖ·Wₖ. The
    /// matrices of a batch are never all in memory.
    /// </summary>
    /// <param name="g">[x.Rows × G], or with an index any number of rows</param>
    /// <param name="x">[rows × I]</param>
    /// <param name="index">The row of g that generates each row's matrix.</param>
    /// <returns>[rows × O]</returns>
    /// <exception cref="ArgumentException">The tensors do not fit the spec or each other.</exception>
    public Tensor Generated(GeneratedSpec spec, Tensor g, Tensor x, RowIndex? index = null)
    {
        CheckColumns(g, spec.Width);
        CheckColumns(x, spec.In);
        if (index is { } given)
        {
            CheckRows(given.Count, x.Rows, "the index of a generated layer");
            CheckRows(given.SourceRows, g.Rows, "the generators that an index addresses");
        }
        else CheckRows(g.Rows, x.Rows, "generators");
        var set = Parameters ?? throw new InvalidOperationException("this tape was made without parameters");
        if (generatedUsed == generated.Count) generated.Add(new());
        var call = generated[generatedUsed++];
        (call.Rows, call.In, call.Out, call.Width, call.Generators, call.Overwrite) = (x.Rows, spec.In, spec.Out, spec.Width, g.Rows, false);
        call.Index = index?.Span ?? default;
        (call.Weight, call.Bias, call.WeightParameter) = (set.Value(spec.Weight), set.Value(spec.Bias), spec.Weight);
        call.WeightGradient = Training && !set.IsFrozen(spec.Weight) ? set.Gradient(spec.Weight) : default;
        call.BiasGradient = Training && !set.IsFrozen(spec.Bias) ? set.Gradient(spec.Bias) : default;
        var y = New(x.Rows, spec.Out, x.HasGradient || g.HasGradient || !call.WeightGradient.IsEmpty || !call.BiasGradient.IsEmpty);
        (call.X, call.Generator, call.Output, call.OutputGradient) = (x.Value, g.Value, y.Value, y.Gradient);
        (call.XGradient, call.GeneratorGradient) = (Training ? x.Gradient : default, Training ? g.Gradient : default);
        Kernels.GeneratedForward(call);
        Record(new() { Op = TapeOp.Generated, A = x, B = g, Out = y, Generated = call });
        return y;
    }

    /// <summary>(x − mean)/√(variance + ε) within each row; no weight and no bias (J. L. Ba et al., arXiv 1607.06450).</summary>
    public Tensor LayerNorm(Tensor x, double epsilon = 1e-5)
    {
        var y = New(x.Rows, x.Columns, x.HasGradient);
        var scales = arena.Numbers(x.Rows);
        Kernels.LayerNorm(x.Value, y.Value, scales, x.Rows, x.Columns, epsilon);
        Record(new() { Op = TapeOp.LayerNorm, A = x, Out = y, Kept = scales });
        return y;
    }

    /// <summary>
    /// y[s] = Σ a ⊙ v over the rows of segment s, a = softmax of the scores within segment and column (with weights w ≥ 0 [rows × 1],
    /// w·eˣ/Σ w·eˣ; no gradient to them); 0 for an empty segment.
    /// </summary>
    /// <param name="scores">[rows × columns], or [rows × 1] for all columns</param>
    /// <param name="values">[rows × columns]</param>
    public Tensor SegmentSoftmaxSum(Tensor scores, Tensor values, Segments segments, Tensor? weights = null)
    {
        CheckRows(scores.Rows, segments.Rows, "segments");
        CheckRows(values.Rows, scores.Rows, "values of a softmax sum");
        if (scores.Columns != 1) CheckColumns(scores, values.Columns);
        var y = New(segments.Count, values.Columns, scores.HasGradient || values.HasGradient);
        var kept = arena.Numbers(scores.Length);
        Kernels.SegmentSoftmaxSum(scores.Value, values.Value, WeightsOf(weights, scores.Rows), segments.Offsets, kept, y.Value, values.Columns);
        Record(new() { Op = TapeOp.SegmentSoftmaxSum, A = scores, B = values, Out = y, Index = segments.Offsets, Kept = kept });
        return y;
    }
}
