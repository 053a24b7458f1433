namespace AtomSets.Tensors.TorchSharp;

/// <summary>Element-wise operations, activations and dropout.</summary>
public sealed partial class TorchKernels
{
    public void Fill(DeviceSpan y, double value)
    {
        using var scope = torch.NewDisposeScope();
        Flat(y).fill_(Number.Of(value));
    }

    public void Copy(DeviceSpan x, DeviceSpan y)
    {
        CheckLength(x.Length, y.Length);
        using var scope = torch.NewDisposeScope();
        Flat(y).copy_(Flat(x));
    }

    public void Combine(double a, DeviceSpan x1, double b, DeviceSpan x2, DeviceSpan y)
    {
        using var scope = torch.NewDisposeScope();
        Torch p = Flat(x1), q = Flat(x2);
        if (a == 1 && b == 1) Script.Into("add", p, q, Flat(y));
        else if (b == 0) Flat(y).copy_(p * Number.Of(a));
        else Flat(y).copy_((p * Number.Of(a)).add_(q, Number.Of(b)));
    }

    public void AddScaled(double a, DeviceSpan x, DeviceSpan y)
    {
        using var scope = torch.NewDisposeScope();
        using var factor = Number.Once(a);
        Flat(y).add_(Flat(x), factor);
    }

    public void Scale(DeviceSpan y, double a)
    {
        using var scope = torch.NewDisposeScope();
        using var factor = Number.Once(a);
        Flat(y).mul_(factor);
    }

    public void Multiply(DeviceSpan a, DeviceSpan b, DeviceSpan y, bool accumulate)
    {
        using var scope = torch.NewDisposeScope();
        if (accumulate) Flat(y).addcmul_(Flat(a), Flat(b), Number.One);
        else Flat(y).copy_(Flat(a) * Flat(b));
    }

    public void Activate(Activation activation, DeviceSpan x, DeviceSpan y)
    {
        using var scope = torch.NewDisposeScope();
        Activations.Value(activation, Flat(x), Flat(y));
    }

    public void ActivateBackward(Activation activation, DeviceSpan x, DeviceSpan y, DeviceSpan dy, DeviceSpan dx)
    {
        using var scope = torch.NewDisposeScope();
        var slope = torch.empty_like(Flat(dy));
        Activations.Slope(activation, Flat(Activations.NeedsInput(activation) ? x : y), Flat(dy), slope);
        Flat(dx).PlusInPlace(slope);
    }

    public void Dropout(ulong key, double rate, DeviceSpan x, DeviceSpan y, bool accumulate)
    {
        using var scope = torch.NewDisposeScope();
        // Drawn on the host: the same stream on every device.
        var mask = torch.empty([y.Length], torch.ScalarType.Float32, _device);
        _transfers.Upload(new KeptElements(key, rate, y.Length), mask);
        if (accumulate) Flat(y).addcmul_(Flat(x), mask, Number.One);
        else Flat(y).copy_(mask.mul_(Flat(x)));
    }

    public double SumOfSquares(DeviceSpan x)
    {
        using var scope = torch.NewDisposeScope();
        var numbers = Flat(x);
        return (numbers * numbers).sum(torch.ScalarType.Float64).item<double>();
    }
}
