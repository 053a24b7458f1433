using AtomSets.Materials;
using AtomSets.Models.MegNet;
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
