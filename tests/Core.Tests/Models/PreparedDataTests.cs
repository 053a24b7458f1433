using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class PreparedDataTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("prepared").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_data_set_gives_the_graphs_and_features_of_its_crystals()
    {
        var set = new DataSetLoader(new DataLocations(null, _folder), DataSetRegistry.Shared).Load("ionic:12:3");
        var model = new MegNetModel(new MegNetSettings { Hidden = 8, Width = 6, Readout = 3, GaussianCentres = 10 });
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 4);
        var parent = new ParentModel(
            "parent", model, model.Parameters.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameters.Export(parameter.Name)), "hash");
        using var stored = PreparedData.From(set, _folder, () => new ReferenceKernels(), parent);
        using var inMemory = PreparedData.FromCrystals("crystals", set.Crystals, () => new ReferenceKernels(), parent);
        Assert.Same(stored.Graphs(5), stored.Graphs(5));
        Assert.NotEqual(stored.Graphs(5)[0].EdgeCount, stored.Graphs(3)[0].EdgeCount);
        foreach (var level in FeatureLevel.Names(3))
        {
            var (a, b) = (stored.Features(level), inMemory.Features(level));
            Assert.Equal(12, a.Count);
            for (var row = 0; row < 12; row++) Assert.Equal(b[row].ToArray(), a[row].ToArray());
        }
        Assert.Equal(set.Crystal(5).AtomCount, stored.Features("V1").RowCount(5));
        Assert.Equal(1, stored.Features("final").RowCount(5));
    }
}
