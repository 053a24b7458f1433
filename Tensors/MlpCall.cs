namespace AtomSets.Tensors;

/// <summary>How the columns that one input contributes to the first layer are obtained.</summary>
public enum MlpInputKind
{
    /// <summary>Row r of the MLP reads row r of the input.</summary>
    Rows,

    /// <summary>Row r of the MLP reads row Index[r] of the input.</summary>
    Gathered,

    /// <summary>The input holds one distance per row; its columns are the Gaussian basis of it, computed on the fly. No gradient.</summary>
    Gaussian,
}

/// <summary>One input of a gathered MLP: [<see cref="SourceRows"/> × <see cref="Width"/>] (Gaussian: [SourceRows × 1], expanded to Width).</summary>
public struct MlpInput
{
    public MlpInputKind Kind;
    public int SourceRows;

    /// <summary>Columns contributed to the concatenation.</summary>
    public int Width;

    public DeviceSpan Value;

    /// <summary>Empty when no gradient is wanted.</summary>
    public DeviceSpan Gradient;

    /// <summary>Only for <see cref="MlpInputKind.Rows"/>: the gradient holds nothing yet and is written instead of added to.</summary>
    public bool Overwrite;

    /// <summary>[Rows] row numbers of the source, for <see cref="MlpInputKind.Gathered"/>; in any order, repeats allowed.</summary>
    public IndexSpan Index;

    public GaussianBasis Basis;

    /// <summary>The tape's slot of this input's gradient.</summary>
    internal int Slot;
}

/// <summary>One layer y = f(x·W + b): W [In × Out] row-major, b [Out] or empty. Empty gradient spans are skipped.</summary>
public struct MlpLayerCall
{
    public int In, Out;
    public Activation Activation;
    public DeviceSpan Weight, Bias, WeightGradient, BiasGradient;

    /// <summary>The weight's gradient holds nothing yet and is written instead of added to.</summary>
    public bool Overwrite;

    /// <summary>Whose gradient that is.</summary>
    internal ParameterRef WeightParameter;
}

/// <summary>
/// The arguments of one gathered MLP, y[r] = MLP(concat over i of gather(xᵢ, idxᵢ)[r]): sizes and spans only, so that every
/// device can run it. The rows of the first layer's weight follow the order of the inputs.
/// </summary>
public sealed class MlpCall
{
    public const int MaxInputs = 8, MaxLayers = 24;

    public int Rows;
    public int InputCount, LayerCount;
    public readonly MlpInput[] Inputs = new MlpInput[MaxInputs];
    public readonly MlpLayerCall[] Layers = new MlpLayerCall[MaxLayers];

    /// <summary>[Rows × Out of the last layer]</summary>
    public DeviceSpan Output, OutputGradient;

    /// <summary>What the forward pass keeps for the backward pass: <see cref="IKernels.MlpSavedLength"/> elements. Empty in inference.</summary>
    public DeviceSpan Saved;

    /// <summary>
    /// Not empty: the output is Residual + MLP [Rows × OutputWidth], and <see cref="Mean"/> takes the weighted mean of the MLP's
    /// own rows over segments, which are nowhere stored.
    /// </summary>
    public DeviceSpan Residual, ResidualGradient;

    /// <summary>The gradient of the residual holds nothing yet and is written instead of added to.</summary>
    public bool OverwriteResidual;

    /// <summary>First row of each segment, and <see cref="Rows"/> [segments + 1].</summary>
    public IndexSpan MeanOffsets;

    /// <summary>Weights ≥ 0 of the rows [Rows]; means [segments × OutputWidth], 0 where the weights sum to 0.</summary>
    public DeviceSpan MeanWeights, Mean, MeanGradient;

    /// <summary>Whether residual and mean are taken.</summary>
    public bool HasEnds => !Residual.IsEmpty;

    public int OutputWidth => Layers[LayerCount - 1].Out;
}
