namespace AtomSets.Tensors;

/// <summary>Operations on rows and elements.</summary>
public sealed partial class Tape
{
    /// <summary>a + b</summary>
    public Tensor Add(Tensor a, Tensor b) => Combine(1, a, 1, b);

    /// <summary>a − b</summary>
    public Tensor Subtract(Tensor a, Tensor b) => Combine(1, a, -1, b);

    /// <summary>p·a + q·b</summary>
    public Tensor Combine(double p, Tensor a, double q, Tensor b)
    {
        CheckSame(a, b);
        var y = New(a.Rows, a.Columns, a.HasGradient || b.HasGradient);
        Kernels.Combine(p, a.Value, q, b.Value, y.Value);
        Record(new() { Op = TapeOp.Combine, A = a, B = b, Out = y, P = p, Q = q });
        return y;
    }

    /// <summary>p·a</summary>
    public Tensor Scale(Tensor a, double p)
    {
        var y = New(a.Rows, a.Columns, a.HasGradient);
        Kernels.Combine(p, a.Value, 0, a.Value, y.Value);
        Record(new() { Op = TapeOp.Combine, A = a, B = a.Detach(), Out = y, P = p });
        return y;
    }

    /// <summary>a ⊙ b</summary>
    public Tensor Multiply(Tensor a, Tensor b)
    {
        CheckSame(a, b);
        var y = New(a.Rows, a.Columns, a.HasGradient || b.HasGradient);
        Kernels.Multiply(a.Value, b.Value, y.Value, accumulate: false);
        Record(new() { Op = TapeOp.Multiply, A = a, B = b, Out = y });
        return y;
    }

    public Tensor Activate(Tensor x, Activation activation)
    {
        var y = New(x.Rows, x.Columns, x.HasGradient);
        Kernels.Activate(activation, x.Value, y.Value);
        Record(new() { Op = TapeOp.Activate, A = x, Out = y, Activation = activation });
        return y;
    }

    /// <summary>
    /// Zeroes elements with probability <paramref name="rate"/> and scales the others by 1/(1 − rate); the identity outside training
    /// unless <paramref name="always"/> (Monte-Carlo dropout).
    /// </summary>
    public Tensor Dropout(Tensor x, double rate, bool always = false)
    {
        if (rate is < 0 or >= 1) throw new ArgumentOutOfRangeException(nameof(rate), rate, "a dropout rate is at least 0 and below 1");
        var key = dropoutStream.Split((ulong)drops++).Key;
        if (rate == 0 || (!Training && !always)) return x;
        var y = New(x.Rows, x.Columns, x.HasGradient);
        Kernels.Dropout(key, rate, x.Value, y.Value, accumulate: false);
        Record(new() { Op = TapeOp.Dropout, A = x, Out = y, Key = key, P = rate });
        return y;
    }

    /// <summary>Row r of the result is row index[r] of x. On a parameter this is an embedding.</summary>
    public Tensor Gather(Tensor x, RowIndex index)
    {
        CheckRows(index.SourceRows, x.Rows, "the index of Gather");
        var y = New(index.Count, x.Columns, x.HasGradient);
        Kernels.Gather(x.Value, index.Span, y.Value, x.Columns);
        Record(new() { Op = TapeOp.Gather, A = x, Out = y, Index = index.Span });
        return y;
    }

    /// <summary>[rows × 1] scalar products of corresponding rows.</summary>
    public Tensor RowDot(Tensor a, Tensor b)
    {
        CheckSame(a, b);
        var y = New(a.Rows, 1, a.HasGradient || b.HasGradient);
        Kernels.RowDot(a.Value, b.Value, y.Value, a.Rows, a.Columns, accumulate: false);
        Record(new() { Op = TapeOp.RowDot, A = a, B = b, Out = y });
        return y;
    }

    /// <summary>Each row of x times its number in s [rows × 1].</summary>
    public Tensor ScaleRows(Tensor x, Tensor s)
    {
        CheckRows(s.Rows, x.Rows, "the factors of ScaleRows");
        CheckColumns(s, 1);
        var y = New(x.Rows, x.Columns, x.HasGradient || s.HasGradient);
        Kernels.ScaleRows(x.Value, s.Value, y.Value, x.Rows, x.Columns, accumulate: false);
        Record(new() { Op = TapeOp.ScaleRows, A = x, B = s, Out = y });
        return y;
    }

    /// <summary>Columns of a, then of b. An MLP takes several inputs directly and needs no concatenation.</summary>
    public Tensor Concat(Tensor a, Tensor b)
    {
        CheckRows(b.Rows, a.Rows, "the second part of Concat");
        var width = a.Columns + b.Columns;
        var y = New(a.Rows, width, a.HasGradient || b.HasGradient);
        Kernels.CopyColumns(a.Value, a.Columns, 0, y.Value, width, 0, a.Rows, a.Columns, accumulate: false);
        Kernels.CopyColumns(b.Value, b.Columns, 0, y.Value, width, a.Columns, a.Rows, b.Columns, accumulate: false);
        Record(new() { Op = TapeOp.Concat, A = a, B = b, Out = y });
        return y;
    }

    public Tensor Concat(Tensor a, Tensor b, Tensor c) => Concat(Concat(a, b), c);

    /// <summary>Columns start … start + count − 1 of x.</summary>
    public Tensor Columns(Tensor x, int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + count, x.Columns, nameof(count));
        var y = New(x.Rows, count, x.HasGradient);
        Kernels.CopyColumns(x.Value, x.Columns, start, y.Value, count, 0, x.Rows, count, accumulate: false);
        Record(new() { Op = TapeOp.Columns, A = x, Out = y, Start = start });
        return y;
    }

    /// <summary>[rows × basis.Count] of distances [rows × 1]; no gradient to them. <see cref="MlpSource.Gaussian"/> is the fused form.</summary>
    public Tensor GaussianBasis(Tensor distances, GaussianBasis basis)
    {
        CheckColumns(distances, 1);
        var y = New(distances.Rows, basis.Count, gradient: false);
        Kernels.ExpandGaussian(distances.Value, basis, y.Value, distances.Rows);
        return y;
    }

    static void CheckColumns(Tensor tensor, int columns)
    {
        if (tensor.Columns != columns) throw new ArgumentException($"{columns} columns are needed, got {tensor.Rows} × {tensor.Columns}");
    }
}
