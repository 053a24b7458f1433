namespace AtomSets.Tensors;

/// <summary>Element-wise operations, activations and dropout.</summary>
public sealed partial class ReferenceKernels
{
    public void Fill(DeviceSpan y, double value) => Numbers(y).Fill(value);

    public void Copy(DeviceSpan x, DeviceSpan y) => Numbers(x).CopyTo(Numbers(y));

    public void Combine(double a, DeviceSpan x1, double b, DeviceSpan x2, DeviceSpan y)
    {
        Span<double> p = Numbers(x1), q = Numbers(x2), z = Numbers(y);
        for (var i = 0; i < z.Length; i++) z[i] = a * p[i] + b * q[i];
    }

    public void AddScaled(double a, DeviceSpan x, DeviceSpan y)
    {
        Span<double> p = Numbers(x), z = Numbers(y);
        for (var i = 0; i < z.Length; i++) z[i] += a * p[i];
    }

    public void Scale(DeviceSpan y, double a)
    {
        var z = Numbers(y);
        for (var i = 0; i < z.Length; i++) z[i] *= a;
    }

    public void Multiply(DeviceSpan a, DeviceSpan b, DeviceSpan y, bool accumulate)
    {
        Span<double> p = Numbers(a), q = Numbers(b), z = Numbers(y);
        for (var i = 0; i < z.Length; i++) z[i] = (accumulate ? z[i] : 0) + p[i] * q[i];
    }

    public void Activate(Activation activation, DeviceSpan x, DeviceSpan y)
    {
        Span<double> p = Numbers(x), z = Numbers(y);
        for (var i = 0; i < z.Length; i++) z[i] = Value(activation, p[i]);
    }

    public void ActivateBackward(Activation activation, DeviceSpan x, DeviceSpan y, DeviceSpan dy, DeviceSpan dx)
    {
        Span<double> p = Numbers(x), g = Numbers(dy), z = Numbers(dx);
        for (var i = 0; i < z.Length; i++) z[i] += g[i] * Slope(activation, p[i]);
    }

    public void Dropout(ulong key, double rate, DeviceSpan x, DeviceSpan y, bool accumulate)
    {
        Span<double> p = Numbers(x), z = Numbers(y);
        var random = new KeyedRandom(key);
        for (var i = 0; i < z.Length; i++)
            z[i] = (accumulate ? z[i] : 0) + (random.Uniform((ulong)i) < rate ? 0 : p[i] / (1 - rate));
    }

    public double SumOfSquares(DeviceSpan x)
    {
        double sum = 0;
        foreach (var v in Numbers(x)) sum += v * v;
        return sum;
    }

    internal static double Value(Activation activation, double x) => activation switch
    {
        Activation.Linear => x,
        Activation.Softplus => Softplus(x),
        Activation.ShiftedSoftplus => Softplus(x) - Math.Log(2),
        Activation.Relu => Math.Max(x, 0),
        Activation.LeakyRelu => x >= 0 ? x : 0.01 * x,
        Activation.Sigmoid => Sigmoid(x),
        Activation.Tanh => Math.Tanh(x),
        Activation.HardSigmoid => Math.Clamp(0.2 * x + 0.5, 0, 1),
        Activation.Silu => x * Sigmoid(x),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation"),
    };

    internal static double Slope(Activation activation, double x) => activation switch
    {
        Activation.Linear => 1,
        Activation.Softplus or Activation.ShiftedSoftplus => Sigmoid(x),
        Activation.Relu => x > 0 ? 1 : 0,
        Activation.LeakyRelu => x >= 0 ? 1 : 0.01,
        Activation.Sigmoid => Sigmoid(x) * (1 - Sigmoid(x)),
        Activation.Tanh => 1 - Math.Tanh(x) * Math.Tanh(x),
        Activation.HardSigmoid => 0.2 * x + 0.5 is > 0 and < 1 ? 0.2 : 0,
        Activation.Silu => Sigmoid(x) * (1 + x * (1 - Sigmoid(x))),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation"),
    };

    static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    // ln(1 + u) for small u without cancellation: u − u²/2 is exact to 1e-16 below 1e-5.
    static double Softplus(double x)
    {
        var u = Math.Exp(-Math.Abs(x));
        return Math.Max(x, 0) + (u < 1e-5 ? u - u * u / 2 + u * u * u / 3 : Math.Log(1 + u));
    }
}
