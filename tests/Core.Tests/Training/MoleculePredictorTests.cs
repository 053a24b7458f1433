using AtomSets.Core.Tests.Models;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class MoleculePredictorTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("molecules").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>All thirteen networks on methane, with the numbers of the authors' notebook; its distances are those of the file but for the fifth decimal.</summary>
    [DataFact]
    public void Every_published_network_for_molecules_predicts_its_file()
    {
        var methane = Write("methane.xyz", """
            5
            methane
            C -0.0126981359  1.0858041578  0.0080009958
            H  0.0021504160 -0.0060313176  0.0019761204
            H  1.0117308433  1.4637511618  0.0002765748
            H -0.5408150690  1.4475266138 -0.8766437152
            H -0.5238136345  1.4379326443  0.9063972942
            """);
        (string Name, double Value)[] notebook =
        [
            ("mu", -0.008), ("alpha", 13.127), ("HOMO", -10.557), ("LUMO", 3.241), ("gap", 13.622), ("R2", 35.975), ("ZPVE", 1.215), ("U0", -17.166), ("U", -17.353),
            ("H", -17.420), ("G", -16.107), ("Cv", 6.427), ("omega1", 3151.626),
        ];
        Assert.Equal(notebook.Select(one => "qm9-2018.6.1_" + one.Name).Order(StringComparer.Ordinal), Fixtures.Instance.Published.Names.Where(name => name.StartsWith("qm9-", StringComparison.Ordinal)));
        foreach (var (name, value) in notebook)
        {
            using var predictor = new MoleculePredictor(Fixtures.Instance.Published.Open("qm9-2018.6.1_" + name), CpuKernels.Create());
            var prediction = Assert.Single(predictor.Predict([methane]));
            Assert.Null(prediction.Error);
            Assert.True(Math.Abs(prediction.Value!.Value - value) < Math.Max(2e-3, 1e-4 * Math.Abs(value)), $"{name}: {prediction.Value} against {value}");
        }
    }

    [DataFact]
    public void A_file_that_cannot_be_predicted_harms_no_other()
    {
        using var predictor = new MoleculePredictor(Fixtures.Instance.Published.Open("qm9-2018.6.1_gap"), CpuKernels.Create());
        var rows = predictor.Predict([Write("iron.xyz", "1\n\nFe 0 0 0\n"), Write("broken.xyz", "two\n"), "POSCAR", Path.Combine(_folder, "none.xyz"), Write("h2.xyz", "2\n\nH 0 0 0\nH 0 0 0.74\n")]).ToArray();
        Assert.Contains("does not know the element with atomic number 26", rows[0].Error);
        Assert.Contains("line 1", rows[1].Error);
        Assert.Contains("predicts molecules", rows[2].Error);
        Assert.Contains("there is no file", rows[3].Error);
        Assert.True(double.IsFinite(rows[4].Value!.Value));
    }

    string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
