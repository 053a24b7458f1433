using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra.Double;

namespace AtomSets.Models.Classical;

/// <summary>Logistic regression by Newton's method (iteratively reweighted least squares), with step halving.</summary>
static class Logistic
{
    const int MostSteps = 100;
    const double Tolerance = 1e-10;

    // A worker is one core: the library would take them all.
    static Logistic() => Control.UseSingleThread();

    /// <summary>Minimises Σ log loss + α |w|² / 2; the intercept is not penalised.</summary>
    public static (double[] Weights, double Bias) Solve(FitCall call)
    {
        var (rows, alpha) = (call.Rows, call.Spec.Number("alpha"));
        var (n, d) = (rows.Rows, rows.Columns + 1);
        // A column of ones for the intercept; a trace of penalty keeps a singular system solvable.
        var x = new double[n * d];
        for (var row = 0; row < n; row++)
        {
            for (var column = 0; column < rows.Columns; column++) x[row * d + column] = rows[row][column];
            x[row * d + d - 1] = 1;
        }
        var (w, scores) = (new double[d], new double[n]);
        var value = Objective(w, scores, call.Targets, alpha);
        for (var step = 0; step < MostSteps; step++)
        {
            call.Cancellation.ThrowIfCancellationRequested();
            var (residual, weighted) = (new double[n], new double[x.Length]);
            for (var row = 0; row < n; row++)
            {
                var p = 1 / (1 + Math.Exp(-scores[row]));
                residual[row] = p - call.Targets[row];
                var root = Math.Sqrt(p * (1 - p));
                for (var column = 0; column < d; column++) weighted[row * d + column] = root * x[row * d + column];
            }
            var gradient = DoubleProducts.TransposeTimes(x, n, d, residual);
            var hessian = DoubleProducts.InnerGram(weighted, n, d);
            var trace = Enumerable.Range(0, d).Max(i => hessian[i, i]);
            for (var i = 0; i < d; i++)
            {
                if (i < d - 1) gradient[i] += alpha * w[i];
                hessian[i, i] += (i < d - 1 ? alpha : 0) + 1e-10 * Math.Max(trace, 1e-6);
            }
            var direction = hessian.Cholesky().Solve(DenseVector.OfArray(gradient)).ToArray();
            var before = value;
            for (var length = 1.0; ; length /= 2)
            {
                var next = new double[d];
                for (var i = 0; i < d; i++) next[i] = w[i] - length * direction[i];
                var nextScores = Scores(x, n, d, next);
                var found = Objective(next, nextScores, call.Targets, alpha);
                if (found > value && length > 1e-6) continue;
                if (found <= value) (w, scores, value) = (next, nextScores, found);
                break;
            }
            if (before - value <= Tolerance * (1 + Math.Abs(value))) break;
        }
        return (w[..^1], w[^1]);
    }

    static double[] Scores(double[] x, int n, int d, double[] w)
    {
        var scores = new double[n];
        for (var row = 0; row < n; row++)
        {
            var sum = 0.0;
            for (var column = 0; column < d; column++) sum += x[row * d + column] * w[column];
            scores[row] = sum;
        }
        return scores;
    }

    static double Objective(double[] w, double[] scores, double[] classes, double alpha)
    {
        var sum = 0.0;
        for (var row = 0; row < scores.Length; row++)
        {
            // log(1 + eˢ) − y s, without overflow.
            sum += Math.Max(scores[row], 0) + Math.Log(1 + Math.Exp(-Math.Abs(scores[row]))) - classes[row] * scores[row];
        }
        for (var i = 0; i < w.Length - 1; i++) sum += alpha / 2 * w[i] * w[i];
        return sum;
    }
}
