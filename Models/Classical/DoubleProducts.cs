using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DenseMatrix = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix;

namespace AtomSets.Models.Classical;

/// <summary>The products of ridge regression, [rows × columns] row-major, with vector instructions, which the library has not.</summary>
static class DoubleProducts
{
    const int BlockRows = 32, TileRows = 4, TileColumns = 16;

    /// <summary>xᵀx: [columns × columns].</summary>
    public static DenseMatrix InnerGram(double[] x, int rows, int columns) => new(columns, columns, Gram(x, rows, columns));

    /// <summary>xᵀx: [columns × columns], row-major or column-major alike.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double[] Gram(double[] x, int rows, int columns)
    {
        var padded = (columns + TileColumns - 1) / TileColumns * TileColumns;
        var (block, sums) = (new double[BlockRows * padded], new double[padded * padded]);
        for (var start = 0; start < rows; start += BlockRows)
        {
            var count = Math.Min(BlockRows, rows - start);
            for (var r = 0; r < count; r++) x.AsSpan((start + r) * columns, columns).CopyTo(block.AsSpan(r * padded));
            for (var i = 0; i < columns; i += TileRows)
            {
                // The upper triangle, in tiles of four rows by sixteen columns.
                for (var j = i / TileColumns * TileColumns; j < columns; j += TileColumns) AddTile(block, count, padded, i, j, sums);
            }
        }
        var gram = new double[columns * columns];
        for (var i = 0; i < columns; i++)
        {
            for (var j = i; j < columns; j++) gram[i * columns + j] = gram[j * columns + i] = sums[i * padded + j];
        }
        return gram;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddTile(double[] block, int count, int padded, int i, int j, double[] sums)
    {
        Vector512<double> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        ref var left = ref block[i];
        ref var right = ref block[j];
        for (var r = 0; r < count; r++)
        {
            var (right0, right1) = (Vector512.LoadUnsafe(ref right), Vector512.LoadUnsafe(ref right, 8));
            var value = Vector512.Create(left);
            (a0, a1) = (Vector512.FusedMultiplyAdd(value, right0, a0), Vector512.FusedMultiplyAdd(value, right1, a1));
            value = Vector512.Create(Unsafe.Add(ref left, 1));
            (b0, b1) = (Vector512.FusedMultiplyAdd(value, right0, b0), Vector512.FusedMultiplyAdd(value, right1, b1));
            value = Vector512.Create(Unsafe.Add(ref left, 2));
            (c0, c1) = (Vector512.FusedMultiplyAdd(value, right0, c0), Vector512.FusedMultiplyAdd(value, right1, c1));
            value = Vector512.Create(Unsafe.Add(ref left, 3));
            (d0, d1) = (Vector512.FusedMultiplyAdd(value, right0, d0), Vector512.FusedMultiplyAdd(value, right1, d1));
            left = ref Unsafe.Add(ref left, padded);
            right = ref Unsafe.Add(ref right, padded);
        }
        Accumulate(sums, i * padded + j, a0, a1);
        Accumulate(sums, (i + 1) * padded + j, b0, b1);
        Accumulate(sums, (i + 2) * padded + j, c0, c1);
        Accumulate(sums, (i + 3) * padded + j, d0, d1);
    }

    /// <summary>x xᵀ: [rows × rows].</summary>
    public static DenseMatrix OuterGram(double[] x, int rows, int columns)
    {
        var transposed = new double[x.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++) transposed[column * rows + row] = x[row * columns + column];
        }
        return InnerGram(transposed, columns, rows);
    }

    /// <summary>xᵀ v: [columns].</summary>
    public static double[] TransposeTimes(double[] x, int rows, int columns, double[] v)
    {
        var result = new double[columns];
        for (var row = 0; row < rows; row++)
        {
            AddTimes(v[row], x.AsSpan(row * columns, columns), result);
        }
        return result;
    }

    /// <summary>y ← y + a x.</summary>
    public static void AddTimes(double a, ReadOnlySpan<double> x, Span<double> y)
    {
        var (factor, at) = (new Vector<double>(a), 0);
        for (; at <= x.Length - Vector<double>.Count; at += Vector<double>.Count)
            Vector.FusedMultiplyAdd(factor, new Vector<double>(x[at..]), new Vector<double>(y[at..])).CopyTo(y[at..]);
        for (; at < x.Length; at++) y[at] += a * x[at];
    }

    static void Accumulate(double[] sums, int at, Vector512<double> low, Vector512<double> high)
    {
        (Vector512.Create(sums, at) + low).CopyTo(sums, at);
        (Vector512.Create(sums, at + 8) + high).CopyTo(sums, at + 8);
    }
}
