namespace AtomSets.Tensors;

/// <summary>Element-wise functions of a layer.</summary>
public enum Activation
{
    /// <summary>x</summary>
    Linear,

    /// <summary>ln(1 + eˣ)</summary>
    Softplus,

    /// <summary>ln(1 + eˣ) − ln 2, MEGNet's "softplus2": zero at zero.</summary>
    ShiftedSoftplus,

    /// <summary>max(x, 0)</summary>
    Relu,

    /// <summary>x for x ≥ 0, else 0.01 x</summary>
    LeakyRelu,

    /// <summary>1 / (1 + e⁻ˣ)</summary>
    Sigmoid,

    Tanh,

    /// <summary>Keras: clip(0.2 x + 0.5, 0, 1)</summary>
    HardSigmoid,

    /// <summary>x / (1 + e⁻ˣ)</summary>
    Silu,
}
