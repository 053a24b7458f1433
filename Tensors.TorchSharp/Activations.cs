namespace AtomSets.Tensors.TorchSharp;

/// <summary>Activations and their slopes, each written into a given tensor; that may be the one read.</summary>
static class Activations
{
    /// <summary>Whether the slope is found from x rather than from y = f(x).</summary>
    public static bool NeedsInput(Activation activation) =>
        activation is Activation.Softplus or Activation.ShiftedSoftplus or Activation.Silu;

    /// <summary>y = f(x)</summary>
    public static void Value(Activation activation, Torch x, Torch y)
    {
        switch (activation)
        {
            case Activation.Linear:
                if (!ReferenceEquals(x, y)) y.copy_(x);
                break;
            case Activation.HardSigmoid:
                Script.Into("hard_sigmoid", x, y);
                break;
            case Activation.ShiftedSoftplus:
                Script.Into("softplus", x, y);
                y.sub_(Number.Of(Math.Log(2)));
                break;
            default:
                Script.Into(Name(activation), x, y);
                break;
        }
    }

    /// <summary>y = g ⊙ f′, from x or f(x) as <see cref="NeedsInput"/> says.</summary>
    public static void Slope(Activation activation, Torch kept, Torch g, Torch y)
    {
        switch (activation)
        {
            case Activation.Linear:
                if (!ReferenceEquals(g, y)) y.copy_(g);
                break;
            case Activation.ShiftedSoftplus:
                Script.Into("softplus_slope", g, kept, y);
                break;
            // 1 at zero, unlike libtorch's own.
            case Activation.LeakyRelu:
                y.copy_(Mask(kept.ge(Number.Of(0))).mul_(Number.Of(0.99)).PlusInPlace(Number.Of(0.01)).mul_(g));
                break;
            case Activation.HardSigmoid:
                y.copy_(Mask(kept.gt(Number.Of(0)).logical_and_(kept.lt(Number.One))).mul_(Number.Of(0.2)).mul_(g));
                break;
            default:
                Script.Into(Name(activation) + "_slope", g, kept, y);
                break;
        }
    }

    static Torch Mask(Torch condition) => condition.to_type(torch.ScalarType.Float32);

    static string Name(Activation activation) => activation switch
    {
        Activation.Softplus => "softplus",
        Activation.Relu => "relu",
        Activation.LeakyRelu => "leaky_relu",
        Activation.Sigmoid => "sigmoid",
        Activation.Tanh => "tanh",
        Activation.Silu => "silu",
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation"),
    };
}
