namespace AtomSets.Tensors;

/// <summary>
/// The arguments of one CGCNN convolution (see <see cref="Tape.GatedConvolution"/>): N atoms of F columns, E edges grouped by their
/// centre, D different lengths in a basis of G centres. Empty gradients are skipped.
/// </summary>
public sealed class GatedConvolutionCall
{
    public int Atoms, Width, Edges, LengthCount;
    public GaussianBasis Basis;

    /// <summary>[N × F]</summary>
    public DeviceSpan X, XGradient, Output, OutputGradient;

    /// <summary>[N + 1], [E] into atoms, [E] into lengths.</summary>
    public IndexSpan Offsets, Neighbours, Lengths;

    /// <summary>[D] in Å; [E] or empty: all 1.</summary>
    public DeviceSpan Distances, Multiplicities;

    /// <summary>[(2F + G) × 2F] and [2F]; rows: centre, neighbour, edge; columns: filter, core.</summary>
    public DeviceSpan Weight, Bias, WeightGradient, BiasGradient;

    /// <summary>Over edges [2F] and over atoms [F]: everything but rows, inputs and outputs, which are the kernels' own.</summary>
    public BatchNormCall EdgeNorm = null!, AtomNorm = null!;

    /// <summary>What the forward pass keeps for the backward pass: <see cref="IKernels.GatedConvolutionSavedLength"/> elements. Empty in inference.</summary>
    public DeviceSpan Saved;
}
