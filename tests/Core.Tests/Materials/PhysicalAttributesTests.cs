using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class PhysicalAttributesTests
{
    static readonly string[] s_looked =
    [
        "2-norm", "10-norm", "MagpieData mean Electronegativity", "MagpieData avg_dev MeltingT", "MagpieData mode CovalentRadius", "MagpieData range GSvolume_pa",
        "avg d valence electrons", "compound possible", "max ionic char", "avg ionic char",
    ];

    /// <summary>Computed with numpy from matminer's tables, and pymatgen 2022.11.7's electronegativities and common oxidation states: the sum of all attributes,
    /// their sum weighted by place from 1 on, and those of <see cref="s_looked"/>.</summary>
    public static TheoryData<string, double, double, double[]> Known => new()
    {
        { "Al2O3", 4564.901632048, 208752.0652239, [0.7211102551, 0.6010324602, 2.708, 421.7616, 66, 7.375, 0, 1, 0.5670898161, 0.1361015559] },
        { "Fe3O4", 7354.398133295, 286489.5899596, [0.7142857143, 0.5745677357, 2.75, 860.1795918, 66, 1.625, 2.571428571, 0, 0.476922164, 0.1167972647] },
        { "LaFe4P12", 7722.759433458, 299579.1723758, [0.7463869141, 0.7058835484, 2.041176471, 568.899654, 107, 26.1675, 1.470588235, 0, 0.2569745635, 0.01769168821] },
        { "NaCl", 3369.56405168, 193006.8904368, [0.7071067812, 0.5358867313, 2.045, 99.635, 102, 4.745833333, 0, 1, 0.7115475429, 0.1778868857] },
        { "Si", 8815.794, 353392.2165, [1, 1, 1.9, 0, 111, 0, 0, 1, 0, 0] },
        { "Cu0.3Zn0.7", 6860.312214498, 293551.5743718, [0.7615773106, 0.7000146315, 1.725, 279.3378, 122, 2.89, 10, 0, 0.01550356299, 0.003255748229] },
        { "KrF2", 2560.901183225, 158233.4434592, [0.7453559925, 0.6667317422, 3.653333333, 27.68444444, 57, 26.3525, 3.333333333, 0, 0.2134507978, 0.04743351062] },
    };

    [Fact]
    public void There_are_145_by_their_published_names()
    {
        Assert.Equal(145, PhysicalAttributes.Count);
        Assert.Equal(145, PhysicalAttributes.Names.Distinct().Count());
        Assert.Equal(["0-norm", "2-norm", "3-norm", "5-norm", "7-norm", "10-norm", "MagpieData minimum Number"], PhysicalAttributes.Names.Take(7));
        Assert.Equal("MagpieData mode SpaceGroupNumber", PhysicalAttributes.Names[137]);
        Assert.Equal(
            ["avg s valence electrons", "avg p valence electrons", "avg d valence electrons", "avg f valence electrons", "compound possible", "max ionic char", "avg ionic char"],
            PhysicalAttributes.Names.Skip(138));
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void Values_are_those_of_the_tables(string formula, double sum, double weighted, double[] looked)
    {
        var values = new double[145];
        PhysicalAttributes.Compute(Composition.Parse(formula), values);
        Assert.Equal(sum, values.Sum(), 1e-6);
        Assert.Equal(weighted, values.Select((value, i) => (i + 1) * value).Sum(), 1e-4);
        for (var i = 0; i < looked.Length; i++)
            Assert.Equal(looked[i], values[PhysicalAttributes.Names.ToList().IndexOf(s_looked[i])], Math.Max(1e-9, 1e-9 * Math.Abs(looked[i])));
    }

    [Theory]
    [InlineData("Fe1Co0.7Ni1.1")]
    [InlineData("Cr0.1Mo0.2W0.7")]
    public void Statistics_of_equal_values_are_exact(string formula)
    {
        var values = new double[145];
        PhysicalAttributes.Compute(Composition.Parse(formula), values);
        for (var at = 6; at < 138; at += 6)
        {
            if (values[at + 2] == 0) Assert.Equal((values[at], 0), (values[at + 3], values[at + 4]));
        }
        Assert.Contains(Enumerable.Range(0, 22), property => values[6 + property * 6 + 2] == 0 && values[6 + property * 6] > 0);
    }

    [Fact]
    public void A_formula_of_many_elements_does_not_try_every_charge()
    {
        // Half a hydrogen leaves ½: no combination of the others' charges takes it away, and there are more than 10¹² of them.
        var others = ElementFractions.Elements.Where(element => element.Symbol != "H" && ElementAttributes.OxidationStates(element).Length > 1);
        var values = new double[145];
        PhysicalAttributes.Compute(Composition.Parse("H0.5" + string.Concat(others.Select(element => element.Symbol))), values);
        Assert.Equal((31, 0), (values[0], values[142]));
        // Three elements with whole numbers are looked at in full: Na⁺, Fe³⁺ and two O²⁻.
        PhysicalAttributes.Compute(Composition.Parse("NaFeO2"), values);
        Assert.Equal(1, values[142]);
    }

    [Fact]
    public void All_86_elements_of_the_fractions_have_every_attribute_and_others_say_what_they_lack()
    {
        foreach (var element in ElementFractions.Elements) Assert.Null(PhysicalAttributes.Problem(Composition.Parse(element.Symbol + "O")));
        Assert.Equal("He has no value of MeltingT", PhysicalAttributes.Problem(Composition.Parse("HeNa2")));
        Assert.Equal("Og has no physical attributes", PhysicalAttributes.Problem(Composition.Parse("OgF2")));
    }
}
