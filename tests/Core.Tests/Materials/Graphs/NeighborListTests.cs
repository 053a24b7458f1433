using System.Text.Json;
using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class NeighborListTests
{
    [Theory]
    [InlineData("ordinary cells", 1, 6, 3.0, 9.0, 5.0, 40)]
    [InlineData("flat and skewed cells", 1, 4, 2.0, 30.0, 4.0, 40)]
    [InlineData("tiny cells", 1, 2, 0.8, 2.0, 4.0, 12)]
    [InlineData("huge cells", 5, 20, 50.0, 200.0, 8.0, 25)]
    public void Equals_brute_force_in_random(string cells, int fewest, int most, double low, double high, double cutoff, int rounds)
    {
        var numbers = new CellNumbers((ulong)cells.Length);
        for (var round = 0; round < rounds; round++)
        {
            // Coordinates from −1 to 2: nothing says that atoms lie in the cell.
            var crystal = numbers.Crystal((int)numbers.Next(fewest, most + 0.999), low, high, spread: 1.5);
            AssertEqualsBruteForce(crystal, cutoff);
        }
    }

    [Fact]
    public void Equals_brute_force_where_boxes_are_used()
    {
        // Dense enough for the sorted boxes, once upright and once skewed, once as a slab in vacuum.
        var numbers = new CellNumbers(7);
        var random = numbers.Crystal(500, 19, 22, least: 0.8, spread: 0.5);
        AssertEqualsBruteForce(random, 4);
        AssertEqualsBruteForce(new Crystal([20, 0, 0, 15, 16, 0, -9, 7, 18], random.AtomicNumbers, random.Fractional), 4);
        AssertEqualsBruteForce(new Crystal([30, 0, 0, 0, 30, 0, 0, 0, 300], random.AtomicNumbers, random.Fractional.ToArray().Select((f, i) => i % 3 == 2 ? f / 60 : f).ToArray()), 4);
    }

    [Theory]
    [InlineData(2.83, 6)]
    [InlineData(3.99, 6 + 12)]
    [InlineData(4.89, 6 + 12 + 8)]
    [InlineData(5.65, 6 + 12 + 8 + 6)]
    [InlineData(6.31, 6 + 12 + 8 + 6 + 24)]
    public void Shells_of_rock_salt(double cutoff, int neighbours)
    {
        var list = NeighborList.Build(CifSamples.RockSalt(), cutoff);
        for (var i = 0; i < 8; i++) Assert.Equal(neighbours, list.EdgeOffsets[i + 1] - list.EdgeOffsets[i]);
        Assert.Equal(2.82, list.Distances.ToArray().Min(), 10);
    }

    [Fact]
    public void One_atom_bonds_to_its_own_images_and_the_cell_may_be_chosen_freely()
    {
        // fcc copper: shells of 12, 6, 24, 12 neighbours; any basis of the same lattice has them.
        const double h = 3.6149 / 2;
        double[][] cells =
        [
            [0, h, h, h, 0, h, h, h, 0],
            [0, h, h, h, 5 * h, 6 * h, h, h, 0],
            [0, h, h, h, 0, h, 7 * h, h + 20 * h, 20 * h + 6 * h],
        ];
        var expected = NeighborList.Build(new Crystal(cells[0], [29], [0.3, 0.9, -4]), 5.2).Distances.ToArray().Order().ToArray();
        Assert.Equal(12 + 6 + 24 + 12, expected.Length);
        Assert.All(expected[..12], d => Assert.Equal(3.6149 / Math.Sqrt(2), d, 10));
        Assert.All(expected[12..18], d => Assert.Equal(3.6149, d, 10));
        foreach (var cell in cells[1..])
        {
            var crystal = new Crystal(cell, [29], [0, 0, 0]);
            Assert.Equal(h * h * h * 2, crystal.Volume, 6);
            Assert.Equal(expected, NeighborList.Build(crystal, 5.2).Distances.ToArray().Order(), (x, y) => Math.Abs(x - y) < 1e-9);
        }
    }

    [Fact]
    public void The_cutoff_counts_with_its_tolerance()
    {
        var cubic = new Crystal([3, 0, 0, 0, 3, 0, 0, 0, 3], [26], [0, 0, 0]);
        Assert.Equal(6, NeighborList.Build(cubic, 3).EdgeCount);
        Assert.Equal(6, NeighborList.Build(cubic, 3 - 0.9e-8).EdgeCount);
        Assert.Equal(0, NeighborList.Build(cubic, 3 - 1.1e-8).EdgeCount);
    }

    [Fact]
    public void An_atom_far_from_all_has_no_edges_and_the_others_keep_theirs()
    {
        var list = NeighborList.Build(new Crystal([50, 0, 0, 0, 50, 0, 0, 0, 50], [8, 2, 1], [0, 0, 0, 0.5, 0.5, 0.5, 0.02, 0, 0]), 4);
        Assert.Equal([0, 1, 1, 2], list.EdgeOffsets.ToArray());
        Assert.Equal([2, 0], list.Neighbors.ToArray());
        Assert.Equal(1.0, list.Distances[0], 12);
    }

    [Fact]
    public void A_supercell_has_the_same_neighbours_per_atom()
    {
        var unit = CifReader.Parse(CifSamples.Quartz);
        var cell = unit.Lattice.ToArray();
        var positions = new List<double>();
        var atoms = new List<int>();
        for (var copy = 0; copy < 3; copy++)
            for (var i = 0; i < unit.AtomCount; i++)
            {
                atoms.Add(unit.AtomicNumbers[i]);
                positions.AddRange([(unit.Fractional[3 * i] + copy) / 3, unit.Fractional[3 * i + 1], unit.Fractional[3 * i + 2]]);
            }
        for (var k = 0; k < 3; k++) cell[k] *= 3;
        var one = NeighborList.Build(unit, 5);
        var three = NeighborList.Build(new Crystal(cell, atoms.ToArray(), positions.ToArray()), 5);
        Assert.Equal(3 * one.EdgeCount, three.EdgeCount);
        for (var i = 0; i < unit.AtomCount; i++)
        {
            var wanted = one.Distances[one.EdgeOffsets[i]..one.EdgeOffsets[i + 1]].ToArray().Order();
            Assert.Equal(wanted, three.Distances[three.EdgeOffsets[i]..three.EdgeOffsets[i + 1]].ToArray().Order(), (x, y) => Math.Abs(x - y) < 1e-9);
        }
    }

    [Fact]
    public void A_cutoff_beyond_all_bounds_is_refused()
    {
        var failure = Assert.Throws<InputException>(() => NeighborList.Build(new Crystal([0.2, 0, 0, 0, 0.2, 0, 0, 0, 0.2], [1], [0, 0, 0]), 50));
        Assert.Contains("use a smaller cutoff", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => NeighborList.Build(CifSamples.RockSalt(), double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => NeighborList.Build(CifSamples.RockSalt(), 0));
    }

    [DataFact]
    public void Edge_counts_of_the_published_fixtures()
    {
        using var fixtures = JsonDocument.Parse(File.ReadAllText(TestData.Path("models/fixtures.json")));
        var compared = 0;
        foreach (var structure in fixtures.RootElement.GetProperty("structures").EnumerateArray())
        {
            if (!structure.TryGetProperty("n_bonds", out var counts)) continue;
            var crystal = new Crystal(
                [.. structure.GetProperty("lattice").EnumerateArray().SelectMany(row => row.EnumerateArray().Select(v => v.GetDouble()))],
                [.. structure.GetProperty("elements").EnumerateArray().Select(e => Element.Parse(e.GetString()).AtomicNumber)],
                [.. structure.GetProperty("frac").EnumerateArray().SelectMany(row => row.EnumerateArray().Select(v => v.GetDouble()))]);
            foreach (var count in counts.EnumerateObject())
            {
                var cutoff = double.Parse(count.Name, System.Globalization.CultureInfo.InvariantCulture);
                Assert.Equal((structure.GetProperty("name").GetString(), count.Value.GetInt32()), (structure.GetProperty("name").GetString(), NeighborList.Build(crystal, cutoff).EdgeCount));
                compared++;
            }
        }
        Assert.True(compared >= 10, $"only {compared} edge counts were found");
    }

    static void AssertEqualsBruteForce(Crystal crystal, double cutoff)
    {
        var list = NeighborList.Build(crystal, cutoff, withImages: true);
        var found = new List<BruteForceNeighbors.Edge>();
        for (var center = 0; center < crystal.AtomCount; center++)
            for (var e = list.EdgeOffsets[center]; e < list.EdgeOffsets[center + 1]; e++)
                found.Add(new(center, list.Neighbors[e], list.Images[3 * e], list.Images[3 * e + 1], list.Images[3 * e + 2], list.Distances[e]));
        // Also the order: by centre, neighbour, image.
        var expected = BruteForceNeighbors.Find(crystal, cutoff);
        Assert.Equal(expected.Count, found.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i] with { Distance = 0 }, found[i] with { Distance = 0 });
            Assert.Equal(expected[i].Distance, found[i].Distance, 9);
        }
    }
}
