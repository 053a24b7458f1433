using AtomSets.Models;
using AtomSets.Models.Cgcnn;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

/// <summary>Layers of a CGCNN as features of another model.</summary>
public sealed class CgcnnFeatureTests
{
    static readonly CgcnnModel Model = new(new CgcnnSettings { AtomFeatures = 6, Convolutions = 2, Hidden = 5, HiddenLayers = 2 });

    [Fact]
    public void Layers_have_the_shapes_that_their_names_say()
    {
        Assert.Equal(["V0", "V1", "V2", "final", "readout_0", "readout_1"], CgcnnFeatures.Names(Model.Settings));
        using var kernels = CpuKernels.Create();
        var weights = Weights(kernels);
        using var source = Source();
        foreach (var level in CgcnnFeatures.Names(Model.Settings))
        {
            var table = CgcnnFeatures.Extract(Model, weights, source, level, kernels);
            Assert.Equal(level.StartsWith("readout", StringComparison.Ordinal) ? 5 : 6, table.Width);
            for (var row = 0; row < source.Count; row++) Assert.Equal(level[0] == 'V' ? TestCrystals.Eight[row].AtomCount : 1, table.RowCount(row));
        }
        Assert.Contains("no layer 'V3'; did you mean", Assert.Throws<ModelException>(() => CgcnnFeatures.WidthIn(Model.Settings, "V3")).Message, StringComparison.Ordinal);
        Assert.Throws<ModelException>(() => CgcnnFeatures.WidthIn(Model.Settings, "V1_pre"));
        Assert.Throws<ModelException>(() => CgcnnFeatures.WidthIn(Model.Settings with { HiddenLayers = 1 }, "readout_1"));
    }

    [Fact]
    public void The_last_hidden_layer_through_the_output_layer_is_the_prediction()
    {
        using var kernels = CpuKernels.Create();
        var weights = Weights(kernels);
        using var source = Source();
        var hidden = CgcnnFeatures.Extract(Model, weights, source, "readout_1", kernels);
        using var parameters = new ParameterSet(kernels, Model.Parameters);
        foreach (var (name, values) in weights) parameters.Import(name, values.AsSpan());
        using var tape = new Tape(kernels, parameters);
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2, 3, 4, 5, 6, 7]);
        tape.Reset(training: false);
        var expected = new double[8];
        tape.Read(Model.Forward(tape, batch), expected.AsSpan());
        for (var row = 0; row < 8; row++)
        {
            double sum = weights["fc_out.bias"][0];
            for (var k = 0; k < 5; k++) sum += hidden[row][k] * (double)weights["fc_out.weight"][k];
            Assert.Equal(expected[row], sum, 1e-5);
        }
    }

    [Fact]
    public void The_element_table_is_the_first_layer()
    {
        using var kernels = CpuKernels.Create();
        var weights = Weights(kernels);
        using var source = Source();
        var layer = CgcnnFeatures.Extract(Model, weights, source, "V0", kernels);
        var (rows, table) = CgcnnFeatures.ElementTable(Model, weights);
        Assert.Equal(ElementVectors.MaxAtomicNumber + 1, rows);
        for (var row = 0; row < source.Count; row++)
        {
            var numbers = TestCrystals.Eight[row].AtomicNumbers;
            for (var atom = 0; atom < numbers.Length; atom++)
                for (var k = 0; k < 6; k++) Assert.Equal(table[6 * numbers[atom] + k], layer[row][6 * atom + k], 1e-5f);
        }
    }

    static CgcnnSource Source() => new(TestGraphs.Of(TestCrystals.Eight, Model.Settings.Graphs));

    static Dictionary<string, float[]> Weights(IKernels kernels)
    {
        using var parameters = new ParameterSet(kernels, Model.Parameters);
        parameters.Initialize(seed: 6);
        return Model.Parameters.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameters.Export(parameter.Name), StringComparer.Ordinal);
    }
}
