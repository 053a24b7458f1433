namespace AtomSets.Tensors;

/// <summary>
/// The parameters of one CGCNN convolution (T. Xie, J. C. Grossman, Phys. Rev. Lett. 120, 145301, 2018) on atoms of
/// <see cref="Width"/> columns F, with edges in a Gaussian basis of G centres (see <see cref="Tape.GatedConvolution"/>).
/// </summary>
/// <param name="Width">F, columns of the atoms before and after</param>
/// <param name="Basis">of the edges' distances</param>
/// <param name="Full">[(2F + G) × 2F] and bias; rows: centre, neighbour, edge; columns: filter, core</param>
/// <param name="EdgeNorm">over edges, 2F columns</param>
/// <param name="AtomNorm">over atoms, F columns</param>
public sealed record GatedConvolutionSpec(int Width, GaussianBasis Basis, MlpSpec Full, BatchNormSpec EdgeNorm, BatchNormSpec AtomNorm)
{
    /// <summary>
    /// Adds <c>prefix.fc_full.weight</c> [(2F + G) × 2F] (the published weights, transposed), <c>prefix.fc_full.bias</c>,
    /// <c>prefix.bn1.…</c> and <c>prefix.bn2.…</c>: the names of the authors' program.
    /// </summary>
    public static GatedConvolutionSpec Build(ParameterLayout layout, string prefix, int width, GaussianBasis basis, Initializer? weights = null) =>
        new(width, basis, MlpSpec.Dense(layout, $"{prefix}.fc_full", [width, width, basis.Count], 2 * width, Activation.Linear, weights),
            BatchNormSpec.Build(layout, $"{prefix}.bn1", 2 * width), BatchNormSpec.Build(layout, $"{prefix}.bn2", width));
}

/// <summary>
/// The edges of a batch of crystals, grouped by their centre atom: made once per batch, used by every convolution. Symmetry gives
/// many edges the same length, so the lengths are listed once; and edges that a convolution cannot tell apart (same centre, same
/// neighbour, same length) may be listed once with their number.
/// </summary>
/// <param name="ByAtom">N segments of E edges</param>
/// <param name="Neighbours">[E] into the N atoms</param>
/// <param name="Distances">[D × 1] different lengths in Å</param>
/// <param name="Lengths">[E] into <paramref name="Distances"/></param>
/// <param name="Multiplicities">[E × 1] how many equal edges each one stands for; absent: one</param>
public readonly record struct GatedEdges(Segments ByAtom, RowIndex Neighbours, Tensor Distances, RowIndex Lengths, Tensor? Multiplicities = null);
