using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Models;

/// <summary>What physics asks of every model of crystals, on random weights in float64.</summary>
public abstract class CrystalInvariance
{
    /// <summary>Distances enter as float32, so that a rotated crystal differs by their rounding.</summary>
    const double Tolerance = 1e-6;

    /// <summary>Whether a crystal and the same at another volume differ to the model.</summary>
    private protected virtual bool SeesVolume => true;

    /// <summary>Whether atoms may be without neighbours.</summary>
    private protected virtual bool TakesLonelyAtoms => true;

    /// <summary>Predicts crystals in one batch.</summary>
    private protected abstract double[] Predict(params Crystal[] crystals);

    [Fact]
    public void Order_of_atoms_does_not_matter()
    {
        foreach (var crystal in Crystals())
        {
            var order = Enumerable.Range(0, crystal.AtomCount).Select(i => (7 * i + 3) % crystal.AtomCount).ToArray();
            Assert.Equal(crystal.AtomCount, order.Distinct().Count());
            AssertSame(crystal, new Crystal(
                crystal.Lattice, order.Select(i => crystal.AtomicNumbers[i]).ToArray(),
                order.SelectMany(i => crystal.Fractional.Slice(3 * i, 3).ToArray()).ToArray()));
        }
    }

    [Fact]
    public void Shift_of_the_origin_does_not_matter()
    {
        double[] shift = [0.37, -1.81, 0.052];
        foreach (var crystal in Crystals())
            AssertSame(crystal, new Crystal(crystal.Lattice, crystal.AtomicNumbers, crystal.Fractional.ToArray().Select((x, i) => x + shift[i % 3]).ToArray()));
    }

    [Fact]
    public void Rotation_does_not_matter()
    {
        var (c, s) = (Math.Cos(0.7), Math.Sin(0.7));
        double[][] rotation = [[c, -s * c, s * s], [s, c * c, -s * c], [0, s, c]];
        foreach (var crystal in Crystals())
        {
            var lattice = new double[9];
            for (var row = 0; row < 3; row++)
                for (var axis = 0; axis < 3; axis++)
                    lattice[3 * row + axis] = Enumerable.Range(0, 3).Sum(k => rotation[axis][k] * crystal.Lattice[3 * row + k]);
            AssertSame(crystal, new Crystal(lattice, crystal.AtomicNumbers, crystal.Fractional));
        }
    }

    [Fact]
    public void Supercell_predicts_as_its_unit_cell()
    {
        foreach (var crystal in Crystals())
        {
            var numbers = new List<int>();
            var fractional = new List<double>();
            for (var image = 0; image < 6; image++)
                for (var i = 0; i < crystal.AtomCount; i++)
                {
                    numbers.Add(crystal.AtomicNumbers[i]);
                    fractional.AddRange([(crystal.Fractional[3 * i] + image % 2) / 2, crystal.Fractional[3 * i + 1], (crystal.Fractional[3 * i + 2] + image / 2) / 3]);
                }
            var lattice = crystal.Lattice.ToArray().Select((x, k) => x * (k < 3 ? 2 : k < 6 ? 1 : 3)).ToArray();
            AssertSame(crystal, new Crystal(lattice, numbers.ToArray(), fractional.ToArray()));
        }
    }

    [Fact]
    public void Distances_and_elements_do_matter()
    {
        var crystal = Corundum.Create();
        var stretched = new Crystal(crystal.Lattice.ToArray().Select(x => 1.02 * x).ToArray(), crystal.AtomicNumbers, crystal.Fractional);
        var other = new Crystal(crystal.Lattice, crystal.AtomicNumbers.ToArray().Select(z => z == 13 ? 24 : z).ToArray(), crystal.Fractional);
        var values = Predict(crystal, stretched, other);
        Assert.True(Math.Abs(values[1] - values[0]) > 1e-4 == SeesVolume, $"{values[0]} and stretched {values[1]}");
        Assert.True(Math.Abs(values[2] - values[0]) > 1e-4, $"{values[0]} and chromium {values[2]}");
    }

    [Fact]
    public void Structures_without_neighbours_predict_and_leave_the_others_alone()
    {
        if (!TakesLonelyAtoms) return;
        double[] far = [20, 0, 0, 0, 20, 0, 0, 0, 20];
        var isolated = new Crystal(far, [55], [0, 0, 0]);
        var pairAndIsolated = new Crystal(far, [1, 1, 55], [0, 0, 0, 0.05, 0, 0, 0.5, 0.5, 0.5]);
        var crystal = Corundum.Create();
        var together = Predict(isolated, crystal, isolated, pairAndIsolated, crystal);
        Assert.All(together, value => Assert.True(double.IsFinite(value)));
        Assert.Equal(Predict(crystal)[0], together[1], 12);
        Assert.Equal(together[1], together[4], 12);
        Assert.Equal(together[0], together[2], 12);
        Assert.Equal(Predict(isolated)[0], together[0], 12);
        Assert.Equal(Predict(pairAndIsolated)[0], together[3], 12);
        Assert.NotEqual(together[0], together[3]);
    }

    /// <summary>High symmetry with ties at the twelfth neighbour (corundum, rocksalt), and none at all.</summary>
    static IEnumerable<Crystal> Crystals() =>
    [
        Corundum.Create(),
        new([5.64, 0, 0, 0, 5.64, 0, 0, 0, 5.64], [11, 11, 11, 11, 17, 17, 17, 17],
            [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0, 0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5, 0.5, 0.5, 0.5]),
        new([4.1, 0, 0.3, 0.7, 5.2, 0, -0.4, 0.9, 6.3], [26, 8, 3, 15, 8], [0.01, 0.02, 0.03, 0.33, 0.41, 0.27, 0.71, 0.18, 0.6, 0.55, 0.77, 0.05, 0.12, 0.61, 0.83]),
    ];

    void AssertSame(Crystal a, Crystal b)
    {
        var values = Predict(a, b);
        Assert.InRange(Math.Abs(values[0] - values[1]), 0, Tolerance * Math.Max(1, Math.Abs(values[0])));
        Assert.NotEqual(0, values[0]);
    }
}
