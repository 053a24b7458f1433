using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>Element-wise and row operations and losses.</summary>
public sealed class OperationTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(4, 16)]
    [InlineData(7, 33)]
    [InlineData(0, 4)]
    public void Sums_products_and_concatenations(int rows, int columns)
    {
        OpCheck Two() => new OpCheck().Input(rows, columns).Input(rows, columns);
        Two().Run((tape, x) => tape.Add(x[0], x[1]));
        Two().Run((tape, x) => tape.Subtract(x[0], x[1]));
        Two().Run((tape, x) => tape.Combine(0.25, x[0], -3, x[1]));
        Two().Run((tape, x) => tape.Multiply(x[0], x[1]));
        Two().Run((tape, x) => tape.Multiply(x[0], x[0]));
        Two().Run((tape, x) => tape.Scale(x[0], -1.75));
        Two().Run((tape, x) => tape.RowDot(x[0], x[1]));
        new OpCheck().Input(rows, columns).Input(rows, 1).Run((tape, x) => tape.ScaleRows(x[0], x[1]));
        new OpCheck().Input(rows, columns).Input(rows, 3).Input(rows, 1).Run((tape, x) => tape.Concat(x[0], x[1], x[2]));
    }

    [Theory]
    [InlineData(Activation.Linear)]
    [InlineData(Activation.Softplus)]
    [InlineData(Activation.ShiftedSoftplus)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.LeakyRelu)]
    [InlineData(Activation.Sigmoid)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.HardSigmoid)]
    [InlineData(Activation.Silu)]
    public void Activations(Activation activation) =>
        new OpCheck().Input(9, 7, scale: 3).Run((tape, x) => tape.Activate(x[0], activation));

    [Theory]
    [InlineData(Activation.Softplus, 3e-7)]
    [InlineData(Activation.ShiftedSoftplus, 3e-7)]
    [InlineData(Activation.Sigmoid, 4e-7)]
    [InlineData(Activation.Tanh, 4e-7)]
    [InlineData(Activation.Silu, 4e-7)]
    public void Functions_are_accurate_over_their_range(Activation activation, double tolerance)
    {
        // A few units of the last place (6e-8) of numbers up to one, and relative above.
        var x = Enumerable.Range(-40_000, 80_001).Select(i => (double)(float)(i * 0.001)).ToArray();
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            using var exact = new ReferenceKernels();
            var got = Map(kernels, x, activation);
            var expected = Map(exact, x, activation);
            for (var i = 0; i < x.Length; i++)
            {
                Assert.True(Math.Abs(got[i] - expected[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])),
                    $"{kernels.Name} {activation}({x[i]:R}) = {got[i]:R}, expected {expected[i]:R}");
                if (activation == Activation.Tanh && Math.Abs(x[i]) < 1) Assert.Equal(expected[i], got[i], Math.Abs(expected[i]) * 4e-7 + 1e-12);
            }
        }
    }

    [Theory]
    [InlineData(Activation.Softplus)]
    [InlineData(Activation.ShiftedSoftplus)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Sigmoid)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.HardSigmoid)]
    public void A_NaN_is_never_hidden(Activation activation)
    {
        var x = Enumerable.Range(0, 40).Select(i => i % 3 == 0 ? double.NaN : i).ToArray();
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            var y = Map(kernels, x, activation);
            for (var i = 0; i < x.Length; i++) Assert.Equal(double.IsNaN(x[i]), double.IsNaN(y[i]));
        }
    }

    static double[] Map(IKernels kernels, double[] x, Activation activation)
    {
        using var tape = new Tape(kernels);
        tape.Reset(training: false);
        var y = new double[x.Length];
        tape.Read(tape.Activate(tape.Input(x, x.Length, 1), activation), y);
        return y;
    }

    [Fact]
    public void What_is_added_to_a_gradient_ends_where_it_ends()
    {
        // Behind a parameter's gradient the flat buffer holds zeros; what lies behind a tensor is anything.
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            using DeviceMemory other = kernels.Allocate(32), memory = kernels.Allocate(32);
            kernels.Fill(other.Span, 0.5);
            DeviceSpan x = other.Span.Slice(0, 19), y = memory.Span.Slice(0, 19);
            kernels.AddScaled(2, x, y);
            kernels.Multiply(x, x, y, accumulate: true);
            kernels.ActivateBackward(Activation.Tanh, x, x, x, y);
            using var index = kernels.AllocateIndices(1);
            kernels.Upload([0], new IndexSpan(index, 0, 1));
            kernels.ScatterAdd(x, new IndexSpan(index, 0, 1), y, 19);
            var values = new double[32];
            kernels.Download(memory.Span, values);
            Assert.All(values[..19], value => Assert.Equal(1 + 0.25 + 0.5 * 0.75 + 0.5, value));
            Assert.All(values[19..], value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void Gather_with_repeated_unsorted_rows_adds_their_gradients()
    {
        int[] rows = [3, 0, 3, 3, 1];
        foreach (var columns in new[] { 1, 16, 19 })
            new OpCheck().Input(5, columns).Run((tape, x) => tape.Gather(x[0], tape.Index(rows, 5)));
    }

    [Fact]
    public void A_gathered_parameter_is_an_embedding()
    {
        var check = new OpCheck();
        var table = check.Layout.Add("embedding", 7, 5, Initializer.Uniform(-0.05, 0.05));
        check.Run((tape, _) => tape.Gather(tape.Parameter(table), tape.Index([6, 2, 2, 0], 7)));
    }

    [Theory]
    [InlineData(Loss.MeanSquared)]
    [InlineData(Loss.MeanAbsolute)]
    [InlineData(Loss.Huber)]
    [InlineData(Loss.BinaryCrossEntropy)]
    public void Losses_with_and_without_weights(Loss loss)
    {
        double[] target = [0, 1, 1, 0, 0.25, 1, 0.5, 1, 0, 0];
        double[] weights = [1, 0, 2.5, 0.125, 3];
        new OpCheck().Input(5, 2, scale: 2).Run((tape, x) => tape.MeanLoss(loss, x[0], tape.Input(target, 5, 2)));
        new OpCheck().Input(5, 2, scale: 2).Run((tape, x) =>
            tape.MeanLoss(loss, x[0], tape.Input(target, 5, 2), tape.Input(weights, 5, 1), delta: 0.7));
    }

    [Theory]
    [InlineData(Loss.RobustAbsolute)]
    [InlineData(Loss.RobustSquared)]
    public void Losses_of_value_and_deviation(Loss loss)
    {
        double[] target = [0, 1, 1, -2, 0.25], weights = [1, 0, 2.5, 0.125, 3];
        new OpCheck().Input(5, 2, scale: 1).Run((tape, x) => tape.MeanLoss(loss, x[0], tape.Input(target, 5, 1)));
        new OpCheck().Input(5, 2, scale: 1).Run((tape, x) => tape.MeanLoss(loss, x[0], tape.Input(target, 5, 1), tape.Input(weights, 5, 1)));
    }

    [Fact]
    public void Robust_losses_are_what_their_formulas_say()
    {
        using var kernels = KernelsUnderTest.Create();
        using var tape = new Tape(kernels);
        tape.Reset(training: false);
        // |d| = 3 and 0.5; s = ln 2 and −1.
        var p = tape.Input([4.0, Math.Log(2), 0.5, -1], 2, 2);
        var t = tape.Input([1.0, 1], 2, 1);
        Assert.Equal((Math.Sqrt(2) * 3 / 2 + Math.Log(2) + Math.Sqrt(2) * 0.5 * Math.E - 1) / 2, tape.Scalar(tape.MeanLoss(Loss.RobustAbsolute, p, t)), 1e-5);
        Assert.Equal((0.5 * 9 / 4 + Math.Log(2) + 0.5 * 0.25 * Math.E * Math.E - 1) / 2, tape.Scalar(tape.MeanLoss(Loss.RobustSquared, p, t)), 1e-5);
        Assert.Throws<ArgumentException>(() => tape.MeanLoss(Loss.RobustSquared, tape.Input([1.0, 2], 2, 1), t));
    }

    [Fact]
    public void Losses_are_what_their_names_say()
    {
        using var kernels = KernelsUnderTest.Create();
        using var tape = new Tape(kernels);
        tape.Reset(training: false);
        var p = tape.Input([1.0, -2, 4], 3, 1);
        var t = tape.Input([0.5, 1, 0], 3, 1);
        Assert.Equal((0.25 + 9 + 16) / 3, tape.Scalar(tape.MeanSquaredError(p, t)), 1e-5);
        Assert.Equal((0.5 + 3 + 4) / 3, tape.Scalar(tape.MeanAbsoluteError(p, t)), 1e-5);
        Assert.Equal((0.125 + 2.5 + 3.5) / 3, tape.Scalar(tape.HuberLoss(p, t)), 1e-5);
        Assert.Equal((0 + 2 * 9 + 0) / 3.0, tape.Scalar(tape.MeanSquaredError(p, t, tape.Input([0.0, 2, 0], 3, 1))), 1e-5);
        var far = tape.Input([100.0, -100, 0], 3, 1);
        var labels = tape.Input([1.0, 1, 1], 3, 1);
        Assert.Equal((0 + 100 + Math.Log(2)) / 3, tape.Scalar(tape.BinaryCrossEntropy(far, labels)), 1e-5);
    }

    [Fact]
    public void Dropout_is_keyed_scales_and_is_off_outside_training()
    {
        new OpCheck().Input(8, 5).Run((tape, x) => tape.Dropout(x[0], 0.4));
        using var kernels = KernelsUnderTest.Create();
        using var tape = new Tape(kernels);
        double[] Draw(ulong seed, ulong step, bool training)
        {
            tape.Reset(training, seed, step);
            var y = new double[10_000];
            tape.Read(tape.Dropout(tape.Constant(1, 10_000, 1), 0.25), y);
            return y;
        }
        var a = Draw(1, 1, true);
        Assert.Equal(0.75, a.Count(v => v != 0) / 1e4, 0.02);
        Assert.All(a, v => Assert.True(v == 0 || Math.Abs(v - 4.0 / 3) < 1e-6));
        Assert.Equal(a, Draw(1, 1, true));
        Assert.NotEqual(a, Draw(1, 2, true));
        Assert.NotEqual(a, Draw(2, 1, true));
        Assert.All(Draw(1, 1, false), v => Assert.Equal(1, v));
    }
}
