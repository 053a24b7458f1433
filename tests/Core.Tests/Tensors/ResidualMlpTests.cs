using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>The MLP that adds itself to a residual and leaves its segment means, against finite differences and against its parts.</summary>
public sealed class ResidualMlpTests
{
    [Theory]
    [InlineData(Activation.Linear, 3, 5)]
    [InlineData(Activation.Linear, 16, 32)]
    [InlineData(Activation.ShiftedSoftplus, 17, 18)]
    [InlineData(Activation.ShiftedSoftplus, 16, 16)]
    [InlineData(Activation.Silu, 5, 7)]
    public void Sum_and_mean_both_carry_gradients(Activation last, int hidden, int width)
    {
        // Segments of several rows, without rows, and with weights that sum to zero; more rows than a tile.
        int[] offsets = [0, 3, 3, 4, 7, 60, 97, 103];
        var random = KeyedRandom.For(5);
        double[] weights = [.. Enumerable.Range(0, 103).Select(i => i is >= 4 and < 7 ? 0.0 : (float)random.Uniform((ulong)i, 0, 3))];
        int[] rows = [.. Enumerable.Range(0, 103).Select(i => i * 5 % 6)];
        var check = new OpCheck { DifferenceTolerance = 1e-6 /* sums of 103 rows */ }.Input(103, width).Input(6, 4).Input(103, 3);
        var spec = MlpSpec.Build(check.Layout, "m", [4, 3], [hidden, width], Activation.ShiftedSoftplus, last, Initializer.Normal(0.1, 0.6));
        check.Run((tape, x) =>
        {
            var (sum, mean) = tape.ResidualMlp(spec, x[0], tape.Input(weights, 103, 1), tape.Segments(offsets), x[1].At(tape.Index(rows, 6)), x[2]);
            return tape.Concat(sum, tape.Gather(mean, tape.Index([.. Enumerable.Range(0, 103).Select(i => i % 7)], 7)));
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_residual_may_be_an_input_as_well(bool gathered)
    {
        var check = new OpCheck().Input(9, 6);
        var before = MlpSpec.Build(check.Layout, "b", [6], [6], Activation.Tanh, Activation.Tanh);
        var spec = MlpSpec.Build(check.Layout, "m", [6], [8, 6], Activation.ShiftedSoftplus, Activation.Linear);
        check.Run((tape, x) =>
        {
            var h = tape.Mlp(before, x[0]);
            var source = gathered ? h.At(tape.Index([8, 0, 1, 1, 3, 2, 7, 7, 5], 9)) : h;
            var (sum, mean) = tape.ResidualMlp(spec, h, tape.Input([1f, 2, 1, 1, 3, 1, 1, 2, 1], 9, 1), tape.Segments([0, 4, 9]), source);
            return tape.Concat(sum, tape.Gather(mean, tape.Index([0, 1, 0, 0, 1, 1, 1, 0, 1], 2)));
        });
    }

    [Fact]
    public void Only_one_of_the_two_results_may_matter()
    {
        var check = new OpCheck().Input(5, 4).Input(5, 2);
        var spec = MlpSpec.Build(check.Layout, "m", [2], [5, 4], Activation.Tanh, Activation.Linear);
        check.Run((tape, x) => tape.ResidualMlp(spec, x[0], tape.Constant(1, 5, 1), tape.Segments([0, 2, 5]), x[1]).Sum);
        check.Run((tape, x) => tape.ResidualMlp(spec, x[0], tape.Constant(1, 5, 1), tape.Segments([0, 2, 5]), x[1]).Mean);
    }

    [Theory]
    [InlineData(3, new[] { 32, 16 })]
    [InlineData(1024, new[] { 16 })] // as large as the layers that are computed as whole matrices
    public void It_equals_its_parts(int inputs, int[] widths)
    {
        var check = new OpCheck().Input(50, 16).Input(50, inputs);
        var spec = MlpSpec.Build(check.Layout, "m", [inputs], widths, Activation.ShiftedSoftplus, Activation.Linear);
        using var kernels = KernelsUnderTest.Create();
        using var parameters = new ParameterSet(kernels, check.Layout);
        parameters.Initialize(3);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: false);
        var random = KeyedRandom.For(8);
        float[] Numbers(int count, ulong key) => [.. Enumerable.Range(0, count).Select(i => (float)random.Normal(key + (ulong)i))];
        Tensor residual = tape.Input(Numbers(800, 0), 50, 16), x = tape.Input(Numbers(50 * inputs, 1000), 50, inputs), weights = tape.Constant(2, 50, 1);
        var segments = tape.Segments([0, 20, 20, 49, 50]);
        var (sum, mean) = tape.ResidualMlp(spec, residual, weights, segments, x);
        var m = tape.Mlp(spec, x);
        OpCheck.Close(Read(tape.Add(residual, m)), Read(sum), 1e-5, "sum");
        OpCheck.Close(Read(tape.SegmentWeightedMean(m, weights, segments)), Read(mean), 1e-5, "mean");

        double[] Read(Tensor tensor)
        {
            var values = new double[tensor.Length];
            tape.Read(tensor, values);
            return values;
        }
    }

    [Fact]
    public void No_rows_give_means_of_zero()
    {
        var check = new OpCheck().Input(0, 4).Input(0, 2);
        var spec = MlpSpec.Build(check.Layout, "m", [2], [5, 4], Activation.Tanh, Activation.Linear);
        check.Run((tape, x) => tape.ResidualMlp(spec, x[0], tape.Constant(1, 0, 1), tape.Segments([0, 0, 0]), x[1]).Mean);
    }
}
