using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

public sealed class MlpTests
{
    static readonly Initializer Anything = Initializer.Normal(0.1, 0.6);

    /// <summary>Random biases too, so that a forgotten bias shows.</summary>
    internal static MlpSpec Spec(ParameterLayout layout, int[] inputs, int[] widths, Activation hidden, Activation last)
    {
        var layers = new List<MlpLayer>();
        var rows = inputs.Sum();
        for (var i = 0; i < widths.Length; i++)
        {
            layers.Add(new(layout.Add($"w{i}", rows, widths[i], Anything), layout.Add($"b{i}", 1, widths[i], Anything), widths[i],
                i == widths.Length - 1 ? last : hidden));
            rows = widths[i];
        }
        return new(inputs, layers);
    }

    [Theory]
    [InlineData(1, new[] { 1 }, new[] { 1 })]
    [InlineData(5, new[] { 3 }, new[] { 7, 1 })]
    [InlineData(7, new[] { 16 }, new[] { 16, 32 })]
    [InlineData(13, new[] { 5, 17 }, new[] { 33, 9, 2 })]
    [InlineData(6, new[] { 32, 8 }, new[] { 64, 32 })]
    [InlineData(50, new[] { 2 }, new[] { 3, 2 })]
    [InlineData(97, new[] { 4, 1 }, new[] { 18, 4 })]
    public void Plain_inputs_of_any_size(int rows, int[] inputs, int[] widths)
    {
        var check = new OpCheck();
        foreach (var width in inputs) check.Input(rows, width);
        var spec = Spec(check.Layout, inputs, widths, Activation.ShiftedSoftplus, Activation.Linear);
        check.Run((tape, x) => tape.Mlp(spec, [.. x.Select(t => (MlpSource)t)]));
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
    public void Every_activation_in_hidden_and_last_layers(Activation activation)
    {
        var check = new OpCheck().Input(11, 6);
        var spec = Spec(check.Layout, [6], [5, 19, 3], activation, activation);
        check.Run((tape, x) => tape.Mlp(spec, x[0]));

        var wide = new OpCheck().Input(4, 3);
        var aligned = Spec(wide.Layout, [3], [16, 16], activation, activation);
        wide.Run((tape, x) => tape.Mlp(aligned, x[0]));
    }

    [Fact]
    public void Gathered_inputs_with_unsorted_repeated_and_unused_rows()
    {
        int[] centres = [0, 0, 0, 1, 1, 3, 3, 3, 3, 4], neighbours = [4, 1, 4, 4, 0, 2, 2, 2, 0, 4], graph = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
        var check = new OpCheck().Input(6, 5).Input(10, 3).Input(2, 4);
        var spec = Spec(check.Layout, [5, 5, 3, 4], [17, 8, 6], Activation.ShiftedSoftplus, Activation.Linear);
        check.Run((tape, x) => tape.Mlp(spec, x[0].At(tape.Index(centres, 6)), x[0].At(tape.Index(neighbours, 6)), x[1], x[2].At(tape.Index(graph, 2))));
    }

    [Fact]
    public void Gathered_inputs_only_and_more_rows_than_one_tile()
    {
        var index = Enumerable.Range(0, 131).Select(i => i * 7 % 5).ToArray();
        var check = new OpCheck { DifferenceTolerance = 1e-6 /* sums of 131 rows */ }.Input(5, 3);
        var spec = Spec(check.Layout, [3], [16, 4], Activation.Tanh, Activation.Softplus);
        check.Run((tape, x) => tape.Mlp(spec, x[0].At(tape.Index(index, 5))));
    }

    [Fact]
    public void Gaussian_inputs_equal_the_expanded_matrix()
    {
        double[] distances = [0, 0.3, 1.7, 2.5, 3.999, 4.9, 5, 7.3];
        var basis = GaussianBasis.OfWidth(0, 5, 21, 0.5);
        var check = new OpCheck().Input(8, 2);
        var spec = Spec(check.Layout, [21, 2], [16, 3], Activation.ShiftedSoftplus, Activation.Linear);
        check.Run((tape, x) => tape.Mlp(spec, MlpSource.Gaussian(tape.Input(distances, 8, 1), basis), x[0]));
        check.Run((tape, x) => tape.Mlp(spec, tape.GaussianBasis(tape.Input(distances, 8, 1), basis), x[0]));
    }

    [Fact]
    public void Both_published_forms_of_the_gaussian_basis()
    {
        using var kernels = KernelsUnderTest.Create();
        using var tape = new Tape(kernels);
        tape.Reset(training: false);
        var d = tape.Input([1.3f], 1, 1);
        var got = new double[101];
        tape.Read(tape.GaussianBasis(d, GaussianBasis.OfWidth(0, 5, 101, 0.5)), got);
        for (var k = 0; k < 101; k++) Assert.Equal(Math.Exp(-4 * Math.Pow(1.3 - 0.05 * k, 2)), got[k], 1e-6);
        tape.Read(tape.GaussianBasis(d, GaussianBasis.OfFactor(0, 5, 101, 0.5)), got);
        for (var k = 0; k < 101; k++) Assert.Equal(Math.Exp(-0.5 * Math.Pow(1.3 - 0.05 * k, 2)), got[k], 1e-6);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_computed_tensor_that_is_used_several_times_collects_every_gradient(int order)
    {
        // Gradients of computed tensors are written by their last consumer and added to by the others, whatever the order.
        var check = new OpCheck().Input(7, 5);
        var lower = Spec(check.Layout, [5], [16], Activation.Tanh, Activation.Tanh);
        var layers = new[] { check.Layout.Add("v", 48, 16, Anything), check.Layout.Add("c", 1, 16, Anything) };
        var upper = new MlpSpec([16, 16, 16], [new(layers[0], layers[1], 16, Activation.Linear)]);
        int[] rows = [6, 0, 0, 3, 3, 2, 6];
        check.Run((tape, x) =>
        {
            var h = tape.Mlp(lower, x[0]);
            var at = h.At(tape.Index(rows, 7));
            var y = order switch
            {
                0 => tape.Mlp(upper, h, at, h),
                1 => tape.Mlp(upper, at, h, h),
                2 => tape.Mlp(upper, h, h, at),
                _ => tape.Mlp(upper, at, h, at),
            };
            var unused = tape.Mlp(upper, y, y, y);
            Assert.True(unused.HasGradient);
            return order % 2 == 0 ? tape.Add(tape.Scale(h, 2), tape.Add(y, y)) : tape.Subtract(tape.Multiply(y, h), h);
        });
    }

    [Fact]
    public void No_rows_give_no_rows_and_no_gradient()
    {
        var check = new OpCheck().Input(0, 3).Input(4, 2);
        var spec = Spec(check.Layout, [3, 2], [8, 2], Activation.Relu, Activation.Linear);
        check.Run((tape, x) => tape.Mlp(spec, x[0], x[1].At(tape.Index([], 4))));
    }

    [Theory]
    [InlineData("w0")]
    [InlineData("w2")]
    [InlineData("b1")]
    [InlineData("all but w2")]
    [InlineData("all")]
    public void Frozen_parameters_get_no_gradient_and_the_others_the_same(string frozen)
    {
        var layout = new ParameterLayout();
        var spec = Spec(layout, [3, 5], [16, 7, 2], Activation.Tanh, Activation.Linear);
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            using var parameters = new ParameterSet(kernels, layout);
            parameters.Initialize(1);
            var free = Gradients(kernels, parameters, spec);
            foreach (var p in layout.Parameters)
            {
                var freeze = frozen switch { "all" => true, "all but w2" => p.Name != "w2", _ => p.Name == frozen };
                if (freeze) parameters.Freeze(p.Name);
            }
            var masked = Gradients(kernels, parameters, spec);
            foreach (var p in layout.Parameters)
            {
                var expected = parameters.IsFrozen(layout.Find(p.Name)) ? new double[p.Length] : free.Flat[p.Offset..(p.Offset + p.Length)];
                Assert.Equal(expected, masked.Flat[p.Offset..(p.Offset + p.Length)]);
            }
            Assert.Equal(free.Input, masked.Input);
        }
    }

    static (double[] Flat, double[] Input) Gradients(IKernels kernels, ParameterSet parameters, MlpSpec spec)
    {
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: true);
        parameters.ZeroGradients();
        var random = KeyedRandom.For(2);
        var x = tape.Input([.. Enumerable.Range(0, 12).Select(i => random.Normal((ulong)i))], 4, 3, gradient: true);
        var fixedInput = tape.Input([.. Enumerable.Range(0, 20).Select(i => random.Normal((ulong)(i + 50)))], 4, 5);
        tape.Backward(tape.Mlp(spec, x, fixedInput));
        var flat = new double[parameters.Layout.TotalLength];
        kernels.Download(parameters.Gradients, flat);
        var gx = new double[12];
        tape.ReadGradient(x, gx);
        return (flat, gx);
    }

