namespace AtomSets.Tensors;

/// <summary>The CGCNN convolution.</summary>
public sealed partial class Tape
{
    /// <summary>
    /// One convolution: z = [x_i ; x_j ; gaussian(d_ij)]·W + b, batch norm 1 over all edges, split into (filter | core), summed over
    /// the edges of an atom s_i = Σ_j sigmoid(filter)·softplus(core), batch norm 2 over the atoms, and softplus(x_i + s_i):
    /// [N × F]. An edge of multiplicity m counts as m edges everywhere.
    /// </summary>
    /// <param name="atoms">x [N × F]</param>
    /// <exception cref="ArgumentException">The atoms or edges do not fit the spec or each other.</exception>
    public Tensor GatedConvolution(GatedConvolutionSpec spec, Tensor atoms, GatedEdges edges)
    {
        CheckColumns(atoms, spec.Width);
        CheckRows(edges.ByAtom.Count, atoms.Rows, "edges by atom");
        CheckRows(edges.Neighbours.Count, edges.ByAtom.Rows, "neighbours");
        CheckRows(edges.Lengths.Count, edges.ByAtom.Rows, "lengths");
        var distances = MlpSource.Gaussian(Gather(edges.Distances, edges.Lengths), spec.Basis);
        var z = Mlp(spec.Full, SegmentExpand(atoms, edges.ByAtom), atoms.At(edges.Neighbours), distances);
        z = BatchNorm(z, spec.EdgeNorm, edges.Multiplicities);
        var filter = Activate(Columns(z, 0, spec.Width), Activation.Sigmoid);
        var gated = Multiply(filter, Activate(Columns(z, spec.Width, spec.Width), Activation.Softplus));
        if (edges.Multiplicities is { } multiplicities) gated = ScaleRows(gated, multiplicities);
        var sum = BatchNorm(SegmentSum(gated, edges.ByAtom), spec.AtomNorm);
        return Activate(Add(atoms, sum), Activation.Softplus);
    }
}
