using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.ElemNet;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class ElemNetTests
{
    [Fact]
    public void Columns_are_those_of_the_published_network()
    {
        Assert.Equal(86, ElementFractions.Elements.Count);
        // Places that a missing or an extra element would shift.
        (string Symbol, int Column)[] places = [("H", 0), ("Li", 1), ("F", 7), ("Na", 8), ("Cl", 14), ("K", 15), ("Kr", 32), ("Xe", 50), ("Bi", 79), ("Ac", 80), ("Pu", 85)];
        foreach (var (symbol, column) in places)
        {
            Assert.True(Element.TryParse(symbol, out var element));
            Assert.Equal(column, ElementFractions.ColumnOf(element));
            Assert.Same(element, ElementFractions.Elements[column]);
        }
        Assert.All(["He", "Ne", "Ar", "Po", "At", "Rn", "Fr", "Ra", "Am"], symbol =>
        {
            Assert.True(Element.TryParse(symbol, out var element));
            Assert.Equal(-1, ElementFractions.ColumnOf(element));
        });
    }

    [Fact]
    public void Published_network_has_17_layers_and_4631361_parameters()
    {
        var model = Create();
        Assert.Equal(4_631_361, model.Parameters.ParameterCount);
        Assert.Equal(
            ["fc0_0", "fc0_1", "fc0_2", "fc0_3", "fc1_0", "fc1_1", "fc1_2", "fc2_0", "fc2_1", "fc2_2", "fc3_0", "fc3_1", "fc3_2", "fc4_0", "fc4_1", "fc5_0", "fc6"],
            model.Parts);
        Assert.Equal("fc6", model.Head);
        Assert.Equal(89_088, model.Parameters.Under("fc0_0").Sum(p => model.Parameters[p].Length));
        Assert.Equal(33, model.Parameters.Under("fc6").Sum(p => model.Parameters[p].Length));
    }

    [Fact]
    public void Fractions_sum_to_one_and_formulas_with_other_elements_are_refused_by_row()
    {
        using var data = Compositions("Al2O3", "HeNa2", "BaTiO3", "XeF2");
        using var source = Source(data);
        Assert.Equal([new RefusedRow(1, "He is none of the 86 elements whose fractions this model reads")], source.Refused);
        var batch = (ElemNetBatch)source.Create();
        source.Fill(batch, [2, 0, 3, 0]);
        Assert.Equal(4, batch.Count);
        Assert.Equal(0.6f, Of(1, "O"));
        Assert.Equal(0.4f, Of(1, "Al"));
        Assert.Equal(1 / 3f, Of(2, "Xe"));
        for (var row = 0; row < 4; row++) Assert.Equal(1, batch.Inputs.Slice(86 * row, 86).ToArray().Sum(x => (double)x), 6);
        Assert.Contains("He is none", Assert.Throws<ModelException>(() => source.Fill(batch, [1])).Message, StringComparison.Ordinal);

        float Of(int row, string symbol) =>
            Element.TryParse(symbol, out var element) ? batch.Inputs[86 * row + ElementFractions.ColumnOf(element)] : float.NaN;
    }

    [Fact]
    public void Prediction_and_hidden_layers_are_products_with_relu_between()
    {
        var model = Create(("architecture", "5x2-3x1-1"));
        Assert.Equal(["fc0_0", "fc0_1", "fc1_0"], model.Layers);
        using var data = Compositions("Al2O3", "BaTiO3");
        using var source = Source(data);
        var batch = source.Create();
        source.Fill(batch, [0, 1]);
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 2);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: false);
        for (var row = 0; row < 2; row++)
        {
            var x = ((ElemNetBatch)batch).Inputs.Slice(86 * row, 86).ToArray().Select(f => (double)f).ToArray();
            foreach (var layer in model.Layers)
            {
                x = Layer(layer, x).Select(v => Math.Max(0, v)).ToArray();
                Same(x, model.Hidden(tape, batch, layer), row);
            }
            Same(Layer(model.Head, x), model.Forward(tape, batch), row);
        }
        Assert.Contains("fc1_0", Assert.Throws<ModelException>(() => model.Hidden(tape, batch, "fc1_O")).Message, StringComparison.Ordinal);

        double[] Layer(string name, double[] x)
        {
            var (w, b) = (parameters.Export(name + ".W"), parameters.Export(name + ".b"));
            return [.. b.Select((shift, c) => shift + x.Select((v, r) => v * w[r * b.Length + c]).Sum())];
        }

        void Same(double[] expected, Tensor tensor, int row)
        {
            var got = new double[tensor.Length];
            tape.Read(tensor, got);
            for (var c = 0; c < expected.Length; c++) Assert.Equal(expected[c], got[row * expected.Length + c], 6);
        }
    }

    [Theory]
    [InlineData("off")]
    [InlineData("train")]
    public void Gradients_are_the_slopes_of_the_loss(string dropout)
    {
        var model = Create(("architecture", "12x2D-7x1D-5x1D-1"), ("dropout", dropout));
        using var data = Compositions("Al2O3", "NaCl", "BaTiO3", "Fe");
        using var source = Source(data);
        var batch = source.Create();
        source.Fill(batch, [0, 3, 1, 2, 3]);
        GradientCheck.Run(model, batch, spread: 3);
    }

    [Fact]
    public void Dropout_acts_where_its_mode_says()
    {
        var formulas = Enumerable.Range(1, 20).Select(i => $"Al{i}O3").ToArray();
        double[] Of(string mode, bool training)
        {
            var model = Create(("architecture", "32x1D-16x1D-1"), ("dropout", mode));
            using var data = Compositions(formulas);
            using var source = Source(data);
            var batch = source.Create();
            source.Fill(batch, Enumerable.Range(0, 20).ToArray());
            using var kernels = CpuKernels.Create();
            using var parameters = new ParameterSet(kernels, model.Parameters);
            parameters.Initialize(seed: 1);
            using var tape = new Tape(kernels, parameters);
            tape.Reset(training, seed: 3, step: 4);
            var y = new double[20];
            tape.Read(model.Forward(tape, batch), y);
            return y;
        }

        var plain = Of("off", training: false);
        Assert.Equal(plain, Of("off", training: true));
        Assert.Equal(plain, Of("train", training: false));
        Assert.NotEqual(plain, Of("train", training: true));
        Assert.NotEqual(plain, Of("always", training: false));
        Assert.Equal(Of("always", training: false), Of("always", training: false));
    }

    [Fact]
    public void Published_recipe_is_expressible_and_learns()
    {
        var settings = TrainSettings.Resolve(
        [
            new("loss", "mae"), new("learning_rate", 1e-4), new("epsilon", 1e-7), new("batch_size", 32L), new("scaling", "none"), new("clip", "none"),
            new("epochs", 4000L), new("patience", 200L),
        ]);
        var model = Create(("architecture", "64x2-32x1-1"));
        var formulas = Enumerable.Range(1, 12).SelectMany(i => Enumerable.Range(1, 12).Select(j => $"Al{i}O{j}Ti")).ToArray();
        using var data = Compositions(formulas);
        using var source = Source(data);
        var targets = Enumerable.Range(0, data.Count).Select(row => 3 * data.Composition(row).Fraction(Element.FromAtomicNumber(8)) - 1).ToArray();
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        var rows = Enumerable.Range(0, data.Count).ToArray();
        using var trainer = new Trainer(new TrainInputs
        {
            Model = model, Parameters = parameters, Source = source, Targets = targets, Settings = settings with { Epochs = 200 }, Seed = 1,
            TrainRows = rows.Where(row => row % 5 > 0).ToArray(), ValidationRows = rows.Where(row => row % 5 == 0).ToArray(),
        });
        Assert.Equal(TargetScaler.Identity, trainer.Scaler);
        Assert.True(trainer.Run().BestValidationError < 0.05);
    }

    static ElemNetSource Source(PreparedData data) => (ElemNetSource)ModelRegistry.Default["elemnet"].OpenSource(Create().Spec, data);

    static ElemNetModel Create(params (string Name, object? Value)[] settings) =>
        (ElemNetModel)ModelRegistry.Default.Create(ModelRegistry.Default.Resolve("elemnet", settings.Select(entry => KeyValuePair.Create(entry.Name, entry.Value))));

    static PreparedData Compositions(params string[] formulas) =>
        PreparedData.FromCompositions("formulas", Array.ConvertAll(formulas, Composition.Parse), () => CpuKernels.Create());
}
