using AtomSets.Materials;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class MegNetBatchTests
{
    [Fact]
    public void Graphs_are_concatenated_and_equal_lengths_kept_once_per_material()
    {
        var batch = new MegNetBatch(95, 0);
        Assert.Null(batch.Add(CrystalGraph.FromEdges([8, 1, 1], [0, 2, 3, 4], [1, 2, 0, 0], [1.5f, 2.5f, 1.5f, 2.5f]).View));
        Assert.Null(batch.Add(CrystalGraph.FromEdges([55], [0, 0], [], []).View));
        Assert.Null(batch.Add(CrystalGraph.FromEdges([6, 6], [0, 1, 3], [1, 0, 1], [2.5f, 2.5f, 2.50001f]).View));
        Assert.Equal([8, 1, 1, 55, 6, 6], batch.AtomicNumbers.ToArray());
        Assert.Equal([0, 0, 0, 1, 2, 2], batch.AtomGraphs.ToArray());
        Assert.Equal([0, 0, 1, 2, 4, 5, 5], batch.Centres.ToArray());
        Assert.Equal([1, 2, 0, 0, 5, 4, 5], batch.Neighbours.ToArray());
        Assert.Equal([0, 0, 0, 0, 2, 2, 2], batch.BondGraphs.ToArray());
        Assert.Equal([0, 2, 3, 4, 4, 5, 7], batch.BondsByAtom.ToArray());
        Assert.Equal([0, 4, 4, 7], batch.BondsByGraph.ToArray());
        Assert.Equal([0, 3, 4, 6], batch.AtomsByGraph.ToArray());
        Assert.Equal([1.5f, 2.5f, 2.5f, 2.50001f], batch.Distances.ToArray());
        Assert.Equal([0, 1, 0, 1, 2, 2, 3], batch.Lengths.ToArray());
    }

    [Theory]
    [InlineData(true, 6)]
    [InlineData(false, 8)]
    public void Bonds_to_images_of_one_neighbour_at_one_distance_are_merged_if_wanted(bool merges, int bonds)
    {
        var batch = new MegNetBatch(95, 0, merges);
        for (var copy = 0; copy < 2; copy++)
            batch.Add(CrystalGraph.FromEdges([6, 8], [0, 3, 4], [1, 1, 1, 0], [1.5f, 2.5f, 1.5f, 1.5f]).View);
        Assert.Equal(bonds, batch.Bonds);
        Assert.Equal(8, batch.Multiplicities.ToArray().Sum());
        if (!merges) return;
        Assert.Equal([2f, 1, 1, 2, 1, 1], batch.Multiplicities.ToArray());
        Assert.Equal([0, 0, 1, 2, 2, 3], batch.Centres.ToArray());
        Assert.Equal([1, 1, 0, 3, 3, 2], batch.Neighbours.ToArray());
        Assert.Equal([0, 1, 0, 2, 3, 2], batch.Lengths.ToArray());
        Assert.Equal([0, 2, 3, 5, 6], batch.BondsByAtom.ToArray());
        Assert.Equal([0, 3, 6], batch.BondsByGraph.ToArray());
        Assert.Equal([0, 0, 0, 1, 1, 1], batch.BondGraphs.ToArray());
    }

    [Theory]
    [InlineData(MegNetVariant.Original)]
    [InlineData(MegNetVariant.MatGL)]
    public void Merged_bonds_change_no_prediction(MegNetVariant variant)
    {
        var model = new MegNetModel(new MegNetSettings { Hidden = 8, Width = 6, Readout = 3, GaussianCentres = 10, Variant = variant });
        var graphs = TestGraphs.Of(TestCrystals.Eight, 5);
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 2);
        using var tape = new Tape(kernels, parameters);
        double[] Predict(bool merges)
        {
            var batch = new MegNetBatch(95, 0, merges);
            for (var row = 0; row < graphs.Count; row++) batch.Add(graphs[row]);
            Assert.Equal(merges, batch.Bonds < Enumerable.Range(0, graphs.Count).Sum(row => graphs[row].EdgeCount));
            tape.Reset(training: false);
            var values = new double[graphs.Count];
            tape.Read(model.Forward(tape, batch), values.AsSpan());
            return values;
        }

        var (merged, single) = (Predict(true), Predict(false));
        Assert.All(Enumerable.Range(0, graphs.Count), row => Assert.Equal(single[row], merged[row], 12));
    }

    [Fact]
    public void A_refused_material_leaves_the_batch_as_it_was()
    {
        var batch = new MegNetBatch(10, 0);
        batch.Add(CrystalGraph.FromEdges([8, 1], [0, 1, 2], [1, 0], [1f, 1f]).View);
        Assert.Contains("11", batch.Add(CrystalGraph.FromEdges([8, 11], [0, 1, 2], [1, 0], [1f, 1f]).View));
        Assert.Equal((1, 2, 2), (batch.Count, batch.Atoms, batch.Bonds));
        batch.Clear();
        Assert.Equal((0, 0, 0), (batch.Count, batch.Atoms, batch.Bonds));
    }

    [Fact]
    public void Distinct_lengths_are_found_whatever_their_number()
    {
        var values = new List<float>();
        for (var k = 0; k < 5000; k++) values.Add(1 + (k * 7919 % 613) * 0.01f);
        var distinct = new float[5000];
        var index = new int[5000];
        var finder = new DistinctDistances();
        foreach (var length in new[] { 0, 1, 5000, 17 })
        {
            var part = values.Take(length).ToArray();
            var count = finder.Find(part, distinct, index, first: 100);
            Assert.Equal(part.Distinct(), distinct[..count]);
            for (var k = 0; k < length; k++) Assert.Equal(part[k], distinct[index[k] - 100]);
        }
    }
}
