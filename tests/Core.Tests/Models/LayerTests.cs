using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

/// <summary>Layers of a parent joined and pooled, and the bonds' layers.</summary>
public sealed class LayerTests
{
    const string Published = "mp-2019.4.1_formation_energy";

    static readonly MegNetModel SmallParent = new(new MegNetSettings { Embedding = 5, Hidden = 8, Width = 6, Readout = 3, GaussianCentres = 10 });

    [Theory]
    [InlineData("V1_stats", 192, false)]
    [InlineData("V0_stats", 96, false)]
    [InlineData("V0+V1", 48, true)]
    [InlineData("V1_pre+U1", 64, true)]
    [InlineData("V1_mean+final", 128, false)]
    [InlineData("E2_pre", 32, true)]
    [InlineData("E3_mean", 32, false)]
    public void Widths_and_rows_follow_from_the_name(string layers, int width, bool perAtom)
    {
        Assert.Equal(width, ParentFeatures.WidthIn(new MegNetSettings().ToSpec(), layers));
        Assert.Equal(perAtom, LayerNames.Parse(layers).IsPerAtom);
    }

    [Theory]
    [InlineData("V0+V1+V0", "twice")]
    [InlineData("final_stats", "nothing to pool")]
    [InlineData("V1_stat", "'V1_stat' is unknown")]
    [InlineData("V0+", "unknown")]
    public void Names_that_mean_nothing_are_refused(string layers, string reason) =>
        Assert.Contains(reason, Assert.Throws<ModelException>(() => LayerNames.Parse(layers)).Message);

    [Fact]
    public void Joined_layers_stand_beside_each_other_and_what_is_one_row_is_repeated()
    {
        using var data = Data();
        var (v0, v1, u2) = (data.Features("V0"), data.Features("V1"), data.Features("U2"));
        var joined = data.Features("V0+U2+V1");
        Assert.Equal(5 + 6 + 6, joined.Width);
        Assert.Equal(["V0.0", "U2.5", "V1.5"], new[] { joined.Columns[0], joined.Columns[10], joined.Columns[16] });
        for (var material = 0; material < data.Count; material++)
        {
            Assert.Equal(v1.RowCount(material), joined.RowCount(material));
            for (var atom = 0; atom < joined.RowCount(material); atom++)
            {
                float[] expected = [.. v0[material].Slice(5 * atom, 5), .. u2[material], .. v1[material].Slice(6 * atom, 6)];
                Assert.Equal(expected, joined[material].Slice(17 * atom, 17).ToArray());
            }
        }
    }

    /// <summary>Of the formula alone, weighted by amounts; of the structure, atom by atom.</summary>
    [Fact]
    public void Element_statistics_of_a_formula_are_those_of_its_atoms()
    {
        using var data = Data();
        var pooled = data.Features("V0_stats");
        var atoms = data.Features("V0");
        Assert.Equal("V0.mad.3", pooled.Columns[4 * 5 + 3]);
        var expected = new float[30];
        for (var material = 0; material < data.Count; material++)
        {
            SiteStatistics.Compute(atoms[material], 5, [], expected);
            for (var i = 0; i < 30; i++) Assert.Equal(expected[i], pooled[material][i], 1e-6f);
        }
        using var formulas = PreparedData.FromCompositions("formulas", [Composition.Parse("Al2O3"), Composition.Parse("Og")], () => CpuKernels.Create(), Parent(SmallParent));
        var table = formulas.Features("V0_mean");
        Assert.Equal([0, 1, 1], table.Offsets);
        Assert.Contains("118", table.Refused.Single().Reason);
        var rows = Weights["embed.atom"];
        for (var i = 0; i < 5; i++) Assert.Equal((2 * rows[5 * 13 + i] + 3 * rows[5 * 8 + i]) / 5, table[0][i], 1e-6f);
    }

    [DataTheory]
    [InlineData("Li2O_pymatgen")]
    [InlineData("NaCl_rocksalt_8")]
    [InlineData("CsCl_4.1437")]
    public void Statistics_of_the_published_layer_are_those_of_the_fixtures_values(string name)
    {
        var structure = Fixtures.Instance[name];
        var atoms = structure.Json.GetProperty("features_" + Published).GetProperty("V1_skip").EnumerateArray().Select(row => row.EnumerateArray().Select(x => x.GetDouble()).ToArray()).ToArray();
        using var data = OfPublished(structure.Crystal);
        var got = data.Features("V1_stats")[0];
        Assert.Equal(192, got.Length);
        for (var c = 0; c < 32; c++)
        {
            var column = atoms.Select(row => row[c]).Order().ToArray();
            var mean = column.Average();
            // Equal sites: the most frequent of the values as printed with four digits.
            var mode = column.GroupBy(x => Math.Round(x, 4)).MaxBy(group => group.Count())!.First();
            double[] expected = [column[0], column[^1], column[^1] - column[0], mean, column.Average(x => Math.Abs(x - mean)), mode];
            for (var s = 0; s < 6; s++) Assert.True(Math.Abs(got[32 * s + c] - expected[s]) < 5e-5, $"{SiteStatistics.Names[s]} of {c}: {got[32 * s + c]} against {expected[s]}");
        }
    }

