using AtomSets.Models.Classical;
using Xunit;

namespace AtomSets.Core.Tests.Models.Classical;

public sealed class SvrTests
{
    [Fact]
    public void Two_points_by_hand()
    {
        // K = 1 on the diagonal, k = exp(−γ) beside it; β = (−t, t) with t (1 − k) = 1 − ε: both errors are ε, half way up is b.
        const double gamma = 0.7, epsilon = 0.1;
        var spec = FitOn.Spec("svr", ("c", 100.0), ("epsilon", epsilon), ("gamma", gamma), ("standardise", false), ("tol", 1e-8));
        var tensors = FitOn.Tensors(spec, [[0], [1]], [-1, 1]);
        var expected = (1 - epsilon) / (1 - Math.Exp(-gamma));
        Assert.Equal([-expected, expected], tensors["support.coefficients"].Values.Select(value => (double)value), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(0, tensors["bias"].Values[0], 1e-5);
        Assert.Equal([-0.9, 0, 0.9], FitOn.Predict(spec, tensors, [[0], [0.5f], [1]]), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Theory]
    [InlineData(60, 4, 1.0, 0.1)]
    [InlineData(61, 4, 0.05, 0.2)] // nearly all at the bound
    [InlineData(47, 3, 1000.0, 0.01)]
    [InlineData(30, 2, 5.0, 0.0)]
    public void The_solution_meets_the_optimality_conditions(int rows, int columns, double c, double epsilon)
    {
        const double tolerance = 1e-5;
        var x = FitOn.Draw(7, rows, columns);
        var y = FitOn.Draw(8, rows, 1).Select((row, i) => row[0] + Math.Sin(3 * x[i][0])).ToArray();
        var distances = new Distances(new Matrix(rows, columns, [.. x.SelectMany(row => row)]));
        // Too little memory for all rows: some are computed again.
        var kernel = new KernelRows(new RadialKernel(distances, 0.8f), row => distances.Query(x[row]), 12 * sizeof(float) * rows);
        var solver = new SvrSolver(kernel, y, c, epsilon);
        solver.Solve(tolerance, CancellationToken.None);
        Assert.Equal(0, solver.Beta.Sum(), 1e-9 * c * rows);
        for (var i = 0; i < rows; i++)
        {
            Assert.InRange(solver.Beta[i], -c, c);
            var residual = y[i] - solver.Bias - solver.Beta.Select((beta, j) => beta * Kernel(x[i], x[j])).Sum();
            // Inside the tube β = 0, outside |β| = C with the residual's sign, on its edge anything between.
            var slack = 2 * tolerance + 1e-5 * Math.Max(1, c * rows * 1e-3);
            if (solver.Beta[i] == 0) Assert.InRange(Math.Abs(residual), 0, epsilon + slack);
            else if (Math.Abs(solver.Beta[i]) < c) Assert.Equal(epsilon * Math.Sign(solver.Beta[i]), residual, slack);
            else Assert.True(residual * Math.Sign(solver.Beta[i]) >= epsilon - slack, $"row {i}: β {solver.Beta[i]}, residual {residual}");
        }

        static double Kernel(float[] a, float[] b) => Math.Exp(-0.8 * a.Zip(b, (p, q) => (double)(p - q) * (p - q)).Sum());
    }

    [Fact]
    public void Targets_within_the_tube_need_no_support()
    {
        var spec = FitOn.Spec("svr", ("epsilon", 1.0));
        var tensors = FitOn.Tensors(spec, FitOn.Draw(9, 12, 2), [.. Enumerable.Range(0, 12).Select(i => 3 + 0.1 * (i % 4))]);
        Assert.Equal(0, tensors["support.rows"].Rows);
        Assert.InRange(FitOn.Predict(spec, tensors, [[0, 0]])[0], 2.3, 4.0);
    }
}
