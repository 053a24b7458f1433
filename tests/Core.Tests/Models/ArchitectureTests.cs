using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.ElemNet;
using AtomSets.Tensors;
using Xunit;
using Network = AtomSets.Models.ElemNet.Architecture;

namespace AtomSets.Core.Tests.Models;

/// <summary>ElemNet's mini-language, inputs and initial values.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void Blocks_flags_and_outputs_are_read()
    {
        var read = Network.Parse("1024x4D-512BARx3-64Bx2RD-32Rx1-1R");
        Assert.Equal([1024, 1024, 1024, 1024, 512, 512, 512, 64, 64, 32], read.Widths);
        Assert.Equal([true, false, true, false], read.Blocks.Select(block => block.Drops));
        Assert.Equal([NormPlace.None, NormPlace.BeforeActivation, NormPlace.AfterActivation, NormPlace.None], read.Blocks.Select(block => block.Norm));
        Assert.Equal([false, true, false, true], read.Blocks.Select(block => block.LayerResidual));
        Assert.Equal([false, false, true, false], read.Blocks.Select(block => block.BlockResidual));
        Assert.Equal(OutputHead.Relu, read.Head);
        Assert.Equal(OutputHead.Tanh, Network.Parse("8x1-1T").Head);
    }

    [Theory]
    [InlineData("elemnet17", "elemnet-17")]
    [InlineData("1024x4", "must end with its outputs")]
    [InlineData("1024x4-2", "has 2 outputs")]
    [InlineData("1024Ax4-1", "'1024Ax4' is no block")]
    [InlineData("0x4-1", "must be 1 to 8192")]
    [InlineData("8x1-1Q", "must end with its outputs")]
    public void Mistakes_are_named(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ModelException>(() => Create(("architecture", text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Networks_have_as_many_parameters_as_their_layers_say()
    {
        Assert.Equal(4_631_361, Create(("architecture", "elemnet-17")).Parameters.ParameterCount);
        Assert.Equal(4_631_361 + (145 - 86) * 1024, Create(("input", "pa145")).Parameters.ParameterCount);
        Assert.Equal(4_631_361 + (112 - 86) * 1024, Create(("input", "ef112")).Parameters.ParameterCount);
        // IRNet-17 on the attributes: the dense layers, a scale and shift per batch norm, a projection wherever the width changes.
        var norms = 2 * (4 * 1024 + 3 * (512 + 256 + 128) + 2 * 64 + 32);
        var projections = 146 * 1024 + 1025 * 512 + 513 * 256 + 257 * 128 + 129 * 64 + 65 * 32;
        var model = Create(("architecture", "irnet-17"), ("input", "pa145"));
        Assert.Equal(4_691_777 + norms + projections, model.Parameters.ParameterCount);
        Assert.Equal(5_554_529, model.Parameters.ParameterCount);
        Assert.Equal(17, model.Parts.Count);
    }

    [Theory]
    [InlineData("12Bx2D-7BARx2-5x1-1")]
    [InlineData("6x2R-6Rx2RD-5Bx1R-1T")]
    [InlineData("12x1-1R")]
    public void Gradients_are_the_slopes_of_the_loss(string architecture)
    {
        var model = Create(("architecture", architecture), ("dropout", "train"));
        using var data = Compositions("Al2O3", "NaCl", "BaTiO3", "Fe");
        using var source = ModelRegistry.Default.Network("elemnet").OpenSource(model.Spec, data);
        var batch = source.Create();
        source.Fill(batch, [0, 3, 1, 2, 3]);
        GradientCheck.Run(model, batch, spread: 3);
    }

    [Fact]
    public void Residuals_add_the_input_of_layer_and_block()
    {
        var model = Create(("architecture", "86Rx2R-1"));
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        foreach (var layer in model.Layers) parameters.Import(layer + ".W", new float[86 * 86]);
        using var data = Compositions("Al2O3");
        using var source = ModelRegistry.Default.Network("elemnet").OpenSource(model.Spec, data);
        var batch = (ElemNetBatch)source.Create();
        source.Fill(batch, [0]);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: false);
        var (first, second) = (new double[86], new double[86]);
        tape.Read(model.Hidden(tape, batch, "layer1"), first);
        tape.Read(model.Hidden(tape, batch, "last"), second);
        Assert.Equal(batch.Inputs.ToArray().Select(x => (double)x), first);
        Assert.Equal(batch.Inputs.ToArray().Select(x => 2.0 * x), second);
    }

    [Fact]
    public void Initial_values_are_those_of_the_named_library()
    {
        float[] Of(string library, string parameter)
        {
            var model = Create(("architecture", "64x2-1"), ("initializer", library));
            using var kernels = CpuKernels.Create();
            using var parameters = new ParameterSet(kernels, model.Parameters);
            parameters.Initialize(seed: 1);
            return parameters.Export(parameter);
        }

        Assert.All(Of("keras", "fc0_1.b"), bias => Assert.Equal(0, bias));
        Assert.InRange(Of("keras", "fc0_1.W").Max(), 0.99 * Math.Sqrt(6 / 128.0), Math.Sqrt(6 / 128.0));
        Assert.InRange(Of("torch", "fc0_1.W").Max(), 0.99 / 8, 1 / 8.0);
        Assert.InRange(Of("torch", "fc0_1.b").Max(), 0.8 / 8, 1 / 8.0);
    }

    [Fact]
    public void Inputs_stand_side_by_side_in_the_named_order()
    {
        using var data = new PreparedData("table", 3, row => Composition.Parse(new[] { "Al2O3", "HeNa2", "NaCl" }[row]), null, () => CpuKernels.Create())
        {
            Columns = name => name == "temperature" ? [300, 400, double.NaN] : throw new ModelException($"no {name}"),
        };
        var input = InputColumns.Parse("columns:temperature+ef86+pa145", "");
        Assert.Equal(1 + 86 + 145, input.Width);
        var rows = input.Open(data);
        Assert.Equal([1, 2], rows.Refused.Select(row => row.Row));
        Assert.Equal("it has no value of temperature", rows.Refused[1].Reason);
        Assert.Equal(["temperature", "H"], rows.Names.Take(2));
        var values = new float[232];
        rows.Fill(0, values);
        Assert.Equal(300, values[0]);
        Assert.Equal(0.6f, values[1 + 6]);
        Assert.Equal(2, values[87]);
        Assert.Throws<ModelException>(() => rows.Fill(2, values));
    }

    [Theory]
    [InlineData("ef87", "", "ef86")]
    [InlineData("ef86+ef86", "", "twice")]
    [InlineData("auto+pa145", "", "stands alone")]
    [InlineData("pa145", "fc0_1", "leaves out the parent's layer")]
    [InlineData("columns", "", "columns:temperature")]
    public void Impossible_inputs_are_refused(string input, string layer, string expected) =>
        Assert.Contains(expected, Assert.Throws<ModelException>(() => InputColumns.Parse(input, layer)).Message, StringComparison.Ordinal);

    [Fact]
    public void Inputs_can_be_brought_to_mean_0_and_deviation_1_over_the_training_rows()
    {
        using var data = Compositions("Al2O3", "NaCl", "BaTiO3", "Fe");
        var family = ModelRegistry.Default.Network("elemnet");
        var spec = family.Bind(ModelRegistry.Default.Resolve("elemnet", [new("input", "pa145"), new("standardise", true)]), data, [0, 1, 2]);
        using var source = family.OpenSource(spec, data);
        var batch = (ElemNetBatch)source.Create();
        source.Fill(batch, [0, 1, 2]);
        for (var c = 0; c < 145; c++)
        {
            double[] column = [batch.Inputs[c], batch.Inputs[145 + c], batch.Inputs[290 + c]];
            Assert.Equal(0, column.Average(), 1e-5);
            var variance = column.Sum(x => x * x) / 3;
            Assert.True(Math.Abs(variance - 1) < 1e-4 || variance < 1e-9, $"{PhysicalAttributes.Names[c]}: {variance}");
        }
        Assert.Equal(spec, family.Bind(spec, data, [3]));
    }

    static ElemNetModel Create(params (string Name, object? Value)[] settings) =>
        (ElemNetModel)ModelRegistry.Default.Create(ModelRegistry.Default.Resolve("elemnet", settings.Select(entry => KeyValuePair.Create(entry.Name, entry.Value))));

    static PreparedData Compositions(params string[] formulas) =>
        PreparedData.FromCompositions("formulas", Array.ConvertAll(formulas, Composition.Parse), () => CpuKernels.Create());
}
