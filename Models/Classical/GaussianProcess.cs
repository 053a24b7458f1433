using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace AtomSets.Models.Classical;

/// <summary>
/// Gaussian-process regression with the kernel σ² exp(−|x − x′|²/(2ℓ²)) + noise δ, in double precision (C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine
/// Learning, 2006, chapters 2 and 5). With inducing points the collapsed variational bound takes the place of the marginal likelihood (M. K. Titsias, AISTATS 2009):
/// it is the optimum of the stochastic bound that the authors of CGAT climb by gradient steps.
/// </summary>
sealed class GaussianProcess
{
    /// <summary>Added to the diagonal, as a share of σ², so that rounding leaves the matrix positive definite.</summary>
    const double Jitter = 1e-8, InducingJitter = 1e-6;

    readonly Matrix<double> _inducing, _cross;
    readonly Vector<double> _targets;
    readonly bool _isExact;

    // A worker is one core: the library would take them all.
    static GaussianProcess() => Control.UseSingleThread();

    /// <param name="inducing">[m × m] Squared distances among the inducing points; of an exact process all rows are.</param>
    /// <param name="cross">[m × n] Squared distances from inducing points to rows.</param>
    /// <param name="targets">[n]</param>
    /// <param name="isExact">Whether every row is an inducing point.</param>
    public GaussianProcess(Matrix<double> inducing, Matrix<double> cross, double[] targets, bool isExact) =>
        (_inducing, _cross, _targets, _isExact) = (inducing, cross, DenseVector.OfArray(targets), isExact);

    /// <summary>The logarithm of the marginal likelihood, or its lower bound.</summary>
    public double LogLikelihood(KernelSettings settings) => Solve(settings)?.LogLikelihood ?? double.NegativeInfinity;

    /// <summary>Everything that predictions need; null where the settings make a matrix that is not positive definite.</summary>
    public GaussianSolution? Solve(KernelSettings settings)
    {
        try
        {
            return _isExact ? Exact(settings) : Bound(settings);
        }
        catch (ArgumentException)
        {
            // Not positive definite: a length beyond all distances, and next to no noise.
            return null;
        }
    }

    /// <summary>Settings of the highest likelihood: Nelder–Mead steps on their logarithms from each start.</summary>
    /// <param name="starts">At least one.</param>
    /// <param name="steps">Most evaluations from each.</param>
    /// <param name="fix">Puts settings that are given in the place of those that are tried.</param>
    /// <param name="progress">Hears the share that is done.</param>
    /// <param name="cancellation">Looked at before each evaluation.</param>
    public KernelSettings Fit(IReadOnlyList<KernelSettings> starts, int steps, Func<KernelSettings, KernelSettings> fix, Action<double> progress, CancellationToken cancellation)
    {
        var (best, highest) = (starts[0], double.NegativeInfinity);
        for (var i = 0; i < starts.Count; i++)
        {
            var done = i;
            var evaluations = 0;
            var found = NelderMead.Minimise(
                point =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress((done + Math.Min(1, (double)evaluations++ / steps)) / starts.Count);
                    return -LogLikelihood(fix(KernelSettings.FromLogarithms(point)));
                },
                starts[i].ToLogarithms(), step: 0.7, tolerance: 1e-5, steps);
            var settings = fix(KernelSettings.FromLogarithms(found));
            var value = LogLikelihood(settings);
            if (value > highest) (best, highest) = (settings, value);
        }
        return best;
    }

    /// <summary>ln p = −½ yᵀα − ½ ln |C| − ½ n ln 2π, C = K + δ, α = C⁻¹ y.</summary>
    GaussianSolution Exact(KernelSettings s)
    {
        var kernel = Kernel(_inducing, s);
        for (var i = 0; i < kernel.RowCount; i++) kernel[i, i] += s.Noise + Jitter * s.Variance;
        var cholesky = kernel.Cholesky();
        var weights = cholesky.Solve(_targets);
        var likelihood = -0.5 * _targets.DotProduct(weights) - 0.5 * cholesky.DeterminantLn - 0.5 * _targets.Count * Math.Log(2 * Math.PI);
        return new GaussianSolution(likelihood, weights, cholesky.Factor, null);
    }

    /// <summary>
    /// Titsias' bound: ln N(y | 0, Q + δ) − (n σ² − tr Q)/(2δ), Q = Kₙₘ Kₘₘ⁻¹ Kₘₙ. With P = Kₘₘ + Kₘₙ Kₙₘ/δ it needs matrices of the inducing points alone:
    /// |Q + δ| = δⁿ |P|/|Kₘₘ|, yᵀ(Q + δ)⁻¹y = yᵀy/δ − pᵀP⁻¹p/δ², p = Kₘₙ y.
    /// </summary>
    GaussianSolution Bound(KernelSettings s)
    {
        var (m, n) = (_inducing.RowCount, _targets.Count);
        var kernel = Kernel(_inducing, s);
        for (var i = 0; i < m; i++) kernel[i, i] += InducingJitter * s.Variance;
        var cross = Kernel(_cross, s);
        var gram = DoubleProducts.OuterGram(cross.ToRowMajorArray(), m, n);
        var (prior, posterior) = (kernel.Cholesky(), (kernel + gram / s.Noise).Cholesky());
        var projected = cross * _targets / s.Noise;
        var weights = posterior.Solve(projected);
        var quadratic = _targets.DotProduct(_targets) / s.Noise - projected.DotProduct(weights);
        var likelihood = -0.5 * (n * Math.Log(2 * Math.PI * s.Noise) + posterior.DeterminantLn - prior.DeterminantLn + quadratic + (n * s.Variance - prior.Solve(gram).Trace()) / s.Noise);
        return new GaussianSolution(likelihood, weights, prior.Factor, posterior.Factor);
    }

    static Matrix<double> Kernel(Matrix<double> squares, KernelSettings s) => squares.Map(square => s.Variance * Math.Exp(-0.5 * square / (s.Length * s.Length)), Zeros.Include);
}

/// <summary>σ², ℓ and the variance of the noise.</summary>
readonly record struct KernelSettings(double Variance, double Length, double Noise)
{
    public double[] ToLogarithms() => [Math.Log(Variance), Math.Log(Length), Math.Log(Noise)];

    public static KernelSettings FromLogarithms(IReadOnlyList<double> x) => new(Math.Exp(x[0]), Math.Exp(x[1]), Math.Exp(Math.Clamp(x[2], -18, 8)));
}

/// <summary>A solved process.</summary>
/// <param name="LogLikelihood">Or its bound.</param>
/// <param name="Weights">[points] Prediction = Σ weight · kernel.</param>
/// <param name="Factor">[points × points] L of L Lᵀ = kernel of the points (exact: with the noise): the variance of a prediction is σ² − |L⁻¹k|².</param>
/// <param name="Posterior">[points × points] With inducing points: the same of P, whose |L⁻¹k|² is added again; null for an exact process.</param>
sealed record GaussianSolution(double LogLikelihood, Vector<double> Weights, Matrix<double> Factor, Matrix<double>? Posterior);
