using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class IonicTests
{
    // C. Kittel, Introduction to Solid State Physics, table 3.3; Q. C. Johnson, D. H. Templeton, J. Chem. Phys. 34, 2004 (1961) for fluorite.
    [Theory]
    [InlineData("rocksalt", 1, 1.7475645946)]
    [InlineData("cesium-chloride", 1, 1.7626747731)]
    [InlineData("zincblende", 1, 1.6380550534)]
    [InlineData("wurtzite", 1, 1.6413216274)]
    [InlineData("fluorite", 2, 5.0387848)]
    [InlineData("antifluorite", 2, 5.0387848)]
    public void Ewald_sum_gives_the_Madelung_constant(string name, int anionsOrCationsPerFormula, double expected)
    {
        var type = Prototype.All.Single(prototype => prototype.Name == name);
        // Charges that balance: the rarer ion carries the larger charge.
        var charges = type.Roles.Select(role => (role == 0 ? 1.0 : -1.0) * type.Multiplicity(1 - role) / Math.Min(type.Multiplicity(0), type.Multiplicity(1))).ToArray();
        var lattice = type.Lattice.Select(x => 5.3 * x).ToArray();
        var cartesian = IonicDraw.Cartesian(lattice, type.Fractional);

        var energy = Ewald.Energy(Ewald.Potentials(lattice, cartesian, charges), charges);

        var formulas = Math.Min(type.Multiplicity(0), type.Multiplicity(1));
        var contact = PeriodicPairs.Within(lattice, Ewald.Reciprocal(lattice, out _), cartesian, 5).Where(pair => charges[pair.First] * charges[pair.Second] < 0).Min(pair => pair.Distance);
        Assert.Equal(anionsOrCationsPerFormula, type.SiteCount / formulas - 1);
        Assert.Equal(expected, -energy / formulas * contact / Ewald.CoulombEvAngstrom, 6);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 0.4795001221869535)]
    [InlineData(2.4999, 0.0004071699003334514)]
    [InlineData(2.5, 0.0004069520174449589)]
    [InlineData(4, 1.541725790028002e-8)]
    public void Complementary_error_function(double x, double expected) =>
        Assert.Equal(expected, ComplementaryError.Of(x), Math.Max(1e-15, expected * 2e-9));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(10_001)]
    public void Many_complementary_errors_have_the_bits_of_single_ones(int count)
    {
        var random = new Random(count);
        var values = new double[count];
        for (var i = 0; i < count; i++) values[i] = 4.6 * random.NextDouble();
        (values[0], values[^1]) = (2.5, count == 1 ? 2.5 : 0);
        var expected = Array.ConvertAll(values, ComplementaryError.Of);

        ComplementaryError.Of(values);

        Assert.Equal(expected.Select(BitConverter.DoubleToInt64Bits), values.Select(BitConverter.DoubleToInt64Bits));
    }

    [Theory]
    [InlineData("spinel", 0, 4)]
    [InlineData("spinel", 1, 6)]
    [InlineData("rutile", 0, 6)]
    [InlineData("perovskite", 0, 12)]
    [InlineData("perovskite", 1, 6)]
    [InlineData("elpasolite", 2, 6)]
    [InlineData("antifluorite-hexahalide", 0, 12)]
    [InlineData("ordered-rocksalt", 1, 6)]
    [InlineData("wurtzite", 0, 4)]
    public void Prototypes_have_the_known_coordination(string name, int role, int expected)
    {
        var type = Prototype.All.Single(prototype => prototype.Name == name);
        var cartesian = IonicDraw.Cartesian(type.Lattice, type.Fractional);
        var anion = type.Cations;
        var distances = PeriodicPairs.Within(type.Lattice, Ewald.Reciprocal(type.Lattice, out _), cartesian, 1.2)
            .Where(pair => pair.First == Array.IndexOf(type.Roles, role) && type.Roles[pair.Second] == anion).Select(pair => pair.Distance).ToList();
        // Shells may be slightly split (rutile, spinel); the next one is at least 1.25 times as far.
        Assert.Equal(expected, distances.Count(distance => distance < 1.25 * distances.Min()));
    }

    [Fact]
    public void Rock_salt_of_the_model_resembles_rock_salt()
    {
        Ion[] ions = [Ion.Cations.Single(ion => ion is { Element.Symbol: "Na" }), Ion.Anions.Single(ion => ion is { Element.Symbol: "Cl" })];
        var type = Prototype.All[0];
        var lattice = type.Lattice.Select(x => 5.7 * x).ToArray();
        var scale = IonicModel.EquilibriumScale(lattice, IonicDraw.Cartesian(lattice, type.Fractional), ions);
        for (var i = 0; i < 9; i++) lattice[i] *= scale;
        var cartesian = IonicDraw.Cartesian(lattice, type.Fractional);
        var found = IonicModel.Properties(lattice, cartesian, ions);

        // Experiment: a = 5.64 Å, lattice energy 8.16 eV per formula, K = 24 GPa, gap 8.5 eV.
        Assert.InRange(5.7 * scale, 5.4, 5.9);
        Assert.InRange(2 * found.LatticeEnergyEvAtom, -8.8, -7.5);
        Assert.InRange(2 * found.KapustinskiiEvAtom, -8.3, -7.3);
        Assert.InRange(found.StiffnessLikeGpa, 15, 40);
        Assert.InRange(found.GapLikeEv, 5, 9);

        // The minimum: stretching and squeezing both cost energy; the stiffness is the curvature there.
        double EnergyAt(double factor)
        {
            var cell = lattice.Select(x => x * factor).ToArray();
            return 2 * IonicModel.Properties(cell, IonicDraw.Cartesian(cell, type.Fractional), ions).LatticeEnergyEvAtom;
        }
        const double h = 1e-3;
        var curvature = (EnergyAt(1 + h) - 2 * EnergyAt(1) + EnergyAt(1 - h)) / (h * h);
        Ewald.Reciprocal(lattice, out var volume);
        Assert.True(curvature > 0);
        Assert.Equal(curvature / (9 * volume) * 160.21766, found.StiffnessLikeGpa, 0.02);
    }

    [Fact]
    public void Same_seed_gives_the_same_crystals_and_a_smaller_set_is_a_prefix()
    {
        var small = IonicGenerator.Generate(40, 5);
        var large = IonicGenerator.Generate(90, 5);
        for (var i = 0; i < small.Count; i++)
        {
            Assert.Equal(small.Ids[i], large.Ids[i]);
            Assert.True(small.Crystal(i).Fractional.SequenceEqual(large.Crystal(i).Fractional));
            Assert.True(small.Crystal(i).Lattice.SequenceEqual(large.Crystal(i).Lattice));
            Assert.Equal(small.Column("gap_like_ev")[i], large.Column("gap_like_ev")[i]);
        }
        Assert.NotEqual(small.ContentHash, large.ContentHash);
        Assert.Equal(small.Hash, IonicGenerator.Generate(40, 5).Hash);
        Assert.NotEqual(small.Formulas, IonicGenerator.Generate(40, 6).Formulas);
    }

    [Fact]
    public void Crystals_are_varied_sound_and_leave_enough_after_leakage_removal()
    {
        var source = IonicGenerator.Generate(600, 1);
        var target = IonicGenerator.Generate(150, 2);
        Assert.Equal(Prototype.All.Count, source.Text("prototype").Distinct().Count());
        Assert.True(source.Formulas.Distinct().Count() > 420);
        foreach (var column in source.NumberColumns)
            foreach (var value in source.Column(column)) Assert.True(double.IsFinite(value));
        foreach (var crystal in source.Crystals)
        {
            var shortest = double.PositiveInfinity;
            foreach (var distance in NeighborList.Build(crystal, 4.5).Distances) shortest = Math.Min(shortest, distance);
            Assert.InRange(shortest, 1.2, 4.5);
        }
        var split = SplitBuilder.WithoutTest(source, 3, PartSize.Share(0.1));
        var filter = new LeakageFilter(split, source);
        Assert.True(filter.Remove(target, LeakageRule.Formula).Removed > 0);
        Assert.True(filter.Left.TrainIds.Count > 0.6 * split.TrainIds.Count);
    }

    [Theory]
    [InlineData("ionic:0")]
    [InlineData("ionic:x")]
    [InlineData("ionic:10:2:3")]
    public void Malformed_names_are_refused(string name) =>
        Assert.Contains("ionic:COUNT", Assert.Throws<InputException>(() => new DataSetLoader().Load(name)).Message);

    [Fact]
    public void A_query_applies_to_generated_sets()
    {
        var loader = new DataSetLoader();
        var set = loader.Load("ionic:200:4", new DataSetQuery { MaxSites = 5, Where = [RowCondition.In("prototype", "perovskite", "spinel")], Limit = 7 });
        Assert.Equal(7, set.Count);
        Assert.All(set.Text("prototype"), name => Assert.Equal("perovskite", name));
        Assert.Equal(193, set.LeftOut);
    }
}
