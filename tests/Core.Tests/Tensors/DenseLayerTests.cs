using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>Single layers whose weight is large, which the CPU kernels compute by blocked products: every path against the float64 reference.</summary>
public sealed class DenseLayerTests
{
    [Theory]
    [InlineData(8, 128, 128, Activation.Relu)]
    [InlineData(13, 128, 144, Activation.Tanh)]
    [InlineData(32, 1024, 48, Activation.Relu)]
    [InlineData(97, 176, 208, Activation.Linear)]
    [InlineData(150, 272, 1040, Activation.ShiftedSoftplus)] // more columns than a block
    [InlineData(301, 144, 128, Activation.Relu)] // the weight is turned for the input's gradient
    public void Values_and_gradients_are_those_of_the_reference(int rows, int inputs, int width, Activation activation) =>
        Compare(rows, inputs, width, activation, inputGradient: true);

    [Theory]
    [InlineData(32, 86, 1024)]
    [InlineData(33, 1031, 16)]
    [InlineData(70, 129, 160)]
    public void First_layers_take_any_number_of_inputs(int rows, int inputs, int width) => Compare(rows, inputs, width, Activation.Relu, inputGradient: false);

    [Theory]
    [InlineData(7, 128, 128)] // few rows
    [InlineData(9, 130, 150)] // widths that are no multiple of 16
    [InlineData(20, 127, 144)]
    public void Other_layers_are_computed_as_before(int rows, int inputs, int width) => Compare(rows, inputs, width, Activation.Relu, inputGradient: true);

    [Fact]
    public void Gradients_are_added_to_what_is_there()
    {
        var (layout, spec) = Layer(128, 128, Activation.Relu);
        using var kernels = KernelsUnderTest.Create();
        var once = Run(kernels, layout, spec, 16, passes: 1, inputGradient: true);
        var twice = Run(kernels, layout, spec, 16, passes: 2, inputGradient: true);
        OpCheck.Close([.. once.ParameterGradients.Select(x => 2 * x)], twice.ParameterGradients, 1e-6, "two passes");
        OpCheck.Close([.. once.InputGradients[0].Select(x => 2 * x)], twice.InputGradients[0], 1e-6, "two passes, input");
    }

    static void Compare(int rows, int inputs, int width, Activation activation, bool inputGradient)
    {
        var (layout, spec) = Layer(inputs, width, activation);
        using var reference = new ReferenceKernels();
        var expected = Run(reference, layout, spec, rows, 1, inputGradient);
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            var got = Run(kernels, layout, spec, rows, 1, inputGradient);
            // Sums of up to 1040 terms in float32.
            OpCheck.Close(expected.Value, got.Value, 1e-5, $"{kernels.Name}: value");
            OpCheck.Close(expected.ParameterGradients, got.ParameterGradients, 2e-5, $"{kernels.Name}: gradient of the parameters");
            if (inputGradient) OpCheck.Close(expected.InputGradients[0], got.InputGradients[0], 2e-5, $"{kernels.Name}: gradient of the input");
            var again = Run(kernels, layout, spec, rows, 1, inputGradient);
            Assert.Equal(got.Value, again.Value);
            Assert.Equal(got.ParameterGradients, again.ParameterGradients);
        }
    }

    static (ParameterLayout Layout, MlpSpec Spec) Layer(int inputs, int width, Activation activation)
    {
        var layout = new ParameterLayout();
        var scale = 1 / Math.Sqrt(inputs);
        var layer = new MlpLayer(
            layout.Add("w", inputs, width, Initializer.Normal(0, scale)), layout.Add("b", 1, width, Initializer.Normal(0, 0.3)), width, activation);
        return (layout, new MlpSpec([inputs], [layer]));
    }

    /// <summary>The layer's value and the gradients of a weighted sum of it; with two passes of the second, which adds to the first's.</summary>
    static OpResult Run(IKernels kernels, ParameterLayout layout, MlpSpec spec, int rows, int passes, bool inputGradient)
    {
        using var parameters = new ParameterSet(kernels, layout);
        parameters.Initialize(5);
        using var tape = new Tape(kernels, parameters);
        parameters.ZeroGradients();
        var draw = KeyedRandom.For(3, "dense layer");
        var x = Enumerable.Range(0, rows * spec.InputWidths[0]).Select(i => (float)draw.Normal((ulong)i)).ToArray();
        var c = Enumerable.Range(0, rows * spec.OutputWidth).Select(i => (float)draw.Uniform((ulong)i, 0.5, 1.5) * (i % 3 == 0 ? -1 : 1)).ToArray();
        tape.Reset(training: true);
        var input = tape.Input(x, rows, spec.InputWidths[0], inputGradient);
        var y = tape.Mlp(spec, input);
        var weighted = tape.Multiply(y, tape.Input(c, rows, spec.OutputWidth));
        if (passes == 2) weighted = tape.Add(weighted, tape.Multiply(tape.Mlp(spec, input), tape.Input(c, rows, spec.OutputWidth)));
        tape.Backward(weighted);
        var (value, inputSlopes, slopes) = (new double[y.Length], new double[input.Length], new double[layout.TotalLength]);
        tape.Read(y, value);
        if (inputGradient) tape.ReadGradient(input, inputSlopes);
        kernels.Download(parameters.Gradients, slopes);
        return new(value, [inputSlopes], slopes);
    }
}
