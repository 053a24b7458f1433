namespace AtomSets.Tensors.TorchSharp;

/// <summary>Operations on segments of consecutive rows.</summary>
public sealed partial class TorchKernels
{
    public void SegmentSum(DeviceSpan x, IndexSpan offsets, DeviceSpan y, int columns, bool mean)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        var sums = segments.Sum(Matrix(x, segments.Rows, columns));
        if (mean) sums.mul_(segments.Shares);
        Matrix(y, segments.Count, columns).copy_(sums);
    }

    public void SegmentSumBackward(DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns, bool mean)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        var slopes = Matrix(dy, segments.Count, columns);
        if (mean) slopes = slopes * segments.Shares;
        Matrix(dx, segments.Rows, columns).PlusInPlace(slopes.index_select(0, segments.Groups));
    }

    public void SegmentExpand(DeviceSpan x, IndexSpan offsets, DeviceSpan y, int columns)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        if (segments.Rows == 0) return;
        Script.Into("select_rows", Matrix(x, segments.Count, columns), segments.Groups, Matrix(y, segments.Rows, columns));
    }

    public void SegmentExpandBackward(DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        Matrix(dx, segments.Count, columns).PlusInPlace(segments.Sum(Matrix(dy, segments.Rows, columns)));
    }

    public void SegmentMax(DeviceSpan x, IndexSpan offsets, DeviceSpan y, IndexSpan winners, int columns)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        Torch to = Matrix(y, segments.Count, columns), won = TorchIndexMemory.View(winners).view(segments.Count, columns);
        if (segments.Rows == 0)
        {
            to.zero_();
            won.fill_(Number.Of(-1));
            return;
        }
        var (values, rows) = segments.Max(Matrix(x, segments.Rows, columns), TorchIndexMemory.View(offsets));
        var empty = segments.Lengths.unsqueeze(1).eq(Number.Of(0));
        to.copy_(values.masked_fill(empty, Number.Of(0)));
        won.copy_(rows.masked_fill(empty, Number.Of(-1)));
    }

    public void SegmentMaxBackward(DeviceSpan dy, IndexSpan winners, DeviceSpan dx, int columns)
    {
        if (dx.Length == 0) return;
        using var scope = torch.NewDisposeScope();
        // Each row wins columns of its own segment only, so that no place is added to twice; what has no winner adds 0 to row 0.
        var won = TorchIndexMemory.View(winners).view(-1, columns);
        var slopes = Matrix(dy, columns).masked_fill(won.lt(Number.Of(0)), Number.Of(0));
        Matrix(dx, columns).scatter_add_(0, won.clamp_min(Number.WholeZero), slopes);
    }

    public void SegmentSoftmax(DeviceSpan x, DeviceSpan weights, IndexSpan offsets, DeviceSpan y, int columns)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        if (segments.Rows == 0) return;
        Matrix(y, segments.Rows, columns).copy_(Softmax(Matrix(x, segments.Rows, columns), weights, segments));
    }

    public void SegmentSoftmaxBackward(DeviceSpan y, DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        if (segments.Rows == 0) return;
        Matrix(dx, segments.Rows, columns).PlusInPlace(SoftmaxBackward(Matrix(y, segments.Rows, columns), Matrix(dy, segments.Rows, columns), segments));
    }

    public void SegmentWeightedMean(DeviceSpan x, DeviceSpan weights, IndexSpan offsets, DeviceSpan y, int columns)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        Matrix(y, segments.Count, columns).copy_(WeightedMean(Matrix(x, segments.Rows, columns), weights, segments));
    }

    public void SegmentWeightedMeanBackward(DeviceSpan weights, DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        var slopes = (Matrix(dy, segments.Count, columns) * InverseWeights(weights, segments)).index_select(0, segments.Groups);
        Matrix(dx, segments.Rows, columns).addcmul_(slopes, Matrix(weights, segments.Rows, 1), Number.One);
    }

    public void SegmentAttention(DeviceSpan m, DeviceSpan q, DeviceSpan weights, IndexSpan offsets, DeviceSpan a, DeviceSpan y, int columns)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        Torch to = Matrix(y, segments.Count, columns);
        if (segments.Rows == 0)
        {
            to.zero_();
            return;
        }
        var rows = Matrix(m, segments.Rows, columns);
        var scores = Matrix(q, segments.Count, columns).index_select(0, segments.Groups).mul_(rows).sum(1, keepdim: true);
        var kept = Matrix(a, segments.Rows, 1).copy_(Softmax(scores, weights, segments));
        to.copy_(segments.WeightedSum(rows, kept.view(-1)));
    }

    public void SegmentAttentionBackward(
        DeviceSpan m, DeviceSpan q, IndexSpan offsets, DeviceSpan a, DeviceSpan dy, DeviceSpan dm, DeviceSpan dq, int columns)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        if (segments.Rows == 0) return;
        Torch rows = Matrix(m, segments.Rows, columns), kept = Matrix(a, segments.Rows, 1);
        var slopes = Matrix(dy, segments.Count, columns).index_select(0, segments.Groups);
        var dots = (slopes * rows).sum(1, keepdim: true);
        var dScores = SoftmaxBackward(kept, dots, segments);
        if (!dm.IsEmpty)
        {
            var queries = Matrix(q, segments.Count, columns).index_select(0, segments.Groups);
            Matrix(dm, segments.Rows, columns).addcmul_(slopes, kept, Number.One).addcmul_(queries, dScores, Number.One);
        }
        if (!dq.IsEmpty) Matrix(dq, segments.Count, columns).PlusInPlace(segments.WeightedSum(rows, dScores.view(-1)));
    }

    /// <summary>[Rows × columns]; 0 where a segment's sum is 0.</summary>
    static Torch Softmax(Torch x, DeviceSpan weights, Grouping segments)
    {
        var max = Script.Of("segment_max", x, segments.Lengths);
        var shares = (x - max.index_select(0, segments.Groups)).exp_();
        if (!weights.IsEmpty) shares.mul_(Matrix(weights, segments.Rows, 1));
        return shares.mul_(Inverse(segments.Sum(shares)).index_select(0, segments.Groups));
    }

    /// <summary>p ⊙ (g − Σ p ⊙ g)</summary>
    static Torch SoftmaxBackward(Torch p, Torch g, Grouping segments) =>
        (g - segments.Sum(p * g).index_select(0, segments.Groups)).mul_(p);

    static Torch WeightedMean(Torch x, DeviceSpan weights, Grouping segments) =>
        segments.WeightedSum(x, Flat(weights)).mul_(InverseWeights(weights, segments));

    /// <summary>[Count × 1]: 1/Σ w of each segment, 0 where Σ w = 0.</summary>
    static Torch InverseWeights(DeviceSpan weights, Grouping segments) => Inverse(segments.Sum(Matrix(weights, segments.Rows, 1)));

    /// <summary>1/x, and 0 where x is not above 0; a NaN stays one.</summary>
    static Torch Inverse(Torch x) => x.reciprocal().masked_fill_(x.le(Number.Of(0)), Number.Of(0));
}
