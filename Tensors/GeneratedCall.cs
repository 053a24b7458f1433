namespace AtomSets.Tensors;

/// <summary>
/// The arguments of one generated layer (see <see cref="Tape.Generated"/>): y[r] = [x[r], 1]·M(g[r]), where the matrix M [(I + 1) × O] of a row, its last
/// row the bias, is b + Σₖ gₖ·Wₖ. Empty gradients are skipped.
/// </summary>
public sealed class GeneratedCall
{
    /// <summary>N rows, I inputs, O outputs, generators of G columns.</summary>
    public int Rows, In, Out, Width;

    /// <summary>Rows of the generators: N, or with an <see cref="Index"/> any number.</summary>
    public int Generators;

    /// <summary>[N]: the generator of each row; empty: row r has generator r.</summary>
    public IndexSpan Index;

    /// <summary>[N × I], [generators × G], [N × O]</summary>
    public DeviceSpan X, XGradient, Generator, GeneratorGradient, Output, OutputGradient;

    /// <summary>[G × (I + 1)·O]: row k holds Wₖ; [(I + 1)·O].</summary>
    public DeviceSpan Weight, Bias, WeightGradient, BiasGradient;

    /// <summary>The weight's gradient holds nothing yet and is written instead of added to.</summary>
    public bool Overwrite;

    /// <summary>Whose gradient that is.</summary>
    internal ParameterRef WeightParameter;
}