    [Fact]
    public void Inference_gives_the_training_values_to_the_bit()
    {
        var layout = new ParameterLayout();
        var spec = Spec(layout, [4, 6], [20, 16, 16, 3], Activation.ShiftedSoftplus, Activation.Sigmoid);
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            using var parameters = new ParameterSet(kernels, layout);
            parameters.Initialize(1);
            using var tape = new Tape(kernels, parameters);
            var values = new List<double[]>();
            foreach (var training in new[] { true, false })
            {
                tape.Reset(training);
                var random = KeyedRandom.For(3);
                var x = tape.Input([.. Enumerable.Range(0, 400).Select(i => random.Normal((ulong)i))], 100, 4);
                var g = tape.Input([.. Enumerable.Range(0, 12).Select(i => random.Normal((ulong)i))], 2, 6);
                var y = tape.Mlp(spec, x, g.At(tape.SegmentOfRow([0, 40, 100])));
                Assert.Equal(training, y.HasGradient);
                var copy = new double[y.Length];
                tape.Read(y, copy);
                values.Add(copy);
            }
            Assert.Equal(values[0], values[1]);
        }
    }

    [Fact]
    public void Inputs_that_do_not_fit_are_refused_with_the_numbers()
    {
        var layout = new ParameterLayout();
        var spec = Spec(layout, [3], [4], Activation.Linear, Activation.Linear);
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, layout);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: true);
        var x = tape.Constant(0, 2, 5);
        Assert.Contains("3 columns, got 5", Assert.Throws<ArgumentException>(() => tape.Mlp(spec, x)).Message, StringComparison.Ordinal);
        Assert.Contains("row number 9 at position 1", Assert.Throws<ArgumentOutOfRangeException>(() => tape.Index([0, 9], 5)).Message, StringComparison.Ordinal);
    }
}
