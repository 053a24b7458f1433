using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>Counts done by hand.</summary>
public sealed class MlpArithmeticTests
{
    // 10 rows; inputs: 3 columns gathered from 4 rows, 5 columns by row, 6 Gaussians; layers 14 → 7 → 2.
    // First layer forward: 2·(4·3 + 10·5 + 10·6)·7 = 1708; second: 2·10·7·2 = 280.
    const int Gathered = 2 * 4 * 3 * 7, Rows = 2 * 10 * 5 * 7, Gaussian = 2 * 10 * 6 * 7, Second = 2 * 10 * 7 * 2;

    [Fact]
    public void A_gathered_input_counts_its_source_rows() => Assert.Equal((1708 + 280, 0), Count(training: false));

    [Fact]
    public void A_training_step_counts_weights_and_inputs_with_a_gradient() => Assert.Equal(
        (1708 + 280, Gathered + Rows + Gaussian + Second + Second + Gathered + Rows), Count(training: true));

    [Fact]
    public void Frozen_weights_and_inputs_without_a_gradient_cost_nothing() => Assert.Equal(
        (1708 + 280, Second), Count(training: true, inputGradients: false, frozen: "mlp.0"));

    [Fact]
    public void Below_a_frozen_layer_the_gradient_still_passes() => Assert.Equal(
        (1708 + 280, Second + Second + Gathered + Rows), Count(training: true, frozen: "mlp.0"));

    static (long Forward, long Backward) Count(bool training, bool inputGradients = true, string? frozen = null)
    {
        using var kernels = new ReferenceKernels();
        var layout = new ParameterLayout();
        var spec = MlpSpec.Build(layout, "mlp", [3, 5, 6], [7, 2], Activation.Tanh, Activation.Linear);
        using var parameters = new ParameterSet(kernels, layout);
        if (frozen is not null) parameters.Freeze(frozen);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training);
        var source = tape.Input(new float[12], 4, 3, inputGradients);
        var rows = tape.Input(new float[50], 10, 5, inputGradients);
        var basis = GaussianBasis.OfWidth(0, 1, 6, 0.5);
        tape.Mlp(spec, source.At(tape.Index(new int[10], 4)), rows, MlpSource.Gaussian(tape.Input(new float[10], 10, 1), basis));
        return tape.ProductFlops();
    }
}
