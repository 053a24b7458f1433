using AtomSets.Materials;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;

namespace AtomSets.Core.Tests.Models;

/// <summary>What physics asks of MEGNet, on random weights in float64.</summary>
public sealed class MegNetInvarianceTests : CrystalInvariance
{
    static readonly MegNetModel Model = new(new MegNetSettings { Hidden = 16, Width = 8, Readout = 4, GaussianCentres = 20 });

    private protected override double[] Predict(params Crystal[] crystals)
    {
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, Model.Parameters);
        parameters.Initialize(seed: 5);
        using var tape = new Tape(kernels, parameters);
        using var source = new MegNetSource(Model.Settings, TestGraphs.Of(crystals, Model.Settings.CutoffAngstrom));
        var batch = source.Create();
        source.Fill(batch, Enumerable.Range(0, crystals.Length).ToArray());
        tape.Reset(training: false);
        var values = new double[crystals.Length];
        tape.Read(Model.Forward(tape, batch), values.AsSpan());
        return values;
    }
}
