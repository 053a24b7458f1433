using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.AtomSets;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class AtomSetsTests
{
    static readonly MegNetModel SmallParent = new(new MegNetSettings { Embedding = 5, Hidden = 8, Width = 6, Readout = 3, GaussianCentres = 10 });

    [Theory]
    [InlineData("V0", 13_633)]
    [InlineData("V1", 14_657)]
    [InlineData("V1_pre", 14_657)]
    [InlineData("embedding", 17_697)]
    [InlineData("final", 10_433)]
    public void Parameters_number_as_in_the_published_code(string features, int count)
    {
        var parent = new MegNetModel(new MegNetSettings());
        using var data = Data(parent);
        Assert.Equal(count, Create(data, ("features", features)).Parameters.ParameterCount);
    }

    [Fact]
    public void Prediction_is_rho_of_the_weighted_mean_of_phi()
    {
        using var data = Compositions("Al2O3", "NaCl", "Fe");
        var model = Create(data, ("phi", new long[] { 4 }), ("rho", new long[] { 3 }), ("alpha", 2.0));
        var weights = Random(model);
        var got = Predict(model, weights, data, [0, 1, 2]);

        double[] Dense(string name, double[] x, int width, bool relu)
        {
            var (w, b) = (weights[name + ".W"], weights[name + ".b"]);
            var y = new double[width];
            for (var c = 0; c < width; c++)
            {
                y[c] = b[c] + Enumerable.Range(0, x.Length).Sum(r => x[r] * w[r * width + c]);
                if (relu) y[c] = Math.Max(0, y[c]);
            }
            return y;
        }

        (int Z, double Amount)[][] sets = [[(13, 2), (8, 3)], [(11, 1), (17, 1)], [(26, 1)]];
        var table = data.Parent!.Weights["embed.atom"];
        for (var m = 0; m < sets.Length; m++)
        {
            var pooled = new double[4];
            var total = sets[m].Sum(item => item.Amount * item.Amount);
            foreach (var (z, amount) in sets[m])
            {
                var row = Dense("phi.0", Enumerable.Range(0, 5).Select(k => (double)table[5 * z + k]).ToArray(), 4, relu: true);
                for (var c = 0; c < 4; c++) pooled[c] += amount * amount / total * row[c];
            }
            var expected = Dense("rho.1", Dense("rho.0", pooled, 3, relu: true), 1, relu: false)[0];
            Assert.Equal(expected, got[m], 10);
        }
    }

    [Theory]
    [InlineData("mean")]
    [InlineData("set2set")]
    [InlineData("both")]
    public void Elements_with_amounts_predict_as_their_atoms_one_by_one(string pooling)
    {
        using var data = Data(SmallParent);
        (string, object?)[] settings = [("pooling", pooling), ("set2set_hidden", 4L)];
        var byElement = Create(data, settings);
        var perAtom = Create(data, [.. settings, ("per_atom", true)]);
        var weights = Random(byElement);
        var rows = Enumerable.Range(0, data.Count).ToArray();
        var expected = Predict(byElement, weights, data, rows);
        var got = Predict(perAtom, weights, data, rows);
        for (var row = 0; row < rows.Length; row++) Assert.Equal(expected[row], got[row], 6);
        Assert.True(expected.Distinct().Count() > 5);
    }

    [Theory]
    [InlineData("V0", "mean")]
    [InlineData("V1", "both")]
    [InlineData("V2_pre", "set2set")]
    [InlineData("embedding", "both")]
    [InlineData("final", "mean")]
    public void Gradients_are_the_slopes_of_the_loss(string features, string pooling)
    {
        using var data = Data(SmallParent);
        var model = Create(data, ("features", features), ("pooling", pooling), ("phi", new long[] { 5, 4 }), ("rho", new long[] { 4 }),
            ("set2set_hidden", 3L), ("activation", "silu"), ("embedding", 4L), ("outputs", 2L));
        using var source = ModelRegistry.Default["atomsets"].OpenSource(model.Spec, data);
        var batch = source.Create();
        source.Fill(batch, [0, 3, 7, 3]);
        GradientCheck.Run(model, batch, spread: 1.5);
    }

    [Fact]
    public void Standardised_inputs_have_mean_0_and_deviation_1_over_the_training_rows_and_are_kept_in_the_spec()
    {
        using var data = Data(SmallParent);
        var spec = ModelRegistry.Default.Resolve("atomsets", [new("features", "V1"), new("standardise", true)]);
        int[] training = [0, 2, 4, 6];
        var bound = ModelRegistry.Default.Network("atomsets").Bind(spec, data, training);
        Assert.Equal(bound, ModelRegistry.Default.Network("atomsets").Bind(bound, data, [1]));
        Assert.Equal(bound, ModelSpec.Parse(bound.ToJson()));
        using var source = (AtomSetsSource)ModelRegistry.Default["atomsets"].OpenSource(bound, data);
        var batch = (AtomSetsBatch)source.Create();
        source.Fill(batch, training);
        for (var c = 0; c < 6; c++)
        {
            var column = Enumerable.Range(0, batch.Rows).Select(r => (double)batch.Features[6 * r + c]).ToArray();
            Assert.Equal(0, column.Average(), 4);
            Assert.Equal(1, column.Average(x => x * x), 3);
        }
    }

    [Fact]
    public void Elements_outside_the_table_are_refused_by_row()
    {
        using var data = Compositions("NaCl", "PoO2", "Og");
        var model = Create(data, ("features", "embedding"), ("elements", 85L));
        using var source = ModelRegistry.Default["atomsets"].OpenSource(model.Spec, data);
        Assert.Equal([2], source.Refused.Select(entry => entry.Row));
        var batch = source.Create();
        Assert.Contains("118", Assert.Throws<ModelException>(() => source.Fill(batch, [2])).Message);
        source.Fill(batch, [1, 0]);
        Assert.Equal(2, batch.Count);
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        using var formulas = Compositions("NaCl");
        Assert.Contains("crystal structures", Assert.Throws<ModelException>(() => formulas.Features("V1")).Message);
        using var orphan = PreparedData.FromCompositions("set", [Composition.Parse("NaCl")], () => CpuKernels.Create());
        var family = ModelRegistry.Default.Network("atomsets");
        var spec = ModelRegistry.Default.Resolve("atomsets", []);
        Assert.Contains("none is given as parent", Assert.Throws<ModelException>(() => family.Bind(spec, orphan, [0])).Message);
        Assert.Contains("bind", Assert.Throws<ModelException>(() => family.Create(spec)).Message);
        Assert.Equal(ModelNeeds.Parent, family.Needs(spec));
        Assert.Equal(ModelNeeds.Parent | ModelNeeds.Structures, family.Needs(ModelRegistry.Default.Resolve("atomsets", [new("features", "V1")])));
        Assert.Equal(ModelNeeds.None, family.Needs(ModelRegistry.Default.Resolve("atomsets", [new("features", "embedding")])));
    }

    [Fact]
    public void Features_are_extracted_once()
    {
        using var data = Data(SmallParent);
        Assert.Same(data.Features("V1"), data.Features("V1"));
        Assert.NotEqual(data.Features("V1").Offsets, data.Features("U1").Offsets);
    }

    [Fact]
    public void Eight_crystals_are_learned_by_heart()
    {
        using var data = Data(SmallParent);
        var model = Create(data, ("features", "V1"), ("standardise", true));
        using var source = ModelRegistry.Default["atomsets"].OpenSource(model.Spec, data);
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2, 3, 4, 5, 6, 7]);
        float[] target = [-1.2f, 0.4f, 1.9f, -0.3f, 0.8f, -1.7f, 0.05f, 1.1f];
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var tape = new Tape(kernels, parameters);
        var adam = new Adam(5e-3);
        var value = double.NaN;
        for (var step = 0; step < 1000 && !(value < 1e-4); step++)
        {
            tape.Reset(training: true);
            parameters.ZeroGradients();
            var loss = tape.MeanSquaredError(model.Forward(tape, batch), tape.Input(target, 8, 1));
            tape.Backward(loss);
            adam.Step(parameters);
            value = tape.Scalar(loss);
        }
        Assert.InRange(value, 0, 1e-4);
    }

    static PreparedData Data(MegNetModel parent) => PreparedData.FromCrystals("eight", TestCrystals.Eight, () => CpuKernels.Create(), Parent(parent));

    static PreparedData Compositions(params string[] formulas) =>
        PreparedData.FromCompositions("formulas", formulas.Select(Composition.Parse).ToArray(), () => CpuKernels.Create(), Parent(SmallParent));

    static ParentModel Parent(MegNetModel model) => new("parent", model, Random(model), "hash");

    static IModel Create(PreparedData data, params (string Key, object? Value)[] settings)
    {
        var family = ModelRegistry.Default.Network("atomsets");
        var spec = ModelRegistry.Default.Resolve("atomsets", settings.Select(entry => KeyValuePair.Create(entry.Key, entry.Value)));
        return family.Create(family.Bind(spec, data, Enumerable.Range(0, data.Count).ToArray()));
    }

    static Dictionary<string, float[]> Random(IModel model)
    {
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 4);
        return model.Parameters.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameters.Export(parameter.Name));
    }

    static double[] Predict(IModel model, IReadOnlyDictionary<string, float[]> weights, PreparedData data, int[] rows)
    {
        using var source = ModelRegistry.Default["atomsets"].OpenSource(model.Spec, data);
        var batch = source.Create();
        source.Fill(batch, rows);
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        foreach (var (name, values) in weights) parameters.Import(name, values.AsSpan());
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: false);
        var result = new double[rows.Length];
        tape.Read(model.Forward(tape, batch), result.AsSpan());
        return result;
    }
}
