using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>Layers with a matrix of their own for every row, and the norm behind them.</summary>
public sealed class GeneratedLayerTests
{
    [Theory]
    [InlineData(5, 3, 4, 2)]
    [InlineData(7, 16, 16, 16)]
    [InlineData(19, 5, 17, 33)]
    public void Values_and_gradients(int rows, int width, int inputs, int outputs)
    {
        var check = new OpCheck().Input(rows, width).Input(rows, inputs);
        var spec = Spec(check.Layout, width, inputs, outputs);
        check.Run((tape, x) => tape.Generated(spec, x[0], x[1]));
    }

    [Theory]
    [InlineData(3, 4, 2)]
    [InlineData(5, 17, 19)]
    [InlineData(16, 16, 32)]
    public void Rows_that_share_generators(int width, int inputs, int outputs)
    {
        // The first and the last generator have no rows; one has many.
        int[] index = [3, 1, 3, 2, 3, 3, 1, 3, 3];
        var check = new OpCheck().Input(5, width).Input(index.Length, inputs);
        var spec = Spec(check.Layout, width, inputs, outputs);
        check.Run((tape, x) => tape.Generated(spec, x[0], x[1], tape.Index(index, 5)));
    }

    [Theory]
    [InlineData(32, 64, 32, 30)]
    [InlineData(20, 37, 25, 70)]
    public void Large_batches_agree_with_the_reference(int width, int inputs, int outputs, int generators)
    {
        // Over 512 rows, so that there is more than one chunk; 30 and 70 generators are two and three lots.
        const int rows = 540;
        var random = KeyedRandom.For(3, "generated");
        double[] Draw(int count, ulong stream) => [.. Enumerable.Range(0, count).Select(i => (double)(float)random.Split(stream).Normal((ulong)i))];
        double[] g = Draw(rows * width, 1), x = Draw(rows * inputs, 2), c = Draw(rows * outputs, 3);
        int[] index = [.. Enumerable.Range(0, rows).Select(r => r * 7 % generators)];
        var layout = new ParameterLayout();
        var spec = Spec(layout, width, inputs, outputs);
        double[] Run(IKernels kernels, bool shared, bool fresh)
        {
            using var parameters = new ParameterSet(kernels, layout);
            parameters.Initialize(3);
            kernels.Fill(parameters.Gradients, fresh ? 5 : 0);
            using var tape = new Tape(kernels, parameters);
            tape.Reset(training: true);
            var generator = tape.Input(shared ? g.AsSpan(0, generators * width) : g, shared ? generators : rows, width, gradient: true);
            var values = tape.Input(x, rows, inputs, gradient: true);
            var y = tape.Generated(spec, generator, values, shared ? tape.Index(index, generators) : null);
            tape.Backward(tape.Multiply(y, tape.Input(c, rows, outputs)), fresh: fresh);
            double[] output = new double[y.Length], dg = new double[generator.Length], dx = new double[values.Length];
            tape.Read(y, output);
            tape.ReadGradient(generator, dg);
            tape.ReadGradient(values, dx);
            var flat = new double[layout.TotalLength];
            kernels.Download(parameters.Gradients, flat);
            return [.. output, .. dg, .. dx, .. layout.Parameters.SelectMany(p => flat[p.Offset..(p.Offset + p.Length)])];
        }
        using var reference = new ReferenceKernels();
        foreach (var shared in (bool[])[false, true])
        {
            var expected = Run(reference, shared, fresh: false);
            Assert.Equal(expected, Run(reference, shared, fresh: true));
            foreach (var create in KernelsUnderTest.All)
            {
                using var kernels = create();
                OpCheck.Close(expected, Run(kernels, shared, fresh: false), 2e-5, kernels.Name);
                Assert.Equal(Run(kernels, shared, fresh: false), Run(kernels, shared, fresh: true));
            }
        }
    }

    [Fact]
    public void Shared_generators_give_what_a_generator_for_each_row_gives_and_fewer_operations()
    {
        using var kernels = new ReferenceKernels();
        var layout = new ParameterLayout();
        var spec = Spec(layout, 4, 3, 2);
        using var parameters = new ParameterSet(kernels, layout);
        parameters.Initialize(9);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: false);
        var x = tape.Input([.. Enumerable.Range(0, 15).Select(i => Math.Sin(i))], 5, 3);
        var g = tape.Input([.. Enumerable.Range(0, 8).Select(i => Math.Cos(i))], 2, 4);
        var index = tape.Index([1, 0, 0, 1, 1], 2);
        double[] shared = new double[10], single = new double[10];
        tape.Read(tape.Generated(spec, g, x, index), shared);
        Assert.Equal(2 * (2 * 4 * 8 + 5 * 8), tape.ProductFlops().Forward);
        tape.Read(tape.Generated(spec, tape.Gather(g, index), x), single);
        Assert.Equal(single, shared);
        Assert.Equal(2 * (2 * 4 * 8 + 5 * 8) + 2 * 5 * 5 * 8, tape.ProductFlops().Forward);
    }

    [Fact]
    public void A_small_case_by_hand()
    {
        using var kernels = KernelsUnderTest.Create();
        var layout = new ParameterLayout();
        var spec = Spec(layout, 1, 2, 1);
        using var parameters = new ParameterSet(kernels, layout);
        parameters.Import("made.weight", [2.0, -1, 0.5]); // by the generator: two weights and a bias
        parameters.Import("made.bias", [0.25, 3, -1]);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: false);
        var y = new double[2];
        tape.Read(tape.Generated(spec, tape.Input([2.0, -1], 2, 1), tape.Input([1.0, 10, 4, -2], 2, 2)), y);
        // g = 2: [4.25, 1] and 0; g = −1: [−1.75, 4] and −1.5.
        Assert.Equal([4.25 + 10, -7 - 8 - 1.5], y);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(6, 5)]
    [InlineData(3, 50)]
    [InlineData(4, 64)]
    public void Row_norms(int rows, int columns)
    {
        new OpCheck { ForwardTolerance = 1e-5, GradientTolerance = 2e-5, DifferenceTolerance = 1e-6 }.Input(rows, columns, scale: 0.7, shift: 3).Run((tape, x) => tape.LayerNorm(x[0]));
    }

    [Fact]
    public void A_row_norm_by_hand()
    {
        using var kernels = KernelsUnderTest.Create();
        using var tape = new Tape(kernels);
        tape.Reset(training: false);
        var y = new double[4];
        tape.Read(tape.LayerNorm(tape.Input([1.0, 2, 3, 6], 1, 4), epsilon: 0.5), y);
        // Mean 3, variance 14/4; 1/√4 = ½.
        Assert.Equal([-1, -0.5, 0, 1.5], y.Select(v => Math.Round(v, 6)));
    }

    static GeneratedSpec Spec(ParameterLayout layout, int width, int inputs, int outputs) =>
        GeneratedSpec.Build(layout, "made", width, inputs, outputs, Initializer.Normal(0, 0.3), Initializer.Normal(0, 0.3));
}
