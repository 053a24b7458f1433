namespace AtomSets.Tensors;

/// <summary>Losses: a batch has few of them, so they are plain loops with float64 sums.</summary>
sealed unsafe partial class CpuKernels<S, V>
{
    public override void LossForward(
        Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan y, int rows, int columns, double delta)
    {
        float* p = Pointer(prediction), t = Pointer(target), w = Pointer(weights);
        double sum = 0;
        if (RobustLoss.Is(loss))
        {
            for (nint r = 0; r < rows; r++) sum += (w == null ? 1 : w[r]) * RobustLoss.Value(loss, p[2 * r] - (double)t[r], p[2 * r + 1]);
            Pointer(y)[0] = rows == 0 ? 0 : (float)(sum / rows);
            return;
        }
        for (nint r = 0; r < rows; r++)
        {
            double ofRow = 0;
            for (nint c = 0; c < columns; c++)
            {
                double x = p[r * columns + c], d = x - t[r * columns + c], size = Math.Abs(d);
                ofRow += loss switch
                {
                    Loss.MeanSquared => d * d,
                    Loss.MeanAbsolute => size,
                    Loss.Huber => size <= delta ? d * d / 2 : delta * (size - delta / 2),
                    _ => Math.Max(x, 0) - x * t[r * columns + c] + Math.Log(1 + Math.Exp(-Math.Abs(x))),
                };
            }
            sum += w == null ? ofRow : w[r] * ofRow;
        }
        Pointer(y)[0] = rows == 0 ? 0 : (float)(sum / ((double)rows * columns));
    }

    public override void LossBackward(
        Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan dy, DeviceSpan dPrediction,
        int rows, int columns, double delta)
    {
        float* p = Pointer(prediction), t = Pointer(target), w = Pointer(weights), z = Pointer(dPrediction);
        if (rows == 0) return;
        if (RobustLoss.Is(loss))
        {
            for (nint r = 0; r < rows; r++)
            {
                var (value, deviation) = RobustLoss.Slopes(loss, p[2 * r] - (double)t[r], p[2 * r + 1]);
                var ofRow = Pointer(dy)[0] / (double)rows * (w == null ? 1 : w[r]);
                z[2 * r] += (float)(ofRow * value);
                z[2 * r + 1] += (float)(ofRow * deviation);
            }
            return;
        }
        var scale = Pointer(dy)[0] / ((double)rows * columns);
        for (nint r = 0; r < rows; r++)
        {
            var ofRow = w == null ? scale : w[r] * scale;
            for (nint c = 0; c < columns; c++)
            {
                double x = p[r * columns + c], d = x - t[r * columns + c];
                z[r * columns + c] += (float)(ofRow * loss switch
                {
                    Loss.MeanSquared => 2 * d,
                    Loss.MeanAbsolute => d > 0 ? 1 : d < 0 ? -1 : d,
                    Loss.Huber => Math.Clamp(d, -delta, delta),
                    _ => 1 / (1 + Math.Exp(-x)) - t[r * columns + c],
                });
            }
        }
    }
}
