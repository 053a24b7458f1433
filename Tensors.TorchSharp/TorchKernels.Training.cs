namespace AtomSets.Tensors.TorchSharp;

/// <summary>LSTM, losses and the optimisers.</summary>
public sealed partial class TorchKernels
{
    public void Lstm(DeviceSpan z, DeviceSpan cell, DeviceSpan gates, DeviceSpan c, DeviceSpan h, int rows, int width, Activation gate)
    {
        if (rows == 0) return;
        using var scope = torch.NewDisposeScope();
        Torch inputs = Matrix(z, rows, 4 * width), kept = Matrix(gates, rows, 4 * width), state = Matrix(c, rows, width);
        Activations.Value(gate, inputs, kept);
        Activations.Value(Activation.Tanh, Part(inputs, 2), Part(kept, 2));
        state.copy_(Part(kept, 0) * Part(kept, 2));
        if (!cell.IsEmpty) state.addcmul_(Part(kept, 1), Matrix(cell, rows, width), Number.One);
        Matrix(h, rows, width).copy_(state.tanh().mul_(Part(kept, 3)));

        Torch Part(Torch all, int part) => all.narrow(1, part * width, width);
    }

    public void LstmBackward(
        DeviceSpan cell, DeviceSpan gates, DeviceSpan c, DeviceSpan dc, DeviceSpan dh, DeviceSpan dz, DeviceSpan dcell,
        int rows, int width, Activation gate)
    {
        if (rows == 0) return;
        using var scope = torch.NewDisposeScope();
        var kept = Matrix(gates, rows, 4 * width);
        Torch i = Part(0), f = Part(1), g = Part(2), o = Part(3), up = Matrix(dh, rows, width), t = Matrix(c, rows, width).tanh();
        // (1 − t²)·o·dh + dc
        var down = torch.empty_like(t);
        Script.Into("tanh_slope", up * o, t, down);
        down.PlusInPlace(Matrix(dc, rows, width));
        if (!dcell.IsEmpty) Matrix(dcell, rows, width).addcmul_(down, f, Number.One);
        if (dz.IsEmpty) return;
        var slopes = torch.empty_like(kept);
        To(0).copy_(down * g);
        if (cell.IsEmpty) To(1).zero_();
        else To(1).copy_(down * Matrix(cell, rows, width));
        To(3).copy_(up * t);
        var candidate = down * i;
        Activations.Slope(gate, kept, slopes, slopes);
        Script.Into("tanh_slope", candidate, g, To(2));
        Matrix(dz, rows, 4 * width).PlusInPlace(slopes);

        Torch Part(int part) => kept.narrow(1, part * width, width);
        Torch To(int part) => slopes.narrow(1, part * width, width);
    }

    public void LossForward(
        Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan y, int rows, int columns, double delta)
    {
        using var scope = torch.NewDisposeScope();
        if (rows == 0)
        {
            Flat(y).zero_();
            return;
        }
        if (loss is Loss.RobustAbsolute or Loss.RobustSquared)
        {
            RobustForward(loss, prediction, target, weights, y, rows);
            return;
        }
        Torch p = Matrix(prediction, rows, columns), t = Matrix(target, rows, columns);
        var losses = loss switch
        {
            Loss.MeanSquared => (p - t).Square(),
            Loss.MeanAbsolute => (p - t).abs_(),
            Loss.Huber => Huber(p - t, delta),
            _ => p.Softplus() - p * t,
        };
        if (!weights.IsEmpty) losses = losses * Matrix(weights, rows, 1);
        using var count = Number.Once((double)rows * columns);
        Flat(y).copy_(losses.sum(torch.ScalarType.Float64).div_(count));
    }

    public void LossBackward(
        Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan dy, DeviceSpan dPrediction,
        int rows, int columns, double delta)
    {
        if (rows == 0) return;
        using var scope = torch.NewDisposeScope();
        if (loss is Loss.RobustAbsolute or Loss.RobustSquared)
        {
            RobustBackward(loss, prediction, target, weights, dy, dPrediction, rows);
            return;
        }
        Torch p = Matrix(prediction, rows, columns), t = Matrix(target, rows, columns);
        var slopes = loss switch
        {
            Loss.MeanSquared => (p - t).mul_(Number.Of(2)),
            Loss.MeanAbsolute => (p - t).sign_(),
            Loss.Huber => (p - t).clamp_(Number.Of(-delta), Number.Of(delta)),
            _ => p.sigmoid().sub_(t),
        };
        if (!weights.IsEmpty) slopes.mul_(Matrix(weights, rows, 1));
        using var share = Number.Once(1 / ((double)rows * columns));
        Matrix(dPrediction, rows, columns).add_(slopes.mul_(Flat(dy)), share);
    }

    public void Sgd(DeviceSpan values, DeviceSpan gradients, DeviceSpan velocity, SgdStep step)
    {
        using var scope = torch.NewDisposeScope();
        Torch w = Flat(values), v = Flat(velocity);
        v.mul_(Number.Of(step.Momentum)).PlusInPlace(Flat(gradients));
        if (step.WeightDecay != 0) v.add_(w, Number.Of(step.WeightDecay));
        using var rate = Number.Once(-step.LearningRate);
        w.add_(v, rate);
    }

    public void Adam(DeviceSpan values, DeviceSpan gradients, DeviceSpan m, DeviceSpan v, AdamStep step)
    {
        using var scope = torch.NewDisposeScope();
        Torch w = Flat(values), g = Flat(gradients), first = Flat(m), second = Flat(v);
        first.mul_(Number.Of(step.Beta1)).add_(g, Number.Of(1 - step.Beta1));
        second.mul_(Number.Of(step.Beta2)).addcmul_(g, g, Number.Of(1 - step.Beta2));
        using global::TorchSharp.Scalar inverse = Number.Once(1 / step.Correction2), rate = Number.Once(-step.LearningRate / step.Correction1);
        var scale = (second * inverse).sqrt_().PlusInPlace(Number.Of(step.Epsilon));
        using var keep = Number.Once(1 - step.LearningRate * step.WeightDecay);
        if (step.WeightDecay != 0) w.mul_(keep);
        w.addcdiv_(first, scale, rate);
    }

    /// <summary>½ d² for |d| ≤ δ, else δ(|d| − ½δ): with c = min(|d|, δ), c·(|d| − c/2).</summary>
    static Torch Huber(Torch d, double delta)
    {
        var size = d.abs();
        var inner = size.clamp_max(Number.Of(delta));
        return (size - inner * Number.Of(0.5)).mul_(inner);
    }
}
