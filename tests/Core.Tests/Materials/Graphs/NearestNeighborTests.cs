using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

/// <summary>Graphs in which each atom keeps its nearest neighbours.</summary>
public sealed class NearestNeighborTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-nearest").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(6.0, 12)]
    [InlineData(4.0, 5)]
    [InlineData(3.0, 1)]
    public void Equals_the_nearest_of_brute_force_in_random_cells(double cutoff, int most)
    {
        var numbers = new CellNumbers(11);
        for (var round = 0; round < 25; round++)
        {
            // Nothing is equally far here: an edge and its reverse belong to different centres, except for an atom and its own images.
            var crystal = numbers.Crystal((int)numbers.Next(1, 6.999), 3, 9);
            var graph = CrystalGraph.Build(crystal, new GraphSettings(cutoff, most)).View;
            var all = BruteForceNeighbors.Find(crystal, cutoff);
            for (var centre = 0; centre < crystal.AtomCount; centre++)
            {
                var expected = all.Where(edge => edge.Center == centre).OrderBy(edge => edge.Distance).Take(most).ToArray();
                var range = graph.EdgeOffsets[centre]..graph.EdgeOffsets[centre + 1];
                Assert.Equal(expected.Select(edge => edge.Neighbor), graph.Neighbors[range].ToArray());
                Assert.Equal(expected.Select(edge => (float)edge.Distance), graph.Distances[range].ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
            }
        }
    }

    [Fact]
    public void Of_equally_far_neighbours_the_lighter_element_then_the_earlier_atom_is_kept()
    {
        // Around Xe: F along x, O along y, Ne along z, two of each, all at 2 Å.
        var crystal = new Crystal([4, 0, 0, 0, 4, 0, 0, 0, 4], [9, 8, 10, 54], [0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5, 0, 0, 0]);
        var graph = CrystalGraph.Build(crystal, new GraphSettings(3, 3)).View;
        Assert.Equal([1, 1, 0], graph.Neighbors[graph.EdgeOffsets[3]..graph.EdgeOffsets[4]].ToArray());

        // The same atoms in another order keep the same elements.
        var turned = new Crystal([4, 0, 0, 0, 4, 0, 0, 0, 4], [54, 10, 9, 8], [0, 0, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0.5, 0]);
        var other = CrystalGraph.Build(turned, new GraphSettings(3, 3)).View;
        Assert.Equal([3, 3, 2], other.Neighbors[..3].ToArray());
    }

    [Fact]
    public void Rounding_of_coordinates_does_not_decide_between_equally_far_neighbours()
    {
        // The F are nearer by 2e-6 Å, less than the digits of a file tell; then by 2e-4 Å.
        var noise = new Crystal([4, 0, 0, 0, 4, 0, 0, 0, 4], [9, 8, 54], [0.5 - 5e-7, 0, 0, 0, 0.5, 0, 0, 0, 0]);
        Assert.Equal([1, 1, 0], CrystalGraph.Build(noise, new GraphSettings(3, 3)).View.Neighbors[^3..].ToArray());
        var moved = new Crystal([4, 0, 0, 0, 4, 0, 0, 0, 4], [9, 8, 54], [0.5 - 5e-5, 0, 0, 0, 0.5, 0, 0, 0, 0]);
        Assert.Equal([0, 1, 1], CrystalGraph.Build(moved, new GraphSettings(3, 3)).View.Neighbors[^3..].ToArray());
    }

    [Fact]
    public void Short_lists_stay_short_or_are_padded()
    {
        // Two atoms 1 Å apart in a wide cell, and a lonely one.
        var crystal = new Crystal([30, 0, 0, 0, 30, 0, 0, 0, 30], [1, 2, 8], [0.5, 0.5, 0.5, 0, 0, 0, 1.0 / 30, 0, 0]);
        var real = CrystalGraph.Build(crystal, new GraphSettings(8, 3)).View;
        Assert.Equal([0, 0, 1, 2], real.EdgeOffsets.ToArray());
        Assert.Equal([2, 1], real.Neighbors.ToArray());
        var padded = CrystalGraph.Build(crystal, new GraphSettings(8, 3) { PadsNeighbors = true }).View;
        Assert.Equal([0, 3, 6, 9], padded.EdgeOffsets.ToArray());
        Assert.Equal([0, 0, 0, 2, 0, 0, 1, 0, 0], padded.Neighbors.ToArray());
        Assert.Equal([9, 9, 9, 1, 9, 9, 1, 9, 9], padded.Distances.ToArray());
    }

    [Fact]
    public void A_search_leaves_nothing_behind_for_the_next()
    {
        var settings = new GraphSettings(8, 12) { PadsNeighbors = true };
        var before = NeighborList.Build(CifSamples.RockSalt(), 8);
        _ = CrystalGraph.Build(new Crystal([30, 0, 0, 0, 30, 0, 0, 0, 30], new int[40].Select((_, i) => i + 1).ToArray(), Enumerable.Range(0, 120).Select(i => i * 0.37 % 1).ToArray()), settings);
        var after = NeighborList.Build(CifSamples.RockSalt(), 8, withImages: true);
        Assert.Equal(before.Neighbors.ToArray(), after.Neighbors.ToArray());
        Assert.Equal(before.Distances.ToArray(), after.Distances.ToArray());
    }

    [Fact]
    public void Stores_are_named_and_told_apart_by_the_number_of_neighbours()
    {
        Crystal[] crystals = [CifSamples.RockSalt(), new([3, 0, 0, 0, 3, 0, 0, 0, 3], [26], [0, 0, 0])];
        var settings = new GraphSettings(5, 12);
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var other in (GraphSettings[])[settings, settings with { MaxNeighbors = 11 }, settings with { PadsNeighbors = true }, new GraphSettings(5)])
        {
            using var store = GraphStore.OpenOrBuild(_folder, crystals, other, "data");
            Assert.True(paths.Add(store.Path));
            Assert.Equal(other.MaxNeighbors, store.MaxNeighbors);
            for (var i = 0; i < crystals.Length; i++)
            {
                var built = CrystalGraph.Build(crystals[i], other).View;
                Assert.Equal(built.EdgeOffsets.ToArray(), store[i].EdgeOffsets.ToArray());
                Assert.Equal(built.Neighbors.ToArray(), store[i].Neighbors.ToArray());
                Assert.Equal(built.Distances.ToArray(), store[i].Distances.ToArray());
            }
        }
        using var again = GraphStore.OpenOrBuild(_folder, 2, _ => throw new InvalidOperationException("prepared twice"), settings, "data");
        Assert.Equal(9 * 12, again.TotalEdges);
    }

    [Fact]
    public void The_name_of_a_store_with_every_pair_is_as_it_was_before_there_were_others()
    {
        var key = System.Security.Cryptography.SHA256.HashData("graphs revision 1; pairs within 5 Å; 7 crystals of abc"u8);
        Assert.Equal(key, GraphStoreFormat.Key("abc", 7, new GraphSettings(5)));
    }

    [Fact]
    public void Numbers_of_neighbours_out_of_range_are_refused()
    {
        Assert.Throws<InputException>(() => new GraphSettings(5, -1));
        Assert.Contains("1 to 1000", Assert.Throws<InputException>(() => new GraphSettings(5, 1001)).Message, StringComparison.Ordinal);
    }
}
