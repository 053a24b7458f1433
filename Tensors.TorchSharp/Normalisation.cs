namespace AtomSets.Tensors.TorchSharp;

/// <summary>Batch normalisation of x [rows × columns], whole-matrix operations; multiplicities [rows × 1] or none.</summary>
static class Normalisation
{
    /// <summary>Moments (and, of a batch, statistics) into the call; returns y, a temporary.</summary>
    public static Torch Forward(BatchNormCall call, Torch x, Torch? m)
    {
        var columns = call.Columns;
        Torch mean = TorchMemory.Flat(call.Moments.Slice(0, columns)), inverse = TorchMemory.Flat(call.Moments.Slice(columns, columns));
        if (!call.UsesBatch)
        {
            mean.copy_(TorchMemory.Flat(call.RunningMean));
            inverse.copy_(TorchMemory.Flat(call.RunningVariance).Plus(Number.Of(call.Epsilon)).rsqrt_());
        }
        else
        {
            Moments(call, x, m, mean, inverse);
        }
        return Apply(call, x);
    }

    /// <summary>(x − mean)/σ·weight + bias with the moments that were kept; a temporary.</summary>
    public static Torch Apply(BatchNormCall call, Torch x)
    {
        Torch mean = TorchMemory.Flat(call.Moments.Slice(0, call.Columns)), inverse = TorchMemory.Flat(call.Moments.Slice(call.Columns, call.Columns));
        return (x - mean).mul_(inverse * TorchMemory.Flat(call.Weight)).PlusInPlace(TorchMemory.Flat(call.Bias));
    }

    /// <summary>Adds to the gradients of weight and bias; returns that of x, a temporary.</summary>
    public static Torch? Backward(BatchNormCall call, Torch x, Torch? m, Torch dy, bool wantsX = true)
    {
        Torch mean = TorchMemory.Flat(call.Moments.Slice(0, call.Columns)), inverse = TorchMemory.Flat(call.Moments.Slice(call.Columns, call.Columns));
        var normal = (x - mean).mul_(inverse);
        Torch sum = dy.ColumnSums(), product = (dy * normal).ColumnSums();
        if (!call.WeightGradient.IsEmpty) TorchMemory.Flat(call.WeightGradient).PlusInPlace(product);
        if (!call.BiasGradient.IsEmpty) TorchMemory.Flat(call.BiasGradient).PlusInPlace(sum);
        if (!wantsX) return null;
        var slope = inverse * TorchMemory.Flat(call.Weight);
        if (!call.UsesBatch || x.shape[0] == 0) return dy * slope;
        // dy − m/n·(Σ dy + x̂·Σ dy·x̂)
        var both = normal.mul_(product).PlusInPlace(sum);
        using var share = Number.Once(1.0 / x.shape[0]);
        if (m is null) both.mul_(share);
        else both.mul_(m).mul_(Share(m.sum()));
        return (dy - both).mul_(slope);
    }

    static void Moments(BatchNormCall call, Torch x, Torch? m, Torch mean, Torch inverse)
    {
        var rows = x.shape[0];
        // Around a column's first value a mean far from zero costs no digits of the variance.
        var origin = rows > 0 ? x.narrow(0, 0, 1) : torch.zeros([1, call.Columns], torch.ScalarType.Float32, x.device);
        var d = x - origin;
        Torch shift, variance, count;
        if (m is null)
        {
            using global::TorchSharp.Scalar n = Number.Once(rows), share = Number.Once(rows > 0 ? 1.0 / rows : 0);
            count = torch.zeros([1], torch.ScalarType.Float32, x.device).fill_(n);
            shift = d.ColumnSums().mul_(share);
            variance = d.sub_(shift).Square().ColumnSums().mul_(share);
        }
        else
        {
            count = m.sum().view(1);
            var share = Share(count);
            shift = (d * m).ColumnSums().mul_(share);
            variance = d.sub_(shift).Square().mul_(m).ColumnSums().mul_(share);
        }
        mean.copy_(origin.view(-1).Plus(shift));
        inverse.copy_(variance.Plus(Number.Of(call.Epsilon)).rsqrt_());
        var enough = count.gt(Number.One);
        var unbiased = variance * count / (count - Number.One).clamp_min_(Number.Of(1e-30));
        TorchMemory.Flat(call.MeanStatistic).copy_(torch.where(enough, mean, TorchMemory.Flat(call.RunningMean)));
        TorchMemory.Flat(call.VarianceStatistic).copy_(torch.where(enough, unbiased, TorchMemory.Flat(call.RunningVariance)));
    }

    /// <summary>1/n, 0 for n = 0; on the device.</summary>
    static Torch Share(Torch n) => n.reciprocal().masked_fill_(n.le(Number.Of(0)), Number.Of(0));
}
