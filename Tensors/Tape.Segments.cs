namespace AtomSets.Tensors;

/// <summary>Operations on segments of consecutive rows.</summary>
public sealed partial class Tape
{
    /// <summary>[segments × columns] sums; 0 for an empty segment.</summary>
    public Tensor SegmentSum(Tensor x, Segments segments) => SegmentSum(x, segments, mean: false);

    /// <summary>[segments × columns] means; 0 for an empty segment.</summary>
    public Tensor SegmentMean(Tensor x, Segments segments) => SegmentSum(x, segments, mean: true);

    Tensor SegmentSum(Tensor x, Segments segments, bool mean)
    {
        CheckRows(x.Rows, segments.Rows, "segments");
        var y = New(segments.Count, x.Columns, x.HasGradient);
        Kernels.SegmentSum(x.Value, segments.Offsets, y.Value, x.Columns, mean);
        Record(new() { Op = TapeOp.SegmentSum, A = x, Out = y, Index = segments.Offsets, Mean = mean });
        return y;
    }

    /// <summary>Row s of x repeated for every row of segment s: [segments.Rows × columns].</summary>
    public Tensor SegmentExpand(Tensor x, Segments segments)
    {
        CheckRows(x.Rows, segments.Count, "one row per segment");
        var y = New(segments.Rows, x.Columns, x.HasGradient);
        Kernels.SegmentExpand(x.Value, segments.Offsets, y.Value, x.Columns);
        Record(new() { Op = TapeOp.SegmentExpand, A = x, Out = y, Index = segments.Offsets });
        return y;
    }

    /// <summary>Column-wise maxima; 0 for an empty segment; ties give the gradient to the first row.</summary>
    public Tensor SegmentMax(Tensor x, Segments segments)
    {
        CheckRows(x.Rows, segments.Rows, "segments");
        var y = New(segments.Count, x.Columns, x.HasGradient);
        var winners = arena.Indices(y.Length);
        Kernels.SegmentMax(x.Value, segments.Offsets, y.Value, winners, x.Columns);
        Record(new() { Op = TapeOp.SegmentMax, A = x, Out = y, Index = winners });
        return y;
    }

    /// <summary>Softmax within each segment and column; with weights w ≥ 0 [rows × 1], w·eˣ/Σ w·eˣ. No gradient to the weights.</summary>
    public Tensor SegmentSoftmax(Tensor x, Segments segments, Tensor? weights = null)
    {
        CheckRows(x.Rows, segments.Rows, "segments");
        var y = New(x.Rows, x.Columns, x.HasGradient);
        Kernels.SegmentSoftmax(x.Value, WeightsOf(weights, x.Rows), segments.Offsets, y.Value, x.Columns);
        Record(new() { Op = TapeOp.SegmentSoftmax, A = x, Out = y, Index = segments.Offsets });
        return y;
    }

    /// <summary>Σ w x / Σ w of each segment, w ≥ 0 [rows × 1]; 0 where Σ w = 0. No gradient to the weights.</summary>
    public Tensor SegmentWeightedMean(Tensor x, Tensor weights, Segments segments)
    {
        CheckRows(x.Rows, segments.Rows, "segments");
        var y = New(segments.Count, x.Columns, x.HasGradient);
        Kernels.SegmentWeightedMean(x.Value, WeightsOf(weights, x.Rows), segments.Offsets, y.Value, x.Columns);
        Record(new() { Op = TapeOp.SegmentWeightedMean, A = x, Weights = weights, Out = y, Index = segments.Offsets });
        return y;
    }

    /// <summary>y[s] = Σ a_r m[r], a = softmax over the segment's rows of m[r]·q[s] (weighted by w ≥ 0 if given, no gradient to them).</summary>
    public Tensor SegmentAttention(Tensor m, Tensor q, Segments segments, Tensor? weights = null)
    {
        CheckRows(m.Rows, segments.Rows, "segments");
        CheckRows(q.Rows, segments.Count, "one query per segment");
        CheckColumns(q, m.Columns);
        var y = New(segments.Count, m.Columns, m.HasGradient || q.HasGradient);
        var kept = arena.Numbers(m.Rows);
        Kernels.SegmentAttention(m.Value, q.Value, WeightsOf(weights, m.Rows), segments.Offsets, kept, y.Value, m.Columns);
        Record(new() { Op = TapeOp.SegmentAttention, A = m, B = q, Out = y, Index = segments.Offsets, Kept = kept });
        return y;
    }

    /// <summary>
    /// One LSTM step from gate pre-activations z [rows × 4w] (order input, forget, candidate, output). Without a cell the incoming
    /// cell state is zero.
    /// </summary>
    /// <param name="gate">Sigmoid, or Keras's HardSigmoid</param>
    /// <returns>h and the new cell state, both [rows × w]</returns>
    public (Tensor Hidden, Tensor Cell) Lstm(Tensor z, Tensor? cell, Activation gate)
    {
        if (gate is not (Activation.Sigmoid or Activation.HardSigmoid))
            throw new ArgumentOutOfRangeException(nameof(gate), gate, "LSTM gates are Sigmoid or HardSigmoid");
        var width = z.Columns / 4;
        CheckColumns(z, 4 * width);
        var before = cell ?? default;
        if (cell is not null)
        {
            CheckRows(before.Rows, z.Rows, "the cell state");
            CheckColumns(before, width);
        }
        var needs = z.HasGradient || before.HasGradient;
        var h = New(z.Rows, width, needs);
        var c = New(z.Rows, width, needs);
        var gates = arena.Numbers(z.Length);
        Kernels.Lstm(z.Value, before.Value, gates, c.Value, h.Value, z.Rows, width, gate);
        Record(new() { Op = TapeOp.Lstm, A = z, B = before, Out = h, Out2 = c, Kept = gates, Activation = gate });
        return (h, c);
    }

    /// <summary>
    /// Set2set over each segment: [segments × 2·width] = [h, r]. Repeats T times: gates from q (and h), h, attention of h over the
    /// (projected) rows, q = [h, r]; q starts at zero. Weights w ≥ 0 [rows × 1] enter the attention as in AtomSets' weighted set2set.
    /// </summary>
    public Tensor Set2Set(Tensor x, Segments segments, Set2SetSpec spec, Tensor? weights = null)
    {
        var m = spec.Projection is null ? x : Mlp(spec.Projection, x);
        CheckColumns(m, spec.Width);
        var q = Constant(0, segments.Count, 2 * spec.Width);
        var h = Constant(0, segments.Count, spec.Width);
        Tensor? cell = null;
        for (var t = 0; t < spec.Steps; t++)
        {
            var z = spec.FullLstm ? Mlp(spec.Recurrence, q, h) : Mlp(spec.Recurrence, q);
            (h, var c) = Lstm(z, cell, spec.FullLstm ? Activation.Sigmoid : Activation.HardSigmoid);
            if (spec.FullLstm) cell = c;
            q = Concat(h, SegmentAttention(m, h, segments, weights));
        }
        return q;
    }

    static DeviceSpan WeightsOf(Tensor? weights, int rows)
    {
        if (weights is not { } given) return default;
        CheckRows(given.Rows, rows, "weights");
        CheckColumns(given, 1);
        return given.Value;
    }
}
