namespace AtomSets.Tensors;

/// <summary>LSTM, losses and the optimiser.</summary>
public sealed partial class ReferenceKernels
{
    public void Lstm(DeviceSpan z, DeviceSpan cell, DeviceSpan gates, DeviceSpan c, DeviceSpan h, int rows, int width, Activation gate)
    {
        Span<double> x = Numbers(z), before = Numbers(cell), kept = Numbers(gates), state = Numbers(c), y = Numbers(h);
        for (var r = 0; r < rows; r++)
        {
            for (var k = 0; k < width; k++)
            {
                var at = 4 * r * width + k;
                for (var part = 0; part < 4; part++)
                    kept[at + part * width] = Value(part == 2 ? Activation.Tanh : gate, x[at + part * width]);
                var carried = before.IsEmpty ? 0 : kept[at + width] * before[r * width + k];
                state[r * width + k] = carried + kept[at] * kept[at + 2 * width];
                y[r * width + k] = kept[at + 3 * width] * Math.Tanh(state[r * width + k]);
            }
        }
    }

    public void LstmBackward(
        DeviceSpan cell, DeviceSpan gates, DeviceSpan c, DeviceSpan dc, DeviceSpan dh, DeviceSpan dz, DeviceSpan dcell,
        int rows, int width, Activation gate)
    {
        Span<double> before = Numbers(cell), kept = Numbers(gates), state = Numbers(c), gc = Numbers(dc), gh = Numbers(dh);
        Span<double> z = Numbers(dz), zc = Numbers(dcell);
        for (var r = 0; r < rows; r++)
        {
            for (var k = 0; k < width; k++)
            {
                int n = r * width + k, at = 4 * r * width + k;
                double i = kept[at], f = kept[at + width], g = kept[at + 2 * width], o = kept[at + 3 * width], t = Math.Tanh(state[n]);
                var down = gc[n] + gh[n] * o * (1 - t * t);
                if (!zc.IsEmpty) zc[n] += down * f;
                if (z.IsEmpty) continue;
                z[at] += down * g * GateSlope(gate, i);
                if (!before.IsEmpty) z[at + width] += down * before[n] * GateSlope(gate, f);
                z[at + 2 * width] += down * i * (1 - g * g);
                z[at + 3 * width] += gh[n] * t * GateSlope(gate, o);
            }
        }
    }

    public void LossForward(
        Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan y, int rows, int columns, double delta)
    {
        Span<double> p = Numbers(prediction), t = Numbers(target), w = Numbers(weights);
        double sum = 0;
        if (RobustLoss.Is(loss))
        {
            for (var r = 0; r < rows; r++)
            {
                double d = p[2 * r] - t[r], s = p[2 * r + 1];
                sum += (w.IsEmpty ? 1 : w[r]) * (loss == Loss.RobustAbsolute ? Math.Sqrt(2) * Math.Abs(d) * Math.Exp(-s) + s : d * d * Math.Exp(-2 * s) / 2 + s);
            }
            Numbers(y)[0] = rows == 0 ? 0 : sum / rows;
            return;
        }
        for (var i = 0; i < rows * columns; i++)
        {
            double d = p[i] - t[i], size = Math.Abs(d);
            sum += (w.IsEmpty ? 1 : w[i / columns]) * loss switch
            {
                Loss.MeanSquared => d * d,
                Loss.MeanAbsolute => size,
                Loss.Huber => size <= delta ? d * d / 2 : delta * (size - delta / 2),
                _ => Softplus(p[i]) - p[i] * t[i],
            };
        }
        Numbers(y)[0] = rows == 0 ? 0 : sum / ((double)rows * columns);
    }

    public void LossBackward(
        Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan dy, DeviceSpan dPrediction,
        int rows, int columns, double delta)
    {
        Span<double> p = Numbers(prediction), t = Numbers(target), w = Numbers(weights), z = Numbers(dPrediction);
        if (rows == 0) return;
        if (RobustLoss.Is(loss))
        {
            for (var r = 0; r < rows; r++)
            {
                var (value, deviation) = RobustLoss.Slopes(loss, p[2 * r] - t[r], p[2 * r + 1]);
                var ofRow = Numbers(dy)[0] / rows * (w.IsEmpty ? 1 : w[r]);
                z[2 * r] += ofRow * value;
                z[2 * r + 1] += ofRow * deviation;
            }
            return;
        }
        var scale = Numbers(dy)[0] / ((double)rows * columns);
        for (var i = 0; i < rows * columns; i++)
        {
            var d = p[i] - t[i];
            z[i] += scale * (w.IsEmpty ? 1 : w[i / columns]) * loss switch
            {
                Loss.MeanSquared => 2 * d,
                Loss.MeanAbsolute => d > 0 ? 1 : d < 0 ? -1 : d,
                Loss.Huber => Math.Clamp(d, -delta, delta),
                _ => Sigmoid(p[i]) - t[i],
            };
        }
    }

    public void Sgd(DeviceSpan values, DeviceSpan gradients, DeviceSpan velocity, SgdStep step)
    {
        Span<double> w = Numbers(values), g = Numbers(gradients), v = Numbers(velocity);
        for (var i = 0; i < w.Length; i++)
        {
            v[i] = step.Momentum * v[i] + g[i] + step.WeightDecay * w[i];
            w[i] -= step.LearningRate * v[i];
        }
    }

    public void Adam(DeviceSpan values, DeviceSpan gradients, DeviceSpan m, DeviceSpan v, AdamStep step)
    {
        Span<double> w = Numbers(values), g = Numbers(gradients), first = Numbers(m), second = Numbers(v);
        for (var i = 0; i < w.Length; i++)
        {
            first[i] = step.Beta1 * first[i] + (1 - step.Beta1) * g[i];
            second[i] = step.Beta2 * second[i] + (1 - step.Beta2) * g[i] * g[i];
            var update = first[i] / step.Correction1 / (Math.Sqrt(second[i] / step.Correction2) + step.Epsilon);
            w[i] -= step.LearningRate * (update + step.WeightDecay * w[i]);
        }
    }

    // The derivative of a gate in terms of its value.
    static double GateSlope(Activation gate, double value) =>
        gate == Activation.HardSigmoid ? (value is > 0 and < 1 ? 0.2 : 0) : value * (1 - value);
}
