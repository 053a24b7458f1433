namespace AtomSets.Tensors.TorchSharp;

/// <summary>Generated layers, row norms and softmax sums.</summary>
public sealed partial class TorchKernels
{
    /// <summary>Numbers in the matrices that are made at a time.</summary>
    const int MatricesAtOnce = 1 << 22;

    public void GeneratedForward(GeneratedCall call)
    {
        var matrix = (call.In + 1) * call.Out;
        var most = Math.Max(1, MatricesAtOnce / matrix);
        for (var from = 0; from < call.Rows; from += most)
        {
            using var scope = torch.NewDisposeScope();
            var rows = Math.Min(most, call.Rows - from);
            var m = MatricesOf(call, GeneratorsOf(call, from, rows), rows);
            var y = RowsOf(call.X, from, rows, call.In).unsqueeze(1).bmm(m.narrow(1, 0, call.In)).squeeze(1);
            RowsOf(call.Output, from, rows, call.Out).copy_(y.PlusInPlace(m.select(1, call.In)));
        }
    }

    public void GeneratedBackward(GeneratedCall call)
    {
        var matrix = (call.In + 1) * call.Out;
        var most = Math.Max(1, MatricesAtOnce / matrix);
        var overwrite = call.Overwrite;
        // With shared generators their gradients are collected row by row first: sums in a fixed order.
        using var whole = torch.NewDisposeScope();
        var slopes = call.GeneratorGradient.IsEmpty ? null
            : call.Index.IsEmpty ? Matrix(call.GeneratorGradient, call.Rows, call.Width) : torch.zeros([call.Rows, call.Width], torch.ScalarType.Float32, _device);
        for (var from = 0; from < call.Rows; from += most)
        {
            using var scope = torch.NewDisposeScope();
            var rows = Math.Min(most, call.Rows - from);
            Torch g = GeneratorsOf(call, from, rows), up = RowsOf(call.OutputGradient, from, rows, call.Out);
            if (!call.XGradient.IsEmpty)
            {
                var m = MatricesOf(call, g, rows).narrow(1, 0, call.In);
                RowsOf(call.XGradient, from, rows, call.In).PlusInPlace(m.bmm(up.unsqueeze(2)).squeeze(2));
            }
            var dm = torch.empty([rows, call.In + 1, call.Out], torch.ScalarType.Float32, _device);
            dm.narrow(1, 0, call.In).copy_(RowsOf(call.X, from, rows, call.In).unsqueeze(2) * up.unsqueeze(1));
            dm.select(1, call.In).copy_(up);
            var flat = dm.view(rows, matrix);
            if (!call.BiasGradient.IsEmpty) Flat(call.BiasGradient).PlusInPlace(flat.ColumnSums());
            if (!call.WeightGradient.IsEmpty)
            {
                var dw = Matrix(call.WeightGradient, call.Width, matrix);
                if (overwrite) Script.Into("matmul", g.t(), flat, dw);
                else dw.addmm_(g.t(), flat);
                overwrite = false;
            }
            slopes?.narrow(0, from, rows).addmm_(flat, Matrix(call.Weight, call.Width, matrix).t());
        }
        if (slopes is not null && !call.Index.IsEmpty)
            Matrix(call.GeneratorGradient, call.Generators, call.Width).PlusInPlace(TorchIndexMemory.Sources(call.Index, call.Generators).Sum(slopes));
    }

    public void LayerNorm(DeviceSpan x, DeviceSpan y, DeviceSpan scales, int rows, int columns, double epsilon)
    {
        if (rows == 0) return;
        using var scope = torch.NewDisposeScope();
        Torch from = Matrix(x, rows, columns), to = Matrix(y, rows, columns), scale = Matrix(scales, rows, 1);
        to.copy_(from - from.mean([1], keepdim: true));
        scale.copy_((to * to).mean([1], keepdim: true).PlusInPlace(Number.Of(epsilon)).rsqrt_());
        to.mul_(scale);
    }

    public void LayerNormBackward(DeviceSpan y, DeviceSpan scales, DeviceSpan dy, DeviceSpan dx, int rows, int columns)
    {
        if (rows == 0) return;
        using var scope = torch.NewDisposeScope();
        Torch value = Matrix(y, rows, columns), up = Matrix(dy, rows, columns);
        var slope = up - up.mean([1], keepdim: true);
        slope.sub_(value * (value * up).mean([1], keepdim: true));
        Matrix(dx, rows, columns).addcmul_(slope, Matrix(scales, rows, 1), Number.One);
    }

    public void SegmentSoftmaxSum(DeviceSpan scores, DeviceSpan values, DeviceSpan weights, IndexSpan offsets, DeviceSpan a, DeviceSpan y, int columns)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        var to = Matrix(y, segments.Count, columns);
        if (segments.Rows == 0)
        {
            to.zero_();
            return;
        }
        var wide = scores.Length / segments.Rows;
        var kept = Matrix(a, segments.Rows, wide).copy_(Softmax(Matrix(scores, segments.Rows, wide), weights, segments));
        to.copy_(segments.Sum(kept * Matrix(values, segments.Rows, columns)));
    }

    public void SegmentSoftmaxSumBackward(
        DeviceSpan values, IndexSpan offsets, DeviceSpan a, DeviceSpan y, DeviceSpan dy, DeviceSpan dScores, DeviceSpan dValues, int columns)
    {
        using var scope = torch.NewDisposeScope();
        var segments = TorchIndexMemory.Segments(offsets);
        if (segments.Rows == 0) return;
        var wide = a.Length / segments.Rows;
        var slopes = Matrix(dy, segments.Count, columns).index_select(0, segments.Groups).mul_(Matrix(a, segments.Rows, wide));
        if (!dValues.IsEmpty) Matrix(dValues, segments.Rows, columns).PlusInPlace(slopes);
        if (dScores.IsEmpty) return;
        var means = Matrix(y, segments.Count, columns).index_select(0, segments.Groups);
        slopes.mul_(Matrix(values, segments.Rows, columns) - means);
        Matrix(dScores, segments.Rows, wide).PlusInPlace(wide == columns ? slopes : slopes.sum(1, keepdim: true));
    }

    /// <summary>[rows × G]: the generator of each row.</summary>
    static Torch GeneratorsOf(GeneratedCall call, int from, int rows) => call.Index.IsEmpty
        ? RowsOf(call.Generator, from, rows, call.Width)
        : Matrix(call.Generator, call.Generators, call.Width).index_select(0, TorchIndexMemory.View(call.Index).narrow(0, from, rows));

    /// <summary>[rows × I + 1 × O]</summary>
    static Torch MatricesOf(GeneratedCall call, Torch g, int rows) =>
        torch.addmm(Flat(call.Bias), g, Matrix(call.Weight, call.Width, (call.In + 1) * call.Out), 1, 1).view(rows, call.In + 1, call.Out);

    static Torch RowsOf(DeviceSpan matrix, int from, int rows, int columns) => Matrix(matrix.Slice(from * columns, rows * columns), rows, columns);
}
