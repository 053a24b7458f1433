using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace AtomSets.Models.Classical;

/// <summary>Ridge regression in closed form, in double precision.</summary>
static class Ridge
{
    /// <summary>Eigenvalues below this share of the largest count as zero where nothing is penalised.</summary>
    const double Negligible = 1e-10;

    // A worker is one core: the library would take them all.
    static Ridge() => Control.UseSingleThread();

    /// <summary>Minimises Σ (y − w·x − b)² + α |w|².</summary>
    /// <param name="rows">[rows × columns]</param>
    /// <param name="targets">[rows]</param>
    /// <param name="alpha">At least 0.</param>
    public static (double[] Weights, double Bias) Solve(Matrix rows, double[] targets, double alpha)
    {
        var (mean, centred) = Centre(rows);
        var average = targets.Average();
        var y = Array.ConvertAll(targets, target => target - average);
        // The smaller of both square systems: the primal one in the columns, or the dual one in the rows.
        var isDual = alpha > 0 && rows.Columns > rows.Rows;
        double[] weights;
        if (isDual)
        {
            var dual = Shifted(DoubleProducts.OuterGram(centred, rows.Rows, rows.Columns), alpha).Cholesky().Solve(DenseVector.OfArray(y));
            weights = DoubleProducts.TransposeTimes(centred, rows.Rows, rows.Columns, dual.ToArray());
        }
        else
        {
            var gram = DoubleProducts.InnerGram(centred, rows.Rows, rows.Columns);
            var right = DenseVector.OfArray(DoubleProducts.TransposeTimes(centred, rows.Rows, rows.Columns, y));
            weights = (alpha > 0 ? Shifted(gram, alpha).Cholesky().Solve(right) : LeastNorm(gram, right)).ToArray();
        }
        var bias = average;
        for (var column = 0; column < weights.Length; column++) bias -= weights[column] * mean[column];
        return (weights, bias);
    }

    static Matrix<double> Shifted(DenseMatrix gram, double alpha)
    {
        for (var i = 0; i < gram.RowCount; i++) gram[i, i] += alpha;
        return gram;
    }

    static Vector<double> LeastNorm(DenseMatrix gram, Vector<double> right)
    {
        var decomposition = gram.Evd(Symmetricity.Symmetric);
        var (vectors, values) = (decomposition.EigenVectors, decomposition.EigenValues.Real());
        var smallest = Negligible * values.Maximum();
        var coordinates = vectors.TransposeThisAndMultiply(right);
        for (var i = 0; i < coordinates.Count; i++) coordinates[i] = values[i] > smallest ? coordinates[i] / values[i] : 0;
        return vectors * coordinates;
    }

    /// <summary>The columns' means, and the rows without them.</summary>
    public static (double[] Mean, double[] Centred) Centre(Matrix rows)
    {
        var (mean, centred) = (new double[rows.Columns], new double[rows.Values.Length]);
        for (var row = 0; row < rows.Rows; row++)
        {
            var values = rows[row];
            for (var column = 0; column < values.Length; column++) mean[column] += values[column];
        }
        for (var column = 0; column < mean.Length; column++) mean[column] /= rows.Rows;
        for (var row = 0; row < rows.Rows; row++)
        {
            var from = rows[row];
            var to = centred.AsSpan(row * rows.Columns, rows.Columns);
            for (var column = 0; column < to.Length; column++) to[column] = from[column] - mean[column];
        }
        return (mean, centred);
    }
}
