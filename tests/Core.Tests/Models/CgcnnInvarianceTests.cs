using AtomSets.Materials;
using AtomSets.Models.Cgcnn;
using AtomSets.Tensors;

namespace AtomSets.Core.Tests.Models;

/// <summary>What physics asks of CGCNN, on random weights in float64.</summary>
/// <remarks>With ties at the last neighbour this holds where neighbours of one element at one distance are alike, as in corundum; see
/// <see cref="NearestNeighbors"/>.</remarks>
public sealed class CgcnnInvarianceTests : CrystalInvariance
{
    static readonly CgcnnModel Model = new(new CgcnnSettings { AtomFeatures = 12, Hidden = 16 });

    private protected override double[] Predict(params Crystal[] crystals)
    {
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, Model.Parameters);
        parameters.Initialize(seed: 5);
        using var tape = new Tape(kernels, parameters);
        using var source = new CgcnnSource(TestGraphs.Of(crystals, Model.Settings.Graphs));
        var batch = source.Create();
        source.Fill(batch, Enumerable.Range(0, crystals.Length).ToArray());
        tape.Reset(training: false);
        var values = new double[crystals.Length];
        tape.Read(Model.Forward(tape, batch), values.AsSpan());
        return values;
    }
}
