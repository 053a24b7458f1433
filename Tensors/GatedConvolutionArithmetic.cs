namespace AtomSets.Tensors;

/// <summary>
/// The arithmetic of a CGCNN convolution, counted as <see cref="MlpArithmetic"/> counts: its products are made once per atom and once per
/// different length with the Gaussians that are kept. Gates, batch norms and sums over edges, where most of its time goes, count as nothing.
/// </summary>
public static class GatedConvolutionArithmetic
{
    /// <summary>x·W₁, x·W₂ and gaussian(d)·W₃.</summary>
    public static long Forward(GatedConvolutionCall call) => Atoms(call) + Lengths(call);

    /// <summary>The weight's gradient from each of them, and the atoms' where it is wanted.</summary>
    public static long Backward(GatedConvolutionCall call) =>
        (call.WeightGradient.IsEmpty ? 0 : Atoms(call) + Lengths(call)) + (call.XGradient.IsEmpty ? 0 : Atoms(call));

    static long Atoms(GatedConvolutionCall call) => 2 * 2L * call.Atoms * call.Width * (2 * call.Width);

    static long Lengths(GatedConvolutionCall call) => 2L * call.LengthCount * new GaussianBand(call.Basis).Count * (2 * call.Width);
}
