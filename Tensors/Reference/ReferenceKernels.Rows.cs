namespace AtomSets.Tensors;

/// <summary>Operations on rows.</summary>
public sealed partial class ReferenceKernels
{
    public void Gather(DeviceSpan x, IndexSpan index, DeviceSpan y, int columns)
    {
        Span<double> p = Numbers(x), z = Numbers(y);
        var rows = Rows(index);
        for (var r = 0; r < rows.Length; r++) p.Slice(rows[r] * columns, columns).CopyTo(z[(r * columns)..]);
    }

    public void ScatterAdd(DeviceSpan dy, IndexSpan index, DeviceSpan dx, int columns)
    {
        Span<double> g = Numbers(dy), z = Numbers(dx);
        var rows = Rows(index);
        for (var r = 0; r < rows.Length; r++)
        {
            for (var c = 0; c < columns; c++) z[rows[r] * columns + c] += g[r * columns + c];
        }
    }

    public void RowDot(DeviceSpan a, DeviceSpan b, DeviceSpan y, int rows, int columns, bool accumulate)
    {
        Span<double> p = Numbers(a), q = Numbers(b), z = Numbers(y);
        for (var r = 0; r < rows; r++)
        {
            double sum = 0;
            for (var c = 0; c < columns; c++) sum += p[r * columns + c] * q[r * columns + c];
            z[r] = (accumulate ? z[r] : 0) + sum;
        }
    }

    public void ScaleRows(DeviceSpan x, DeviceSpan s, DeviceSpan y, int rows, int columns, bool accumulate)
    {
        Span<double> p = Numbers(x), q = Numbers(s), z = Numbers(y);
        for (var i = 0; i < rows * columns; i++) z[i] = (accumulate ? z[i] : 0) + p[i] * q[i / columns];
    }

    public void CopyColumns(
        DeviceSpan x, int xColumns, int xStart, DeviceSpan y, int yColumns, int yStart, int rows, int columns, bool accumulate)
    {
        Span<double> p = Numbers(x), z = Numbers(y);
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                ref var to = ref z[r * yColumns + yStart + c];
                to = (accumulate ? to : 0) + p[r * xColumns + xStart + c];
            }
        }
    }

    public void ExpandGaussian(DeviceSpan distances, GaussianBasis basis, DeviceSpan y, int rows)
    {
        Span<double> d = Numbers(distances), z = Numbers(y);
        for (var r = 0; r < rows; r++)
        {
            for (var k = 0; k < basis.Count; k++) z[r * basis.Count + k] = Gaussian(basis, d[r], k);
        }
    }
}
