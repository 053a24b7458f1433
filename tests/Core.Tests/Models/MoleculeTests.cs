using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.Published;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class MoleculeTests
{
    /// <summary>Methane as in the first entry of QM9.</summary>
    const string Methane = """
        5
        methane
        C -0.0126981359  1.0858041578  0.0080009958 -0.535689
        H  0.0021504160 -0.0060313176  0.0019761204  0.133921
        H  1.0117308433  1.4637511618  0.0002765748  0.133922
        H -0.5408150690  1.4475266138 -0.8766437152  0.133923
        H -0.5238136345  1.4379326443  0.9063972942  0.133923
        """;

    [DataFact]
    public void A_molecule_file_predicts_as_the_published_notebook()
    {
        var molecule = Molecule.ParseXyz(Methane);
        using var kernels = CpuKernels.Create();
        double Predict(string target)
        {
            var published = Fixtures.Instance.Published.Open("qm9-2018.6.1_" + target);
            using var predictor = new PublishedPredictor(published, kernels);
            return predictor.Predict(new GraphList([molecule.Graph(published.TypeOf)]))[0];
        }

        Assert.Equal(-10.557, Predict("HOMO"), 2e-3);
        Assert.Equal(-17.166, Predict("U0"), 2e-3);
        Assert.Equal(3151.626, Predict("omega1"), 0.3); // the notebook's distances differ from this geometry's in the fifth decimal
    }

    [Fact]
    public void Every_pair_is_a_bond_both_ways_unless_a_cutoff_says_otherwise()
    {
        var molecule = Molecule.ParseXyz("3\n\nC 0 0 0\nO -1 0 0\nO 1 0 0\n");
        Assert.Equal(6, molecule.Graph(z => z).EdgeCount);
        var near = molecule.Graph(z => z, cutoffAngstrom: 1);
        Assert.Equal([0, 2, 3, 4], near.View.EdgeOffsets.ToArray());
        Assert.Equal([1, 2, 0, 0], near.View.Neighbors.ToArray());
        Assert.Equal([1f, 1, 1, 1], near.View.Distances.ToArray());
    }

    [DataFact]
    public void Elements_that_a_network_was_not_made_for_are_refused()
    {
        var published = Fixtures.Instance.Published.Open("matgl_MEGNet-MP-2018.6.1-Eform");
        using var kernels = CpuKernels.Create();
        using var predictor = new PublishedPredictor(published, kernels);
        var polonium = TestGraphs.Of([TestCrystals.Eight[7]], 4);
        Assert.Contains("element type 84", Assert.Throws<ModelException>(() => predictor.Predict(polonium)).Message);
    }

    [Theory]
    [InlineData("C 0 0 0", "line 1")]
    [InlineData("2\n\nC 0 0 0", "ends after line 3")]
    [InlineData("1\n\nC 0 0", "line 3")]
    [InlineData("1\n\nC 0 0 x", "'x' is no coordinate")]
    public void Damaged_files_are_refused_by_line(string text, string message) =>
        Assert.Contains(message, Assert.Throws<ModelException>(() => Molecule.ParseXyz(text)).Message);
}
