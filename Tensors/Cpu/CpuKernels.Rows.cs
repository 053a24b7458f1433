using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>Operations on rows, and the row loops that the other families share.</summary>
sealed unsafe partial class CpuKernels<S, V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Gather(DeviceSpan x, IndexSpan index, DeviceSpan y, int columns)
    {
        float* p = Pointer(x), z = Pointer(y);
        var rows = Rows(index);
        for (var r = 0; r < rows.Length; r++) CopyRow(p + (nint)rows[r] * columns, z + (nint)r * columns, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScatterAdd(DeviceSpan dy, IndexSpan index, DeviceSpan dx, int columns)
    {
        float* g = Pointer(dy), z = Pointer(dx);
        var rows = Rows(index);
        for (var r = 0; r < rows.Length; r++) AddRow(g + (nint)r * columns, z + (nint)rows[r] * columns, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void RowDot(DeviceSpan a, DeviceSpan b, DeviceSpan y, int rows, int columns, bool accumulate)
    {
        float* p = Pointer(a), q = Pointer(b), z = Pointer(y);
        for (nint r = 0; r < rows; r++) z[r] = (accumulate ? z[r] : 0) + RowDot(p + r * columns, q + r * columns, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScaleRows(DeviceSpan x, DeviceSpan s, DeviceSpan y, int rows, int columns, bool accumulate)
    {
        float* p = Pointer(x), factors = Pointer(s), z = Pointer(y);
        for (nint r = 0; r < rows; r++)
        {
            if (accumulate) AddScaledRow(factors[r], p + r * columns, z + r * columns, columns);
            else ScaleRow(factors[r], p + r * columns, z + r * columns, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void CopyColumns(
        DeviceSpan x, int xColumns, int xStart, DeviceSpan y, int yColumns, int yStart, int rows, int columns, bool accumulate)
    {
        float* p = Pointer(x) + xStart, z = Pointer(y) + yStart;
        for (nint r = 0; r < rows; r++)
        {
            if (accumulate) AddRow(p + r * xColumns, z + r * yColumns, columns);
            else CopyRow(p + r * xColumns, z + r * yColumns, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ExpandGaussian(DeviceSpan distances, GaussianBasis basis, DeviceSpan y, int rows)
    {
        float* d = Pointer(distances), z = Pointer(y);
        scratch.Reset();
        var grid = Centres(basis);
        for (nint r = 0; r < rows; r++) ExpandRow(d[r], grid, basis, z + r * basis.Count, basis.Count);
    }

    float* Centres(GaussianBasis basis)
    {
        var padded = Padded(basis.Count);
        var centres = scratch.Take(padded);
        for (var k = 0; k < padded; k++) centres[k] = (float)(basis.Start + k * basis.Spacing);
        return centres;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ExpandRow(float distance, float* centres, in GaussianBasis basis, float* y, int columns)
    {
        nint k = 0;
        var factor = (float)-basis.Factor;
        for (; k + S.Width <= columns; k += S.Width)
        {
            var d = S.Subtract(S.Set(distance), S.Load(centres + k));
            S.Store(y + k, VectorMath<S, V>.Exp(S.Multiply(S.Multiply(d, d), S.Set(factor))));
        }
        for (; k < columns; k++)
        {
            var d = distance - centres[k];
            y[k] = VectorMath<Simd1, float>.Exp(d * d * factor);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void CopyRow(float* x, float* y, nint n)
    {
        nint i = 0;
        for (; i + S.Width <= n; i += S.Width) S.Store(y + i, S.Load(x + i));
        for (; i < n; i++) y[i] = x[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddRow(float* x, float* y, nint n)
    {
        nint i = 0;
        for (; i + S.Width <= n; i += S.Width) S.Store(y + i, S.Add(S.Load(y + i), S.Load(x + i)));
        for (; i < n; i++) y[i] += x[i];
    }

    /// <summary>y += a·x</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddScaledRow(float a, float* x, float* y, nint n)
    {
        nint i = 0;
        var va = S.Set(a);
        for (; i + S.Width <= n; i += S.Width) S.Store(y + i, S.MultiplyAdd(va, S.Load(x + i), S.Load(y + i)));
        for (; i < n; i++) y[i] += a * x[i];
    }

    /// <summary>y = a·x; x and y may be the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ScaleRow(float a, float* x, float* y, nint n)
    {
        nint i = 0;
        var va = S.Set(a);
        for (; i + S.Width <= n; i += S.Width) S.Store(y + i, S.Multiply(va, S.Load(x + i)));
        for (; i < n; i++) y[i] = a * x[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float RowDot(float* a, float* b, nint n)
    {
        nint i = 0;
        var sum = S.Set(0);
        for (; i + S.Width <= n; i += S.Width) sum = S.MultiplyAdd(S.Load(a + i), S.Load(b + i), sum);
        var total = S.Sum(sum);
        for (; i < n; i++) total += a[i] * b[i];
        return total;
    }
}
