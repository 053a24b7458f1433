namespace AtomSets.Tensors.TorchSharp;

/// <summary>Batch normalisation and the CGCNN convolution.</summary>
public sealed partial class TorchKernels
{
    public void BatchNormForward(BatchNormCall call)
    {
        using var scope = torch.NewDisposeScope();
        Matrix(call.Y, call.Rows, call.Columns).copy_(Normalisation.Forward(call, Matrix(call.X, call.Rows, call.Columns), Multiplicities(call.Multiplicities, call.Rows)));
    }

    public void BatchNormBackward(BatchNormCall call)
    {
        using var scope = torch.NewDisposeScope();
        var dx = Normalisation.Backward(call, Matrix(call.X, call.Rows, call.Columns), Multiplicities(call.Multiplicities, call.Rows),
            Matrix(call.YGradient, call.Rows, call.Columns), wantsX: !call.XGradient.IsEmpty);
        if (dx is not null) Matrix(call.XGradient, call.Rows, call.Columns).PlusInPlace(dx);
    }

    /// <summary>z of every edge, the sums over the edges of every atom, and the Gaussians of every length.</summary>
    public int GatedConvolutionSavedLength(GatedConvolutionCall call) =>
        checked(Padded(2 * call.Width * call.Edges) + Padded(call.Width * call.Atoms) + Padded(call.LengthCount * call.Basis.Count));

    public void GatedConvolutionForward(GatedConvolutionCall call)
    {
        using var scope = torch.NewDisposeScope();
        var (z, sums, gaussians) = Kept(call);
        var f = call.Width;
        var x = Matrix(call.X, call.Atoms, f);
        Expand(call.Basis, Matrix(call.Distances, call.LengthCount, 1), gaussians);
        var edges = TorchIndexMemory.Segments(call.Offsets);
        // Products once per atom and per length; each edge adds three of their rows.
        var centres = torch.addmm(Flat(call.Bias), x, Weight(call.Weight, call, 0), 1, 1);
        z.copy_(centres.index_select(0, edges.Groups));
        z.PlusInPlace(x.mm(Weight(call.Weight, call, 1)).index_select(0, TorchIndexMemory.View(call.Neighbours)));
        z.PlusInPlace(gaussians.mm(Weight(call.Weight, call, 2)).index_select(0, TorchIndexMemory.View(call.Lengths)));
        var m = Multiplicities(call.Multiplicities, call.Edges);
        var u = Normalisation.Forward(call.EdgeNorm, z, m);
        var gated = u.narrow(1, 0, f).sigmoid().mul_(u.narrow(1, f, f).Softplus());
        sums.copy_(m is null ? edges.Sum(gated) : edges.WeightedSum(gated, Flat(call.Multiplicities)));
        var t = Normalisation.Forward(call.AtomNorm, sums, null).PlusInPlace(x);
        Activations.Value(Activation.Softplus, t, Matrix(call.Output, call.Atoms, f));
    }

    public void GatedConvolutionBackward(GatedConvolutionCall call)
    {
        using var scope = torch.NewDisposeScope();
        var (z, sums, gaussians) = Kept(call);
        var f = call.Width;
        Torch x = Matrix(call.X, call.Atoms, f), y = Matrix(call.Output, call.Atoms, f);
        var m = Multiplicities(call.Multiplicities, call.Edges);
        // softplus′ of what gave y: 1 − e^−y
        var dt = (-y).expm1_().neg_().mul_(Matrix(call.OutputGradient, call.Atoms, f));
        var edges = TorchIndexMemory.Segments(call.Offsets);
        var up = Normalisation.Backward(call.AtomNorm, sums, null, dt)!.index_select(0, edges.Groups);
        if (m is not null) up.mul_(m);
        var u = Normalisation.Apply(call.EdgeNorm, z);
        Torch filter = u.narrow(1, 0, f).sigmoid(), core = u.narrow(1, f, f);
        var du = torch.empty_like(u);
        var ofCore = du.narrow(1, f, f).copy_(core.sigmoid().mul_(filter).mul_(up));
        var ofFilter = core.Softplus().mul_(up);
        Script.Into("sigmoid_slope", ofFilter, filter, ofFilter);
        du.narrow(1, 0, f).copy_(ofFilter);
        var dz = Normalisation.Backward(call.EdgeNorm, z, m, du)!;
        Torch[] slopes =
        [
            edges.Sum(dz), TorchIndexMemory.Sources(call.Neighbours, call.Atoms).Sum(dz), TorchIndexMemory.Sources(call.Lengths, call.LengthCount).Sum(dz),
        ];
        // The batch's statistics take every shift away: then the bias has no gradient.
        if (!call.EdgeNorm.UsesBatch && !call.BiasGradient.IsEmpty) Flat(call.BiasGradient).PlusInPlace(slopes[0].ColumnSums());
        if (!call.WeightGradient.IsEmpty)
        {
            for (var part = 0; part < 3; part++) Weight(call.WeightGradient, call, part).addmm_((part == 2 ? gaussians : x).t(), slopes[part]);
        }
        if (call.XGradient.IsEmpty) return;
        var dx = Matrix(call.XGradient, call.Atoms, f).PlusInPlace(dt);
        for (var part = 0; part < 2; part++) dx.addmm_(slopes[part], Weight(call.Weight, call, part).t());
    }

    static Torch? Multiplicities(DeviceSpan span, int rows) => span.IsEmpty ? null : Matrix(span, rows, 1);

    /// <summary>Rows of the weight for the centre, the neighbour and the Gaussians.</summary>
    static Torch Weight(DeviceSpan weight, GatedConvolutionCall call, int part) =>
        Rows(weight, part * call.Width, part == 2 ? call.Basis.Count : call.Width, 2 * call.Width);

    (Torch Z, Torch Sums, Torch Gaussians) Kept(GatedConvolutionCall call)
    {
        var saved = new SavedParts(call.Saved);
        var (wide, width) = (2 * call.Width, call.Width);
        return saved.Any
            ? (saved.Take(call.Edges, wide), saved.Take(call.Atoms, width), saved.Take(call.LengthCount, call.Basis.Count))
            : (Temporary(call.Edges, wide), Temporary(call.Atoms, width), Temporary(call.LengthCount, call.Basis.Count));
    }
}
