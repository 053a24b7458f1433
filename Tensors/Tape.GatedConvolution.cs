namespace AtomSets.Tensors;

/// <summary>The CGCNN convolution.</summary>
public sealed partial class Tape
{
    /// <summary>
    /// One convolution: z = [x_i ; x_j ; gaussian(d_ij)]·W + b, batch norm 1 over all edges, split into (filter | core), summed over
    /// the edges of an atom s_i = Σ_j sigmoid(filter)·softplus(core), batch norm 2 over the atoms, and softplus(x_i + s_i):
    /// [N × F]. An edge of multiplicity m counts as m edges everywhere. No gradient to distances and multiplicities.
    /// </summary>
    /// <param name="atoms">x [N × F]</param>
    /// <exception cref="ArgumentException">The atoms or edges do not fit the spec or each other.</exception>
    public Tensor GatedConvolution(GatedConvolutionSpec spec, Tensor atoms, GatedEdges edges)
    {
        CheckColumns(atoms, spec.Width);
        CheckColumns(edges.Distances, 1);
        CheckRows(edges.ByAtom.Count, atoms.Rows, "edges by atom");
        CheckRows(edges.Neighbours.Count, edges.ByAtom.Rows, "neighbours");
        CheckRows(edges.Neighbours.SourceRows, atoms.Rows, "the atoms that neighbours address");
        CheckRows(edges.Lengths.Count, edges.ByAtom.Rows, "lengths");
        CheckRows(edges.Lengths.SourceRows, edges.Distances.Rows, "the distances that lengths address");
        var set = Parameters ?? throw new InvalidOperationException("this tape was made without parameters");
        if (gatedUsed == gated.Count) gated.Add(new());
        var call = gated[gatedUsed++];
        var layer = spec.Full.Layers[0];
        (call.Atoms, call.Width, call.Edges, call.LengthCount) = (atoms.Rows, spec.Width, edges.ByAtom.Rows, edges.Distances.Rows);
        call.Basis = spec.Basis;
        (call.Offsets, call.Neighbours, call.Lengths) = (edges.ByAtom.Offsets, edges.Neighbours.Span, edges.Lengths.Span);
        (call.Distances, call.Multiplicities) = (edges.Distances.Value, WeightsOf(edges.Multiplicities, call.Edges));
        (call.Weight, call.Bias) = (set.Value(layer.Weight), set.Value(layer.Bias));
        touched[layer.Weight.Ordinal] = true;
        call.WeightGradient = Training && !set.IsFrozen(layer.Weight) ? set.Gradient(layer.Weight) : default;
        call.BiasGradient = Training && !set.IsFrozen(layer.Bias) ? set.Gradient(layer.Bias) : default;
        (call.EdgeNorm, call.AtomNorm) = (NewNorm(spec.EdgeNorm), NewNorm(spec.AtomNorm));
        var needs = atoms.HasGradient || !call.WeightGradient.IsEmpty || !call.BiasGradient.IsEmpty || IsTrained(call.EdgeNorm) || IsTrained(call.AtomNorm);
        var y = New(call.Atoms, call.Width, needs);
        (call.X, call.XGradient, call.Output, call.OutputGradient) = (atoms.Value, Training ? atoms.Gradient : default, y.Value, y.Gradient);
        call.Saved = y.HasGradient ? arena.Numbers(Kernels.GatedConvolutionSavedLength(call)) : default;
        Kernels.GatedConvolutionForward(call);
        Record(new() { Op = TapeOp.GatedConvolution, A = atoms, Out = y, Gated = call });
        return y;
    }

    static bool IsTrained(BatchNormCall norm) => !norm.WeightGradient.IsEmpty || !norm.BiasGradient.IsEmpty;
}
