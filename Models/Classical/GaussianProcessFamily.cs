using AtomSets.Tensors;
using MathNet.Numerics.LinearAlgebra;
using DenseMatrix = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix;

namespace AtomSets.Models.Classical;

/// <summary>The kind <c>gp</c>: <see cref="GaussianProcess"/> on vectors, such as the pooled layer of a parent that stays as it is. Besides the value it predicts the
/// standard deviation of a new measurement, noise included.</summary>
public sealed class GaussianProcessFamily() : ClassicalFamily(
    "gp", standardises: true, classifies: false,
    new("inducing", HyperParameterType.Integer, 500L, "most points that the process rests on; more rows than that are summed up by so many of them, drawn by the seed") { Minimum = 2, Maximum = 5000 },
    new("noise", HyperParameterType.Number, 0.0, "variance of the noise, in scaled units; 0: fitted with the others") { Minimum = 0, Maximum = 100 },
    new("length", HyperParameterType.Number, 0.0, "length of the kernel, in input units; 0: fitted") { Minimum = 0, Maximum = 1e9 },
    new("variance", HyperParameterType.Number, 0.0, "variance of the kernel, in scaled units; 0: fitted") { Minimum = 0, Maximum = 1e6 },
    new("steps", HyperParameterType.Integer, 60L, "most evaluations of the likelihood from each of two starts") { Minimum = 1, Maximum = 10_000 })
{
    public override bool PredictsDeviations => true;

    private protected override void Learn(FitCall call, FittedTensors tensors)
    {
        var (spec, rows) = (call.Spec, call.Rows);
        var isExact = rows.Rows <= spec.Integer("inducing");
        var points = isExact ? rows : Picked(rows, spec.Integer("inducing"), call.Seed);
        var among = Squares(points, points);
        var process = new GaussianProcess(among, isExact ? among : Squares(points, rows), call.Targets, isExact);
        var settings = Fitted(process, spec, Typical(among), call);
        var solution = process.Solve(settings)
            ?? throw new ModelException("gp: the kernel's matrix is not positive definite at the settings given: raise noise, or lower length");
        tensors.Add("points", points);
        tensors.Add("weights", points.Rows, 1, [.. solution.Weights.Select(weight => (float)weight)]);
        // Factors, not inverses: single precision costs them next to nothing.
        tensors.Add("factor", points.Rows, points.Rows, Array.ConvertAll(solution.Factor.ToRowMajorArray(), value => (float)value));
        if (solution.Posterior is { } posterior) tensors.Add("posterior", points.Rows, points.Rows, Array.ConvertAll(posterior.ToRowMajorArray(), value => (float)value));
        tensors.Add("variance", settings.Variance);
        tensors.Add("length", settings.Length);
        tensors.Add("noise", settings.Noise);
        tensors.Add("log_likelihood", solution.LogLikelihood);
    }

    private protected override IRowPredictor Read(ModelSpec spec, FittedTensors tensors)
    {
        var points = tensors.Read("points");
        return new Process(
            points, tensors.Read("weights", points.Rows, 1).Values, tensors.Read("factor", points.Rows, points.Rows),
            tensors.All.ContainsKey("posterior") ? tensors.Read("posterior", points.Rows, points.Rows) : null,
            new KernelSettings(tensors.ReadNumber("variance"), tensors.ReadNumber("length"), tensors.ReadNumber("noise")));
    }

    static KernelSettings Fitted(GaussianProcess process, ModelSpec spec, double typical, FitCall call)
    {
        var (variance, length, noise) = (spec.Number("variance"), spec.Number("length"), spec.Number("noise"));
        KernelSettings With(KernelSettings s) => new(variance > 0 ? variance : s.Variance, length > 0 ? length : s.Length, noise > 0 ? noise : s.Noise);
        if (variance > 0 && length > 0 && noise > 0) return new KernelSettings(variance, length, noise);
        KernelSettings[] starts = [new(1, typical, 0.1), new(1, typical / 4, 0.01)];
        return With(process.Fit(starts, spec.Integer("steps"), With, call.Progress, call.Cancellation));
    }

    // The median distance: a length at which the kernel tells rows apart.
    static double Typical(Matrix<double> squares)
    {
        var all = squares.Enumerate().Where(square => square > 0).Order().ToArray();
        return all.Length == 0 ? 1 : Math.Sqrt(all[all.Length / 2]);
    }

    static Matrix Picked(Matrix rows, int count, ulong seed)
    {
        var order = Enumerable.Range(0, rows.Rows).ToArray();
        KeyedRandom.For(seed, "inducing").Shuffle(order.AsSpan());
        var picked = new float[count * rows.Columns];
        for (var i = 0; i < count; i++) rows[order[i]].CopyTo(picked.AsSpan(i * rows.Columns));
        return new Matrix(count, rows.Columns, picked);
    }

    static DenseMatrix Squares(Matrix a, Matrix b)
    {
        var squares = new DenseMatrix(a.Rows, b.Rows);
        for (var i = 0; i < a.Rows; i++)
            for (var j = 0; j < b.Rows; j++) squares[i, j] = Square(a[i], b[j]);
        return squares;
    }

    static double Square(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (var k = 0; k < x.Length; k++)
        {
            var d = (double)x[k] - y[k];
            sum += d * d;
        }
        return sum;
    }

    sealed class Process(Matrix points, float[] weights, Matrix factor, Matrix? posterior, KernelSettings s) : IDeviationPredictor
    {
        public void Predict(Matrix rows, Span<double> predictions) => Predict(rows, predictions, []);

        public void Predict(Matrix rows, Span<double> predictions, Span<double> deviations)
        {
            if (rows.Columns != points.Columns) throw new ModelException($"the inputs have {rows.Columns} columns, the model was fitted to {points.Columns}");
            var kernel = new double[points.Rows];
            for (var row = 0; row < rows.Rows; row++)
            {
                double value = 0;
                for (var i = 0; i < kernel.Length; i++)
                {
                    kernel[i] = s.Variance * Math.Exp(-0.5 * Square(points[i], rows[row]) / (s.Length * s.Length));
                    value += weights[i] * kernel[i];
                }
                predictions[row] = value;
                if (deviations.IsEmpty) continue;
                var variance = s.Variance + s.Noise - SolvedSquare(factor, kernel) + (posterior is null ? 0 : SolvedSquare(posterior, kernel));
                deviations[row] = Math.Sqrt(Math.Max(variance, s.Noise));
            }
        }

        /// <summary>|L⁻¹ k|².</summary>
        static double SolvedSquare(Matrix lower, double[] k)
        {
            var (solved, sum) = (new double[k.Length], 0.0);
            for (var i = 0; i < k.Length; i++)
            {
                var line = lower[i];
                var rest = k[i];
                for (var j = 0; j < i; j++) rest -= line[j] * solved[j];
                solved[i] = rest / line[i];
                sum += solved[i] * solved[i];
            }
            return sum;
        }
    }
}
