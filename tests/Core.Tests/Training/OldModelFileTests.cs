using System.Globalization;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

/// <summary>Model files of earlier versions (tests/Upgrade) predict what the programs predicted that wrote them.</summary>
public sealed class OldModelFileTests
{
    static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Upgrade");

    /// <summary>eV/atom, of values of −2 to −37 with a scale of 12 to 14: float32 sums in another order.</summary>
    const double Tolerance = 2e-4;

    [Theory]
    [InlineData("megnet", 7)]
    [InlineData("atomsets", 7)]
    [InlineData("cgat", 7)]
    [InlineData("elemnet", 7)]
    public void It_predicts_what_it_predicted(string model, int inputs)
    {
        var file = ModelFile.Read(Path.Combine(Folder, "models", model + ".safetensors"));
        Assert.Equal("0.1.0", file.ProgramVersion);
        file.Check(ModelRegistry.Default);
        var expected = File.ReadAllLines(Path.Combine(Folder, "models/predictions.csv")).Select(line => line.Split(',')).Where(cells => cells[0] == model).ToArray();
        Assert.Equal(inputs, expected.Length);
        using var predictor = new Predictor(model, file, ModelRegistry.Default, () => CpuKernels.Create());
        Check(predictor);

        // Written by this version, it still does.
        using var stream = new MemoryStream();
        file.WriteTo(stream);
        using var again = new Predictor(model, ModelFile.Read(stream.ToArray(), "memory"), ModelRegistry.Default, () => CpuKernels.Create());
        Check(again);

        void Check(Predictor predictor)
        {
            var predictions = predictor.Predict([.. expected.Select(cells => Input(cells[1]))]);
            foreach (var (cells, prediction) in expected.Zip(predictions))
            {
                Assert.Null(prediction.Error);
                Assert.Equal(cells[3], prediction.Unit);
                Assert.Equal(double.Parse(cells[2], CultureInfo.InvariantCulture), prediction.Value!.Value, Tolerance);
            }
        }
    }

    [Fact]
    public void What_no_revision_of_today_predicts_is_refused_by_its_revision()
    {
        var registry = ModelRegistry.Default;
        var forest = new ModelSpec("random_forest", 1, []);
        Assert.Same(forest, registry.Current(forest));
        Assert.Contains("'random_forest' of revision 1, this program makes revision 2", Assert.Throws<ModelException>(() => registry.Check(forest)).Message);
        var other = new ModelSpec("elemnet", 1, new Dictionary<string, object> { ["input"] = "other", ["widths"] = new long[] { 4 } });
        Assert.Same(other, registry.Current(other));
        var unknown = new ModelSpec("nonsense", 1, []);
        Assert.Same(unknown, registry.Current(unknown));
    }

    [Fact]
    public void An_elemnet_of_revision_1_has_blocks_where_the_width_changes()
    {
        var now = ModelRegistry.Default.Current(new ModelSpec("elemnet", 1, new Dictionary<string, object>
        {
            ["input"] = "fractions86", ["widths"] = new long[] { 9, 9, 8, 7, 7, 7, 6, 5, 9 }, ["dropout"] = "train", ["output"] = "sigmoid",
        }));
        Assert.Equal((2, "9x2D-8x1D-7x3D-6x1D-5x1-9x1-1", "train", "sigmoid", "ef86", 86),
            (now.Revision, now.Text("architecture"), now.Text("dropout"), now.Text("output"), now.Text("input"), now.Integer("input_width")));
        ModelRegistry.Default.Check(now);
    }

    static PredictionInput Input(string name) => name.EndsWith(".poscar", StringComparison.Ordinal)
        ? PredictionInput.Of(name, PoscarReader.ReadFile(Path.Combine(Folder, "structures", name)))
        : PredictionInput.Of(name, Composition.Parse(name));
}