    /// <summary>The state is computed of the mean bond and the mean atom: with the published weights, by hand.</summary>
    [DataTheory]
    [InlineData("NaCl_rocksalt_8")]
    [InlineData("Li2O_pymatgen")]
    public void Mean_bonds_are_what_the_state_reads(string name)
    {
        var structure = Fixtures.Instance[name];
        using var data = OfPublished(structure.Crystal);
        var weights = data.Parent!.Weights;
        var before = Softplus(Dense(weights, "pre.state.1", Softplus(Dense(weights, "pre.state.0", [0, 0]))));
        double[] inputs = [.. Values(data, "E1_pre_mean"), .. Values(data, "V1_pre_mean"), .. before];
        var state = Dense(weights, "block0.phi_u.2", Softplus(Dense(weights, "block0.phi_u.1", Softplus(Dense(weights, "block0.phi_u.0", inputs)))));
        var expected = structure.Json.GetProperty("features_" + Published).GetProperty("U1")[0].EnumerateArray().Select(x => x.GetDouble()).ToArray();
        for (var c = 0; c < 32; c++) Assert.Equal(expected[c], state[c], 2e-5);
    }

    /// <summary>The residual adds the bonds as they were: e₂ = e₁ + φ, so that the means differ by the mean of φ.</summary>
    [Fact]
    public void Bonds_after_the_residual_are_those_before_and_the_layers_own()
    {
        using var data = Data();
        var (first, own, second) = (data.Features("E1"), data.Features("E2_pre"), data.Features("E2"));
        for (var material = 0; material < data.Count; material++)
            for (var i = 0; i < first[material].Length; i++)
                Assert.Equal(first[material][i] + own[material][i], second[material][i], 1e-5f);
        Assert.NotEqual(first.Values, second.Values);
    }

    [Fact]
    public void Sets_of_joined_layers_and_vectors_of_statistics_are_models_as_others()
    {
        using var data = Data(new MegNetModel(new MegNetSettings()));
        Assert.Equal(14_657 + 16 * 64, AtomSets(data, "V0+V1").Parameters.ParameterCount);
        Assert.Equal(192 * 64 + 64 + 64 * 64 + 64 + 65, AtomSets(data, "V1_stats").Parameters.ParameterCount); // no φ: an MLP
        Assert.Equal(ModelNeeds.Parent, ModelRegistry.Default["atomsets"].Needs(Spec("atomsets", "V0_stats")));
        Assert.Equal(ModelNeeds.Parent | ModelNeeds.Structures, ModelRegistry.Default["ridge"].Needs(Spec("ridge", "V1_stats")));
        Assert.Equal(ModelNeeds.Parent, ModelRegistry.Default["ridge"].Needs(Spec("ridge", "V0_stats")));
        Assert.Contains("features:V1_stats", Assert.Throws<ModelException>(() => ModelRegistry.Default["ridge"].Needs(Spec("ridge", "V1"))).Message);
        Assert.Contains("features:V1_stats", Assert.Throws<ModelException>(() => ModelRegistry.Default["elemnet"].Needs(Spec("elemnet", "V1"))).Message);
        using var source = ModelRegistry.Default["ridge"].OpenSource(Spec("ridge", "V1_stats"), data);
        var batch = (VectorBatch)source.Create();
        source.Fill(batch, [3, 0]);
        Assert.Equal(data.Features("V1_stats")[3], batch[0]);
    }

    static Dictionary<string, float[]> Weights { get; } = Random(SmallParent);

    static IModel AtomSets(PreparedData data, string layers)
    {
        var family = ModelRegistry.Default.Network("atomsets");
        return family.Create(family.Bind(Spec("atomsets", layers), data, [0, 1, 2]));
    }

    static ModelSpec Spec(string kind, string layers) => ModelRegistry.Default.Resolve(kind, [new("features", layers)]);

    static PreparedData Data(MegNetModel? parent = null) => PreparedData.FromCrystals("eight", TestCrystals.Eight, () => CpuKernels.Create(), Parent(parent ?? SmallParent));

    static PreparedData OfPublished(Crystal crystal)
    {
        var published = Fixtures.Instance.Published.Open(Published);
        return PreparedData.FromCrystals("one", [crystal], () => new ReferenceKernels(), new ParentModel(Published, published.Model, published.Weights, published.ContentHash));
    }

    static ParentModel Parent(MegNetModel model) => new("parent", model, model == SmallParent ? Weights : Random(model), "hash");

    static double[] Values(PreparedData data, string layers) => Array.ConvertAll(data.Features(layers)[0].ToArray(), x => (double)x);

    static double[] Dense(IReadOnlyDictionary<string, float[]> weights, string layer, double[] x)
    {
        var (w, b) = (weights[layer + ".W"], weights[layer + ".b"]);
        return [.. b.Select((bias, c) => bias + x.Select((value, r) => value * w[r * b.Length + c]).Sum())];
    }

    static double[] Softplus(double[] x) => Array.ConvertAll(x, value => Math.Log(1 + Math.Exp(value)) - Math.Log(2));

    static Dictionary<string, float[]> Random(MegNetModel model)
    {
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 4);
        return model.Parameters.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameters.Export(parameter.Name));
    }
}
