using AtomSets.Models;
using AtomSets.Models.Classical;
using Xunit;

namespace AtomSets.Core.Tests.Models.Classical;

/// <summary>Beside scikit-learn 1.2.1: GaussianProcessRegressor with ConstantKernel · RBF + WhiteKernel, alpha 0.</summary>
public sealed class GaussianProcessTests
{
    static readonly float[][] X = [[0.1f, 0.2f], [0.5f, -0.3f], [-0.7f, 0.9f], [1.2f, 0.4f], [-1.1f, -0.8f], [0.3f, 1.4f], [1.6f, -1.2f], [-0.4f, -1.5f]];
    static readonly double[] Y = [0.3, 0.5, -0.6, 1.1, -1.0, 0.2, 0.9, -0.5];
    static readonly float[][] At = [[0, 0], [1, 1], [-2, 0.5f]];

    [Fact]
    public void Values_deviations_and_likelihood_at_given_settings_are_those_of_scikit_learn()
    {
        var spec = FitOn.Spec("gp", ("variance", 1.3), ("length", 0.9), ("noise", 0.05), ("standardise", false));
        var tensors = FitOn.Tensors(spec, X, Y);
        var (values, deviations) = Predict(spec, tensors, At);
        Assert.Equal([0.09476833, 0.80262404, -0.42516359], values, (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal([0.34525034, 0.54382215, 1.06591283], deviations, (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(-8.519346174, tensors["log_likelihood"].Values[0], 1e-4);
    }

    [Fact]
    public void Fitted_settings_reach_the_likelihood_that_scikit_learn_finds()
    {
        var spec = FitOn.Spec("gp", ("standardise", false), ("steps", 400L));
        var tensors = FitOn.Tensors(spec, X, Y);
        // 1.46² · RBF(3.14) + 0.00399 after ten restarts; ours has no worse one.
        Assert.True(tensors["log_likelihood"].Values[0] > -3.0520, $"{tensors["log_likelihood"].Values[0]}");
        Assert.Equal(3.14, tensors["length"].Values[0], 0.05);
        Assert.Equal(0.00399, tensors["noise"].Values[0], 0.0003);
        var (values, deviations) = Predict(spec, tensors, At);
        Assert.Equal([0.1327, 0.8759, -1.6661], values, (a, b) => Math.Abs(a - b) < 0.01);
        Assert.Equal([0.0778, 0.0923, 0.2204], deviations, (a, b) => Math.Abs(a - b) < 0.005);
    }

    [Fact]
    public void Inducing_points_at_every_row_are_the_exact_process_and_fewer_bound_it_from_below()
    {
        var (rows, targets) = Wave(60);
        (string, object?)[] settings = [("variance", 1.0), ("length", 0.5), ("noise", 0.01), ("standardise", false)];
        var exact = FitOn.Tensors(FitOn.Spec("gp", [.. settings]), rows, targets);
        var squares = new double[60, 60];
        for (var i = 0; i < 60; i++)
            for (var j = 0; j < 60; j++) squares[i, j] = Math.Pow((double)rows[i][0] - rows[j][0], 2) + Math.Pow((double)rows[i][1] - rows[j][1], 2);
        var all = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.OfArray(squares);
        var bound = new GaussianProcess(all, all, targets, isExact: false).LogLikelihood(new KernelSettings(1, 0.5, 0.01));
        // The jitter of the inducing points' matrix is the difference.
        Assert.Equal(exact["log_likelihood"].Values[0], bound, 0.05);

        var spec = FitOn.Spec("gp", [.. settings, ("inducing", 30L)]);
        var some = FitOn.Tensors(spec, rows, targets);
        Assert.Equal(30, some["points"].Rows);
        Assert.True(some["log_likelihood"].Values[0] < exact["log_likelihood"].Values[0]);
        var (values, deviations) = Predict(spec, some, rows);
        var (expected, least) = Predict(FitOn.Spec("gp", [.. settings]), exact, rows);
        Assert.True(values.Zip(expected).Average(pair => Math.Abs(pair.First - pair.Second)) < 0.05);
        Assert.True(deviations.Average() > least.Average());
    }

    [Fact]
    public void Far_from_all_rows_the_deviation_is_that_of_the_prior_and_the_noise()
    {
        var spec = FitOn.Spec("gp", ("variance", 1.3), ("length", 0.9), ("noise", 0.05), ("standardise", false));
        var (values, deviations) = Predict(spec, FitOn.Tensors(spec, X, Y), [[50, 50]]);
        Assert.Equal(0, values[0], 1e-9);
        Assert.Equal(Math.Sqrt(1.35), deviations[0], 1e-6);
    }

    [Fact]
    public void A_smooth_function_is_learnt_and_its_noise_found()
    {
        var (rows, targets) = Wave(120);
        var noisy = targets.Select((target, i) => target + 0.1 * FitOn.Draw(5, 120, 1)[i][0]).ToArray();
        var spec = FitOn.Spec("gp");
        var tensors = FitOn.Tensors(spec, rows, noisy);
        var (probe, truth) = (FitOn.Draw(77, 40, 2), FitOn.Draw(77, 40, 2).Select(Truth).ToArray());
        var (values, deviations) = Predict(spec, tensors, probe);
        Assert.True(values.Zip(truth).Average(pair => Math.Abs(pair.First - pair.Second)) < 0.04);
        // Uniform in ±0.1: a standard deviation of 0.1/√3.
        Assert.Equal(0.1 / Math.Sqrt(3), Math.Sqrt(tensors["noise"].Values[0]), 0.015);
        Assert.All(deviations, deviation => Assert.InRange(deviation, 0.04, 0.2));
    }

    static (float[][] Rows, double[] Targets) Wave(int count)
    {
        var rows = FitOn.Draw(3, count, 2);
        return (rows, [.. rows.Select(Truth)]);
    }

    static double Truth(float[] row) => Math.Sin(2 * row[0]) + 0.5 * row[1] * row[1];

    static (double[] Values, double[] Deviations) Predict(ModelSpec spec, IReadOnlyDictionary<string, ModelTensor> tensors, float[][] rows)
    {
        var (values, deviations) = (new double[rows.Length], new double[rows.Length]);
        var model = ((IFittedFamily)ModelRegistry.Default[spec.Kind]).Load(spec, tensors);
        Assert.True(model.PredictsDeviations);
        model.Predict(FitOn.Batch(rows), values, deviations);
        return (values, deviations);
    }
}
