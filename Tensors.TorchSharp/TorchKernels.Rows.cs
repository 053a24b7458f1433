namespace AtomSets.Tensors.TorchSharp;

/// <summary>Operations on rows.</summary>
public sealed partial class TorchKernels
{
    public void Gather(DeviceSpan x, IndexSpan index, DeviceSpan y, int columns)
    {
        if (index.Length == 0) return;
        using var scope = torch.NewDisposeScope();
        Script.Into("select_rows", Matrix(x, columns), TorchIndexMemory.View(index), Matrix(y, index.Length, columns));
    }

    public void ScatterAdd(DeviceSpan dy, IndexSpan index, DeviceSpan dx, int columns)
    {
        if (index.Length == 0) return;
        using var scope = torch.NewDisposeScope();
        var to = Matrix(dx, columns);
        to.PlusInPlace(TorchIndexMemory.Sources(index, dx.Length / columns).Sum(Matrix(dy, index.Length, columns)));
    }

    public void RowDot(DeviceSpan a, DeviceSpan b, DeviceSpan y, int rows, int columns, bool accumulate)
    {
        using var scope = torch.NewDisposeScope();
        var dots = (Matrix(a, rows, columns) * Matrix(b, rows, columns)).sum(1);
        if (accumulate) Flat(y).PlusInPlace(dots);
        else Flat(y).copy_(dots);
    }

    public void ScaleRows(DeviceSpan x, DeviceSpan s, DeviceSpan y, int rows, int columns, bool accumulate)
    {
        using var scope = torch.NewDisposeScope();
        Torch to = Matrix(y, rows, columns), factors = Matrix(s, rows, 1);
        if (accumulate) to.addcmul_(Matrix(x, rows, columns), factors, Number.One);
        else to.copy_(Matrix(x, rows, columns) * factors);
    }

    public void CopyColumns(
        DeviceSpan x, int xColumns, int xStart, DeviceSpan y, int yColumns, int yStart, int rows, int columns, bool accumulate)
    {
        using var scope = torch.NewDisposeScope();
        var from = Matrix(x, rows, xColumns).narrow(1, xStart, columns);
        var to = Matrix(y, rows, yColumns).narrow(1, yStart, columns);
        if (accumulate) to.PlusInPlace(from);
        else to.copy_(from);
    }

    public void ExpandGaussian(DeviceSpan distances, GaussianBasis basis, DeviceSpan y, int rows)
    {
        using var scope = torch.NewDisposeScope();
        Expand(basis, Matrix(distances, rows, 1), Matrix(y, rows, basis.Count));
    }

    /// <summary>exp(−factor·(d − μ)²) of distances [rows × 1] into [rows × basis.Count].</summary>
    Torch Expand(GaussianBasis basis, Torch distances, Torch y)
    {
        y.copy_(distances - Centres(basis));
        return y.Square().mul_(Number.Of(-basis.Factor)).exp_();
    }

    /// <summary>[1 × basis.Count]; kept.</summary>
    Torch Centres(GaussianBasis basis)
    {
        if (_centres.TryGetValue(basis, out var known)) return known;
        var centres = new float[basis.Count];
        for (var k = 0; k < centres.Length; k++) centres[k] = (float)(basis.Start + k * basis.Spacing);
        var made = torch.empty([1, basis.Count], torch.ScalarType.Float32, _device).DetachFromDisposeScope();
        _transfers.Upload<float>(centres, made, static (from, to) => from.CopyTo(to));
        return _centres[basis] = made;
    }
}
