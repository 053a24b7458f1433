using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class ElementTests
{
    [Fact]
    public void The_table_has_118_elements_in_order_with_unique_symbols()
    {
        Assert.Equal(118, Element.All.Count);
        Assert.Equal(Enumerable.Range(1, 118), Element.All.Select(e => e.AtomicNumber));
        Assert.Equal(118, Element.All.Select(e => e.Symbol).Distinct().Count());
        Assert.All(Element.All, e => Assert.True(e.AtomicMass >= e.AtomicNumber, e.Symbol));
    }

    [Theory]
    [InlineData(1, "H", "Hydrogen", 1.00794, 2.20)]
    [InlineData(26, "Fe", "Iron", 55.845, 1.83)]
    [InlineData(55, "Cs", "Cesium", 132.9054519, 0.79)]
    [InlineData(79, "Au", "Gold", 196.966569, 2.54)]
    [InlineData(92, "U", "Uranium", 238.02891, 1.38)]
    public void Known_values(int z, string symbol, string name, double mass, double electronegativity)
    {
        var element = Element.FromAtomicNumber(z);
        Assert.Equal((symbol, name), (element.Symbol, element.Name));
        Assert.Equal(mass, element.AtomicMass, 6);
        Assert.Equal(electronegativity, element.Electronegativity);
        Assert.Same(element, Element.Parse(symbol));
    }

    [Fact]
    public void Argon_has_no_electronegativity() => Assert.Null(Element.Parse("Ar").Electronegativity);

    [Theory]
    [InlineData("D")]
    [InlineData("T")]
    public void Heavy_hydrogen_is_hydrogen(string symbol) => Assert.Equal(1, Element.Parse(symbol).AtomicNumber);

    [Theory]
    [InlineData("fe", "Fe")]
    [InlineData("FE", "Fe")]
    [InlineData("Fr2", "Fr")]
    [InlineData("Xx", "Xe")]
    [InlineData("Sj", "Si")]
    public void An_unknown_symbol_is_refused_with_the_nearest(string symbol, string nearest)
    {
        var failure = Assert.Throws<InputException>(() => Element.Parse(symbol));
        Assert.Equal($"unknown element '{symbol}'; did you mean {nearest}?", failure.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(119)]
    [InlineData(-3)]
    public void Atomic_numbers_outside_the_table_are_refused(int z) => Assert.Throws<ArgumentOutOfRangeException>(() => Element.FromAtomicNumber(z));
}
