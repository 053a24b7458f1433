namespace AtomSets.Tensors;

/// <summary>
/// The arithmetic of a generated layer, counted as <see cref="MlpArithmetic"/> counts: with a generator for each row G + 1 products of [N × I + 1] with
/// [I + 1 × O]; with fewer generators than rows their matrices and one product per row.
/// </summary>
public static class GeneratedArithmetic
{
    public static long Forward(GeneratedCall call) =>
        call.Index.IsEmpty
            ? 2L * call.Rows * (call.Width + 1) * Matrix(call)
            : 2L * call.Generators * call.Width * Matrix(call) + 2L * call.Rows * Matrix(call);

    /// <summary>The gradients of the weight, and of x and g, each as much as the forward pass.</summary>
    public static long Backward(GeneratedCall call) =>
        (call.WeightGradient.IsEmpty ? 0 : Forward(call)) + (call.XGradient.IsEmpty && call.GeneratorGradient.IsEmpty ? 0 : Forward(call));

    static long Matrix(GeneratedCall call) => (call.In + 1L) * call.Out;
}
