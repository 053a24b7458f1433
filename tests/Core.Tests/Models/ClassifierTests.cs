using AtomSets.Models;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class ClassifierTests
{
    [Fact]
    public void A_classifier_gives_logits_that_cross_entropy_separates()
    {
        var model = new MegNetModel(new MegNetSettings { Hidden = 16, Width = 8, Readout = 4, GaussianCentres = 20, Output = OutputKind.Probability });
        Assert.Equal(OutputKind.Probability, model.OutputKind);
        using var source = new MegNetSource(model.Settings, TestGraphs.Of(TestCrystals.Eight, 5));
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2, 3, 4, 5, 6, 7]);
        float[] labels = [1, 0, 1, 1, 0, 0, 1, 0];
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 2);
        using var tape = new Tape(kernels, parameters);
        var adam = new Adam(5e-3);
        var logits = new float[8];
        for (var step = 0; step < 300; step++)
        {
            tape.Reset(training: true);
            parameters.ZeroGradients();
            var output = model.Forward(tape, batch);
            tape.Backward(tape.BinaryCrossEntropy(output, tape.Input(labels, 8, 1)));
            adam.Step(parameters);
            tape.Read(output, logits.AsSpan());
        }
        Assert.All(Enumerable.Range(0, 8), i => Assert.Equal(labels[i] > 0.5f, logits[i] > 0));
    }
}
