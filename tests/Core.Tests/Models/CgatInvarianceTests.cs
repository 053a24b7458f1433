using AtomSets.Materials;
using AtomSets.Models.Cgat;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

/// <summary>What physics asks of CGAT, on random weights in float64.</summary>
/// <remarks>With ties at the last neighbour this holds where neighbours of one element at one distance are alike, as for CGCNN, and only of messages that are
/// summed at the centre: how often an atom is another's neighbour depends on which of several are kept.</remarks>
public sealed class CgatInvarianceTests : CrystalInvariance
{
    static readonly CgatModel Centre = new(CgatModelTests.Tiny(("width", 8), ("edge_update", "attention"), ("neighbours", 12), ("shell_tolerance_angstrom", 1e-4)));
    static readonly CgatModel Neighbour = new(CgatModelTests.Tiny(("width", 8), ("direction", "neighbour"), ("neighbours", 12), ("shell_tolerance_angstrom", 1e-4)));
    static readonly Crystal Triclinic = new(
        [4.1, 0.3, 0, 0.2, 5.2, 0, -0.4, 0.9, 6.3], [26, 8, 3, 15, 8], [0.01, 0.02, 0.03, 0.33, 0.41, 0.27, 0.71, 0.18, 0.6, 0.55, 0.77, 0.05, 0.12, 0.61, 0.83]);

    private protected override bool SeesVolume => false;

    /// <summary>They are refused (<see cref="CgatModelTests"/>).</summary>
    private protected override bool TakesLonelyAtoms => false;

    [Fact]
    public void Volume_and_small_strains_do_not_matter()
    {
        // Only the order of the shells is seen.
        Crystal Scaled(params double[] factors) =>
            new(Triclinic.Lattice.ToArray().Select((x, i) => x * factors[i % factors.Length]).ToArray(), Triclinic.AtomicNumbers, Triclinic.Fractional);
        foreach (var model in (CgatModel[])[Centre, Neighbour])
        {
            var values = Predict(model, Triclinic, Scaled(1.07), Scaled(1.0001, 0.99995, 1), Scaled(1.5, 1, 1));
            Assert.Equal(values[0], values[1], 1e-12);
            Assert.Equal(values[0], values[2], 1e-12);
            Assert.NotEqual(values[0], values[3], 1e-5);
        }
    }

    [Fact]
    public void Summed_at_the_neighbour_the_choice_of_the_cell_and_the_order_of_its_atoms_do_not_matter()
    {
        int[] order = [3, 0, 4, 2, 1];
        var x = Triclinic.Fractional.ToArray();
        var reordered = new Crystal(Triclinic.Lattice, order.Select(i => Triclinic.AtomicNumbers[i]).ToArray(), order.SelectMany(i => x[(3 * i)..(3 * i + 3)]).ToArray());
        // Another basis of the same lattice, a' = a + b, with the origin elsewhere; and two cells along c.
        double[] l = Triclinic.Lattice.ToArray();
        var sheared = new Crystal(
            [l[0] + l[3], l[1] + l[4], l[2] + l[5], .. l[3..]], Triclinic.AtomicNumbers, Enumerable.Range(0, 5).SelectMany(i => (double[])[x[3 * i] + 0.3, x[3 * i + 1] - x[3 * i], x[3 * i + 2] - 0.1]).ToArray());
        var shifted = new Crystal(l, Triclinic.AtomicNumbers, Enumerable.Range(0, 5).SelectMany(i => (double[])[x[3 * i] + 0.3, x[3 * i + 1] + 0.3, x[3 * i + 2] - 0.1]).ToArray());
        var twice = new Crystal(
            [.. l[..6], 2 * l[6], 2 * l[7], 2 * l[8]], (int[])[.. Triclinic.AtomicNumbers, .. Triclinic.AtomicNumbers],
            Enumerable.Range(0, 10).SelectMany(i => (double[])[x[3 * (i % 5)], x[3 * (i % 5) + 1], (x[3 * (i % 5) + 2] + i / 5) / 2]).ToArray());
        var values = Predict(Neighbour, Triclinic, reordered, shifted, sheared, twice);
        Assert.All(values, value => Assert.Equal(values[0], value, 1e-12));
    }

    [Fact]
    public void Ranks_rise_where_a_shell_ends()
    {
        var ranks = new int[7];
        // In the order of a list of nearest neighbours, which is not that of distances within ties.
        AtomClasses.Rank([2.000001f, 2f, 2.0001f, 2.5f, 2.5004f, 2.5012f, 3f], 1e-8, ranks);
        Assert.Equal([2, 1, 3, 4, 5, 6, 7], ranks);
        AtomClasses.Rank([2.000001f, 2f, 2.0001f, 2.5f, 2.5004f, 2.5012f, 3f], 1e-3, ranks);
        // Measured from the shell's first: 2.5012 is beyond, though it is near to 2.5004.
        Assert.Equal([1, 1, 1, 2, 2, 3, 4], ranks);
    }

    private protected override double[] Predict(params Crystal[] crystals) => Predict(Centre, crystals);

    static double[] Predict(CgatModel model, params Crystal[] crystals)
    {
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        CgatModelTests.Awaken(parameters);
        using var tape = new Tape(kernels, parameters);
        using var source = new CgatSource(model.Settings, TestGraphs.Of(crystals, model.Settings.Graphs));
        var batch = source.Create();
        source.Fill(batch, Enumerable.Range(0, crystals.Length).ToArray());
        tape.Reset(training: false);
        var values = new double[crystals.Length];
        tape.Read(model.Forward(tape, batch), values.AsSpan());
        return values;
    }
}
