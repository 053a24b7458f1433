using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>Batch normalisation, its running statistics, and states in layouts and optimisers.</summary>
public sealed class BatchNormTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(37)]
    public void Values_and_gradients(int columns)
    {
        foreach (var rows in new[] { 5, 9, 140 }) // of two rows every result is ±1 and every gradient rounding
        {
            if (rows * columns > 1000) continue;
            var check = new OpCheck { DifferenceTolerance = 1e-6 }.Input(rows, columns, scale: 2, shift: 0.5);
            var spec = Spec(check.Layout, columns);
            check.Run((tape, x) => tape.BatchNorm(x[0], spec));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(18)]
    public void Multiplicities_count_rows_several_times(int columns)
    {
        double[] counts = [2, 1, 4, 1, 3, 0];
        int[] copies = [0, 0, 1, 2, 2, 2, 2, 3, 4, 4, 4];
        var check = new OpCheck().Input(counts.Length, columns);
        var spec = Spec(check.Layout, columns);
        check.Run((tape, x) => tape.BatchNorm(x[0], spec, tape.Input(counts, counts.Length, 1)));

        // The same as the rows written out: y, statistics, and the gradient of Σ y³ (each merged row weighted by its number).
        foreach (var kernels in AllKernels())
        {
            using var parameters = new ParameterSet(kernels, check.Layout);
            parameters.Initialize(5);
            using var tape = new Tape(kernels, parameters);
            double[] values = [.. Enumerable.Range(0, counts.Length * columns).Select(i => Math.Sin(3.7 * i))];
            (double[] Gradient, double[] Flat) Run(bool merged)
            {
                tape.Reset(training: true);
                parameters.ZeroGradients();
                var x = tape.Input(values, counts.Length, columns, gradient: true);
                var m = tape.Input(counts, counts.Length, 1);
                var y = merged ? tape.BatchNorm(x, spec, m) : tape.BatchNorm(tape.Gather(x, tape.Index(copies, counts.Length)), spec);
                var cube = tape.Multiply(y, tape.Multiply(y, y));
                tape.Backward(merged ? tape.ScaleRows(cube, m) : cube);
                var gradient = new double[values.Length];
                tape.ReadGradient(x, gradient);
                var all = new double[check.Layout.TotalLength];
                kernels.Download(parameters.Gradients, all);
                return (gradient, all);
            }
            var (expected, flat) = Run(merged: false);
            var (got, flatGot) = Run(merged: true);
            OpCheck.Close(expected, got, 1e-5, $"{kernels.Name}: gradient");
            OpCheck.Close(flat, flatGot, 1e-5, $"{kernels.Name}: parameters and statistics");
            kernels.Dispose();
        }
    }

    [Fact]
    public void Running_statistics_follow_the_batches_as_PyTorchs_do()
    {
        // mean 2, unbiased variance 20/3 of column 0; mean −1, variance 0 of column 1
        double[] batch = [-1, -1, 1, -1, 3, -1, 5, -1];
        foreach (var kernels in AllKernels())
        {
            foreach (var optimizer in new IOptimizer[] { new Adam(), new Sgd() })
            {
                var layout = new ParameterLayout();
                var spec = BatchNormSpec.Build(layout, "bn", 2);
                using var parameters = new ParameterSet(kernels, layout);
                parameters.Initialize(1);
                Assert.Equal([0f, 0], parameters.Export("bn.running_mean"));
                Assert.Equal([1f, 1], parameters.Export("bn.running_var"));
                using var tape = new Tape(kernels, parameters);
                Tensor Step(bool training, ReadOnlySpan<double> x)
                {
                    tape.Reset(training);
                    parameters.ZeroGradients();
                    return tape.BatchNorm(tape.Input(x, x.Length / 2, 2), spec);
                }
                for (var t = 0; t < 2; t++)
                {
                    tape.Backward(Step(training: true, batch));
                    parameters.Kernels.Fill(parameters.Gradient(spec.Weight), 0); // the weights stay
                    parameters.Kernels.Fill(parameters.Gradient(spec.Bias), 0);
                    optimizer.Step(parameters);
                }
                float[] mean = parameters.Export("bn.running_mean"), variance = parameters.Export("bn.running_var");
                Assert.Equal(2 * 0.19, mean[0], 1e-6);
                Assert.Equal(-0.19, mean[1], 1e-6);
                Assert.Equal(0.81 + 0.19 * 20 / 3, variance[0], 1e-5);
                Assert.Equal(0.81, variance[1], 1e-6);

                // one row says nothing about a variance
                tape.Backward(Step(training: true, [7, 7]));
                parameters.Kernels.Fill(parameters.Gradient(spec.Bias), 0);
                optimizer.Step(parameters);
                for (var c = 0; c < 2; c++)
                {
                    Assert.Equal(mean[c], parameters.Export("bn.running_mean")[c], 1e-6);
                    Assert.Equal(variance[c], parameters.Export("bn.running_var")[c], 1e-6);
                }

                (mean, variance) = (parameters.Export("bn.running_mean"), parameters.Export("bn.running_var"));
                // outside training, and frozen: the running statistics
                foreach (var training in new[] { false, true })
                {
                    if (training) parameters.Freeze("bn");
                    var y = new double[4];
                    tape.Read(Step(training, [1, 2, 3, 4]), y);
                    for (var i = 0; i < 4; i++)
                    {
                        var c = i % 2;
                        Assert.Equal((i + 1 - mean[c]) / Math.Sqrt(variance[c] + 1e-5), y[i], 1e-5);
                    }
                }
                optimizer.Step(parameters);
                Assert.Equal(mean, parameters.Export("bn.running_mean"));
            }
            kernels.Dispose();
        }
    }

    [Fact]
    public void Frozen_statistics_are_constants_to_the_gradient()
    {
        var check = new OpCheck().Input(6, 5);
        var spec = Spec(check.Layout, 5);
        check.Run((tape, x) =>
        {
            tape.Parameters!.Freeze("bn.running_mean");
            tape.Parameters.Freeze("bn.running_var");
            return tape.BatchNorm(x[0], spec);
        });
    }

    [Fact]
    public void A_mean_far_from_zero_costs_no_digits()
    {
        const int rows = 5000;
        var random = KeyedRandom.For(3, "far");
        double[] x = [.. Enumerable.Range(0, rows * 3).Select(i => (double)(float)(1000 + random.Normal((ulong)i)))];
        foreach (var create in KernelsUnderTest.All)
        {
            using var reference = new ReferenceKernels();
            using var kernels = create();
            double[] Normalise(IKernels k)
            {
                var layout = new ParameterLayout();
                var spec = BatchNormSpec.Build(layout, "bn", 3);
                using var parameters = new ParameterSet(k, layout);
                parameters.Initialize(1);
                using var tape = new Tape(k, parameters);
                tape.Reset(training: true);
                var y = new double[x.Length];
                tape.Read(tape.BatchNorm(tape.Input(x, rows, 3), spec), y);
                return y;
            }
            OpCheck.Close(Normalise(reference), Normalise(kernels), 2e-5, kernels.Name); // x itself has 6e-5 in units of σ
        }
    }

    [Fact]
    public void States_are_no_trained_parameters()
    {
        var layout = new ParameterLayout();
        layout.Add("w", 3, 3, Initializer.Ones);
        var spec = BatchNormSpec.Build(layout, "bn", 4);
        layout.Add("v", 2, 1, Initializer.Ones);
        Assert.Equal(9 + 8 + 2, layout.ParameterCount);
        Assert.Throws<ArgumentOutOfRangeException>(() => layout.AddState("s", 1, 1, 0, momentum: 0));
        using var kernels = KernelsUnderTest.Create();
        using var parameters = new ParameterSet(kernels, layout);
        Assert.Equal([(0, 48), (80, 16)], parameters.TrainableRanges);
        parameters.ZeroGradients();
        kernels.Fill(parameters.Gradient(spec.RunningVariance), 1e6);
        Assert.Equal(0, GradientClipping.ByGlobalNorm(parameters, 1));
        Assert.Equal(0, GradientClipping.ByTensorNorm(parameters, 1));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.9, 0)]
    [InlineData(0.9, 0.05)]
    public void Sgd_follows_PyTorchs_formula(double momentum, double decay)
    {
        var layout = new ParameterLayout();
        layout.Add("x", 5, 7, Initializer.Ones);
        layout.Add("frozen", 2, 2, Initializer.Ones);
        layout.Add("y", 1, 1, Initializer.Ones);
        foreach (var kernels in AllKernels())
        {
            using var parameters = new ParameterSet(kernels, layout);
            parameters.Initialize(0);
            parameters.Freeze("frozen");
            var sgd = new Sgd(0.1, momentum, decay);
            double w = 1, v = 0;
            for (var t = 1; t <= 5; t++)
            {
                kernels.Fill(parameters.Gradients, 0.3 * t - 0.7);
                sgd.Step(parameters);
                v = momentum * v + 0.3 * t - 0.7 + decay * w;
                w -= 0.1 * v;
            }
            Assert.All(parameters.Export("x"), value => Assert.Equal(w, value, 1e-6));
            Assert.All(parameters.Export("y"), value => Assert.Equal(w, value, 1e-6));
            Assert.All(parameters.Export("frozen"), value => Assert.Equal(1, value));
            Assert.Equal(5, parameters.Steps);
            kernels.Dispose();
        }
    }

    /// <summary>A batch norm whose weights and biases are no round numbers.</summary>
    static BatchNormSpec Spec(ParameterLayout layout, int columns) =>
        new(columns, layout.Add("bn.weight", 1, columns, Initializer.Uniform(0.5, 2)), layout.Add("bn.bias", 1, columns, Initializer.Normal(0, 1)),
            layout.AddState("bn.running_mean", 1, columns, 0.25, 0.1), layout.AddState("bn.running_var", 1, columns, 1.5, 0.1), 1e-5);

    static IEnumerable<IKernels> AllKernels() => KernelsUnderTest.All.Select(create => create()).Prepend(new ReferenceKernels());
}
