namespace AtomSets.Tensors.TorchSharp;

/// <summary>Losses of a value together with the logarithm of its standard deviation: predictions [rows × 2], targets [rows × 1].</summary>
public sealed partial class TorchKernels
{
    void RobustForward(Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan y, int rows)
    {
        var (d, s) = Residuals(prediction, target, rows);
        var losses = loss == Loss.RobustAbsolute
            ? d.abs_().mul_(s.neg().exp_()).mul_(Number.Of(Math.Sqrt(2))).PlusInPlace(s)
            : d.mul_(s.neg().exp_()).Square().mul_(Number.Of(0.5)).PlusInPlace(s);
        if (!weights.IsEmpty) losses.mul_(Matrix(weights, rows, 1));
        using var count = Number.Once(rows);
        Flat(y).copy_(losses.sum(torch.ScalarType.Float64).div_(count));
    }

    void RobustBackward(Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan dy, DeviceSpan dPrediction, int rows)
    {
        var (d, s) = Residuals(prediction, target, rows);
        var slopes = torch.empty_like(Matrix(prediction, rows, 2));
        Torch byValue = slopes.narrow(1, 0, 1), byDeviation = slopes.narrow(1, 1, 1);
        if (loss == Loss.RobustAbsolute)
        {
            var scale = s.neg().exp_().mul_(Number.Of(Math.Sqrt(2)));
            byValue.copy_(d.sign().mul_(scale));
            byDeviation.copy_(d.abs_().mul_(scale).neg_().PlusInPlace(Number.One));
        }
        else
        {
            var weighted = s.mul(Number.Of(-2)).exp_().mul_(d);
            byValue.copy_(weighted);
            byDeviation.copy_(weighted.mul_(d).neg_().PlusInPlace(Number.One));
        }
        if (!weights.IsEmpty) slopes.mul_(Matrix(weights, rows, 1));
        using var share = Number.Once(1.0 / rows);
        Matrix(dPrediction, rows, 2).add_(slopes.mul_(Flat(dy)), share);
    }

    /// <summary>ŷ − y, a temporary, and s, which is the prediction's own column.</summary>
    (Torch Residual, Torch LogDeviation) Residuals(DeviceSpan prediction, DeviceSpan target, int rows)
    {
        var p = Matrix(prediction, rows, 2);
        return (p.narrow(1, 0, 1) - Matrix(target, rows, 1), p.narrow(1, 1, 1));
    }
}
