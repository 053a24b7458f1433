using AtomSets.Models;
using AtomSets.Models.Cgat;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

/// <summary>Layers of a CGAT as features of another model.</summary>
public sealed class CgatFeatureTests : IDisposable
{
    static readonly CgatModel Model = new(CgatModelTests.Tiny());
    readonly CpuKernels _kernels = CpuKernels.Create();
    readonly Dictionary<string, float[]> _weights;

    public CgatFeatureTests()
    {
        using var parameters = new ParameterSet(_kernels, Model.Parameters);
        CgatModelTests.Awaken(parameters);
        _weights = Model.Parameters.Parameters.ToDictionary(p => p.Name, p => parameters.Export(p.Name));
    }

    [Fact]
    public void Layers_have_the_shapes_that_their_names_say()
    {
        Assert.Equal(["V0", "V1", "V2", "final", "readout_0"], CgatFeatures.Names(Model.Settings));
        var graphs = TestGraphs.Of(TestCrystals.Eight, Model.Settings.Graphs);
        foreach (var level in CgatFeatures.Names(Model.Settings))
        {
            var table = CgatFeatures.Extract(Model, _weights, graphs, level, _kernels);
            Assert.Equal(level switch { "final" => 8, "readout_0" => 6, _ => 4 }, table.Width);
            // Every atom has a row, also those that are computed once: the two of bcc molybdenum have the same.
            for (var row = 0; row < 8; row++) Assert.Equal(level[0] == 'V' ? TestCrystals.Eight[row].AtomCount : 1, table.RowCount(row));
            if (level[0] == 'V') Assert.Equal(table[6][..4].ToArray(), table[6][4..].ToArray());
        }
        Assert.Contains("no layer 'V3'; did you mean", Assert.Throws<ModelException>(() => CgatFeatures.WidthIn(Model.Settings, "V3")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_hidden_layer_through_the_last_layer_is_the_prediction()
    {
        var graphs = TestGraphs.Of(TestCrystals.Eight, Model.Settings.Graphs);
        var hidden = CgatFeatures.Extract(Model, _weights, graphs, "readout_0", _kernels);
        using var parameters = new ParameterSet(_kernels, Model.Parameters);
        foreach (var (name, values) in _weights) parameters.Import(name, values.AsSpan());
        using var tape = new Tape(_kernels, parameters);
        using var source = new CgatSource(Model.Settings, graphs);
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2, 3, 4, 5, 6, 7]);
        tape.Reset(training: false);
        var expected = new double[8];
        tape.Read(Model.Forward(tape, batch), expected.AsSpan());
        for (var row = 0; row < 8; row++)
        {
            double sum = _weights["output.last.bias"][0];
            for (var k = 0; k < 6; k++) sum += hidden[row][k] * (double)_weights["output.last.weight"][2 * k];
            Assert.Equal(expected[row], sum, 1e-5);
        }
    }

    [Fact]
    public void The_element_table_is_the_first_layer()
    {
        var layer = CgatFeatures.Extract(Model, _weights, TestGraphs.Of(TestCrystals.Eight, Model.Settings.Graphs), "V0", _kernels);
        var (rows, table) = CgatFeatures.ElementTable(Model, _weights);
        Assert.Equal(101, rows);
        for (var row = 0; row < 8; row++)
            for (var atom = 0; atom < TestCrystals.Eight[row].AtomCount; atom++)
                for (var f = 0; f < 4; f++) Assert.Equal(table[4 * TestCrystals.Eight[row].AtomicNumbers[atom] + f], layer[row][4 * atom + f], 1e-6f);
    }

    public void Dispose() => _kernels.Dispose();
}
