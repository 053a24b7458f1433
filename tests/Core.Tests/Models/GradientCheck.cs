using AtomSets.Models;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

/// <summary>Compares a model's gradients with central differences, in float64.</summary>
static class GradientCheck
{
    /// <summary>Checks entries of every parameter on the loss Σ (prediction − target)² / n with a fixed target.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Its input.</param>
    /// <param name="spread">Initial values are multiplied by this, so that no activation sleeps.</param>
    /// <param name="perParameter">How many entries of each parameter.</param>
    public static void Run(IModel model, IBatch batch, double spread = 1, int perParameter = 4)
    {
        const double Step = 1e-5;
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 11);
        var values = new double[model.Parameters.TotalLength];
        kernels.Download(parameters.Values, values.AsSpan());
        var random = KeyedRandom.For(3, "gradient check");
        for (var i = 0; i < values.Length; i++) values[i] = spread * values[i] + 0.05 * random.Normal((ulong)i);
        kernels.Upload(values, parameters.Values);
        var target = Enumerable.Range(0, batch.Count * model.Outputs).Select(i => 0.3 * i - 0.5).ToArray();
        using var tape = new Tape(kernels, parameters);

        double Loss(bool backward)
        {
            tape.Reset(training: true);
            var loss = tape.MeanSquaredError(model.Forward(tape, batch), tape.Input(target, batch.Count, model.Outputs));
            if (backward) tape.Backward(loss);
            return tape.Scalar(loss);
        }

        parameters.ZeroGradients();
        Loss(backward: true);
        var gradients = new double[values.Length];
        kernels.Download(parameters.Gradients, gradients.AsSpan());
        Assert.Contains(gradients, gradient => Math.Abs(gradient) > 1e-3);
        foreach (var parameter in model.Parameters.Parameters.Where(parameter => !parameter.IsState))
            for (var k = 0; k < Math.Min(perParameter, parameter.Length); k++)
            {
                var place = parameter.Offset + random.Below((ulong)(1000 + 31 * parameter.Offset + k), parameter.Length);
                var centre = values[place];
                double At(double value)
                {
                    values[place] = value;
                    kernels.Upload(values, parameters.Values);
                    return Loss(backward: false);
                }

                var slope = (At(centre + Step) - At(centre - Step)) / (2 * Step);
                At(centre);
                Assert.True(
                    Math.Abs(slope - gradients[place]) <= 1e-7 + 1e-5 * Math.Abs(slope),
                    $"{parameter.Name}[{place - parameter.Offset}]: gradient {gradients[place]}, difference quotient {slope}");
            }
    }
}
