using System.Text.Json;
using AtomSets.Models;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class MegNetFeatureTests
{
    const string Parent = "mp-2019.4.1_formation_energy";

    /// <summary>Our names and those of the fixtures, which call the output before the residual V1 and after it V1_skip.</summary>
    static readonly (string Ours, string Theirs)[] Levels =
    [
        ("V0", "V0"), ("V1_pre", "V1"), ("V2_pre", "V2"), ("V3_pre", "V3"), ("V1", "V1_skip"), ("V2", "V2_skip"), ("V3", "V3_skip"),
        ("U1_pre", "U1"), ("U2_pre", "U2"), ("U3_pre", "U3"), ("U3", "U3_skip"), ("site_readout", "set2set_atom"), ("bond_readout", "set2set_bond"),
        ("final", "final"), ("readout_0", "readout_0"), ("readout_1", "readout_1"),
    ];

    [DataTheory]
    [InlineData("Li2O_pymatgen")]
    [InlineData("NaCl_rocksalt_8")]
    [InlineData("CsCl_4.1437")]
    [InlineData("Mo_bcc_conv_3.6")]
    public void Every_layer_is_that_of_the_published_network(string name)
    {
        var structure = Fixtures.Instance[name];
        var expected = structure.Json.GetProperty("features_" + Parent);
        var published = Fixtures.Instance.Published.Open(Parent);
        var network = (MegNetModel)published.Model;
        using var kernels = new ReferenceKernels();
        using var source = new MegNetSource(network.Settings, structure.Graphs(5));
        foreach (var (ours, theirs) in Levels)
        {
            var rows = expected.GetProperty(theirs).EnumerateArray().ToArray();
            var table = MegNetFeatures.Extract(network, published.Weights, source, ours, kernels);
            Assert.Equal(rows.Length, table.RowCount(0));
            var values = rows.SelectMany(row => row.EnumerateArray()).Select(x => x.GetDouble()).ToArray();
            Assert.Equal(values.Length, table[0].Length);
            // Values are stored as float32; inner values reach 20.
            for (var i = 0; i < values.Length; i++)
                Assert.True(Math.Abs(table[0][i] - values[i]) <= 1e-5 * Math.Max(1, Math.Abs(values[i])), $"{ours}[{i}]: {table[0][i]} against {values[i]}");
        }
    }

    [DataFact]
    public void Features_of_a_material_do_not_depend_on_the_others()
    {
        var published = Fixtures.Instance.Published.Open(Parent);
        var network = (MegNetModel)published.Model;
        using var kernels = CpuKernels.Create();
        using var together = new MegNetSource(network.Settings, TestGraphs.Of(Fixtures.Instance.Structures.Select(s => s.Crystal), 5));
        var all = MegNetFeatures.Extract(network, published.Weights, together, "V1", kernels);
        for (var row = 0; row < all.Count; row++)
        {
            using var single = new MegNetSource(network.Settings, Fixtures.Instance.Structures[row].Graphs(5));
            var alone = MegNetFeatures.Extract(network, published.Weights, single, "V1", kernels)[0];
            Assert.Equal(alone.Length, all[row].Length);
            for (var i = 0; i < alone.Length; i++) Assert.Equal(alone[i], all[row][i], 1e-5f * Math.Max(1, Math.Abs(alone[i])));
        }
    }

    [DataFact]
    public void V0_is_the_published_elemental_embedding()
    {
        using var table = JsonDocument.Parse(File.ReadAllBytes(TestData.Path("models/elemental_embedding_3MEGNet_layer.json")));
        var published = Fixtures.Instance.Published.Open(Parent);
        var network = (MegNetModel)published.Model;
        foreach (var entry in table.RootElement.EnumerateObject())
        {
            var z = AtomSets.Materials.Element.Parse(entry.Name).AtomicNumber;
            var row = published.Weights["embed.atom"].AsSpan(16 * z, 16).ToArray();
            Assert.Equal(entry.Value.EnumerateArray().Select(x => (float)x.GetDouble()), row);
        }
    }

    [Fact]
    public void Names_of_levels_are_checked()
    {
        Assert.Contains("did you mean 'V1_pre'", Assert.Throws<ModelException>(() => FeatureLevel.Parse("V1_pred")).Message);
        Assert.Contains("needs 4 blocks, the network has 3", Assert.Throws<ModelException>(() => FeatureLevel.Parse("V4").WidthIn(new MegNetSettings())).Message);
        Assert.Equal(96, FeatureLevel.Parse("final").WidthIn(new MegNetSettings()));
        Assert.Equal(160, FeatureLevel.Parse("final").WidthIn(new MegNetSettings { Variant = MegNetVariant.MatGL }));
        Assert.All(FeatureLevel.Names(3), name => Assert.Equal(name, FeatureLevel.Parse(name).Name));
    }
}
