using System.Numerics;
using System.Runtime.CompilerServices;
using DenseMatrix = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix;

namespace AtomSets.Models.Classical;

/// <summary>The products of ridge regression, [rows × columns] row-major, with vector instructions, which the library has not.</summary>
static class DoubleProducts
{
    const int BlockRows = 64;

    /// <summary>xᵀx: [columns × columns].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static DenseMatrix InnerGram(double[] x, int rows, int columns)
    {
        var lanes = Vector<double>.Count;
        var tile = Math.Max(4, lanes);
        var padded = (columns + tile - 1) / tile * tile;
        var (block, sums) = (new double[BlockRows * padded], new double[padded * padded]);
        for (var start = 0; start < rows; start += BlockRows)
        {
            var count = Math.Min(BlockRows, rows - start);
            for (var r = 0; r < count; r++) x.AsSpan((start + r) * columns, columns).CopyTo(block.AsSpan(r * padded));
            for (var i = 0; i < padded; i += 4)
            {
                // The upper triangle alone, in tiles of four rows by one vector.
                for (var j = i / lanes * lanes; j < padded; j += lanes)
                {
                    Vector<double> a = default, b = default, c = default, d = default;
                    for (var r = 0; r < count; r++)
                    {
                        var at = r * padded;
                        var right = new Vector<double>(block, at + j);
                        a = Vector.FusedMultiplyAdd(new Vector<double>(block[at + i]), right, a);
                        b = Vector.FusedMultiplyAdd(new Vector<double>(block[at + i + 1]), right, b);
                        c = Vector.FusedMultiplyAdd(new Vector<double>(block[at + i + 2]), right, c);
                        d = Vector.FusedMultiplyAdd(new Vector<double>(block[at + i + 3]), right, d);
                    }
                    Accumulate(sums, i * padded + j, a);
                    Accumulate(sums, (i + 1) * padded + j, b);
                    Accumulate(sums, (i + 2) * padded + j, c);
                    Accumulate(sums, (i + 3) * padded + j, d);
                }
            }
        }
        return DenseMatrix.Create(columns, columns, (i, j) => sums[Math.Min(i, j) * padded + Math.Max(i, j)]);
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
            var from = x.AsSpan(row * columns, columns);
            for (var column = 0; column < columns; column++) result[column] += v[row] * from[column];
        }
        return result;
    }

    static void Accumulate(double[] sums, int at, Vector<double> added) => (new Vector<double>(sums, at) + added).CopyTo(sums, at);
}
