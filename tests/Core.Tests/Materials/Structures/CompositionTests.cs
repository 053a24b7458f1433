using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class CompositionTests
{
    [Theory]
    [InlineData("NaCl", "ClNa")]
    [InlineData("H2O", "H2O")]
    [InlineData("Ag(AuS)2", "AgAu2S2")]
    [InlineData("K4[Fe(CN)6]", "C6FeK4N6")]
    [InlineData("{[(Li2O)2]3}2", "Li24O12")]
    [InlineData("Ca10(PO4)6(OH)2", "Ca10H2O26P6")]
    [InlineData("Fe0.620C0.000953", "C0.000953Fe0.62")]
    [InlineData("Fe.5Ni.5", "Fe0.5Ni0.5")]
    [InlineData("LiNi0.5Mn1.5O4", "LiMn1.5Ni0.5O4")]
    [InlineData("2H2O", "H4O2")]
    [InlineData("0.5Li2MnO3·0.5LiMn0.5Ni0.5O2", "Li1.5Mn0.75Ni0.25O2.5")]
    [InlineData("CuSO4·5H2O", "CuH10O9S")]
    [InlineData("CuSO4.5H2O", "CuH10O9S")]
    [InlineData("CuSO4 . 5H2O", "CuH10O9S")]
    [InlineData("CuSO4*5H2O", "CuH10O9S")]
    [InlineData("CuSO4•5(H2O)", "CuH10O9S")]
    [InlineData("CuSO4.5D2O", "CuH10O9S")]
    [InlineData("CaSO4.0.5H2O", "CaHO4.5S")]
    [InlineData("CaSO4·0.5H2O", "CaHO4.5S")]
    [InlineData("Na2CO3.10H2O", "CH20Na2O13")]
    [InlineData("MgCl2.H2O", "Cl2H2MgO")]
    [InlineData("Al2O3.SiO2", "Al2O5Si")]
    [InlineData("3Al2O3·2SiO2", "Al6O13Si2")]
    [InlineData("CuSO4·1.5H2O", "CuH3O5.5S")]
    [InlineData("CuSO4.1.5H2O", "CuH3O5.5S")]
    [InlineData("Fe0.5H2O", "Fe0.5H2O")]
    [InlineData("ZrO1.5H2O0.5", "H2O2Zr")]
    [InlineData("Li1 Fe1 P1 O4", "FeLiO4P")]
    [InlineData("  Fe 2 O 3 ", "Fe2O3")]
    [InlineData("Fe₂O₃", "Fe2O3")]
    [InlineData("CoCO", "CCoO")]
    public void Formulas_are_read(string formula, string alphabetical) =>
        Assert.Equal(alphabetical, Composition.Parse(formula).AlphabeticalFormula);

    [Theory]
    [InlineData("", 0, "the formula is empty")]
    [InlineData("   ", 0, "the formula is empty")]
    [InlineData("2-Feb", 0, "spreadsheet")]
    [InlineData("Mar-03", 0, "spreadsheet")]
    [InlineData("2023-02-02", 0, "spreadsheet")]
    [InlineData("Xx2O3", 1, "unknown element 'Xx'; did you mean Xe?")]
    [InlineData("LiFeQ4", 5, "unknown element 'Q'")]
    [InlineData("Nacl", 1, "unknown element 'Nacl'; did you mean Na?")]
    [InlineData("cu2O", 1, "capital")]
    [InlineData("Fe0O3", 3, "zero")]
    [InlineData("Fe0.0O3", 3, "zero")]
    [InlineData("Fe2(O3", 4, "never closed")]
    [InlineData("Fe2O3)", 6, "closes nothing")]
    [InlineData("Fe2(O3]", 7, "')' is wanted")]
    [InlineData("Fe()2", 4, "empty bracket")]
    [InlineData("Fe2+", 4, "charges")]
    [InlineData("SO4-2", 4, "charges")]
    [InlineData("Fe1.2.3O", 6, "second decimal point")]
    [InlineData("Fe2 3O", 5, "two numbers")]
    [InlineData("3Al2O3.2SiO2", 7, "may separate two parts")]
    [InlineData("Fe2O3·", 6, "missing")]
    [InlineData("Fe2O3·5", 7, "without an element")]
    [InlineData("12", 1, "without an element")]
    [InlineData("Fe2O3?", 6, "no meaning")]
    [InlineData("Fe1e5", 4, "capital")]
    [InlineData("Fe99999999", 3, "outside")]
    public void Bad_formulas_are_refused_with_the_character(string formula, int position, string reason)
    {
        var failure = Assert.Throws<FormulaException>(() => Composition.Parse(formula));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Equal(position, failure.Position);
        Assert.False(Composition.TryParse(formula, out _, out var told));
        Assert.Equal(failure.Message, told);
    }

    [Fact]
    public void Absurd_sizes_are_refused()
    {
        Assert.Contains("nest deeper", Refusal(new string('(', 40) + "H" + new string(')', 40)), StringComparison.Ordinal);
        Assert.Contains("characters", Refusal(string.Concat(Enumerable.Repeat("H2O", 500))), StringComparison.Ordinal);
        Assert.Contains("amounts lie between", Refusal("((((Fe9999)9999)9999)9999)9999"), StringComparison.Ordinal);
        Assert.Contains("amounts lie between", Refusal("(Fe0.00001)0.00001"), StringComparison.Ordinal);

        static string Refusal(string formula) => Assert.Throws<FormulaException>(() => Composition.Parse(formula)).Message;
    }

    [Theory]
    [InlineData("Ti2Ba2O6", "BaO3Ti")]
    [InlineData("Fe0.5Ni0.5", "FeNi")]
    [InlineData("Fe0.1Ni0.2", "FeNi2")]
    [InlineData("C60", "C")]
    [InlineData("(Li0.7O0.7)10", "LiO")]
    [InlineData("Fe0.620C0.000953Mn0.379047", "C0.000953Fe0.62Mn0.379047")]
    [InlineData("Fe1.240C0.001906Mn0.758094", "C0.000953Fe0.62Mn0.379047")]
    public void Reduced_formulas_meet(string formula, string reduced) => Assert.Equal(reduced, Composition.Parse(formula).ReducedFormula);

    [Theory]
    [InlineData("C2H5OH", "C2H6O")]
    [InlineData("CHBrClF", "CHBrClF")]
    [InlineData("NaHSO4", "HNaO4S")]
    public void Hill_order(string formula, string hill) => Assert.Equal(hill, Composition.Parse(formula).HillFormula);

    [Fact]
    public void Order_equality_amounts_and_mass()
    {
        var one = Composition.Parse("NaAlSi3O8");
        var two = Composition.Parse("Si3AlO8Na");
        Assert.Equal(one, two);
        Assert.Equal(one.GetHashCode(), two.GetHashCode());
        Assert.NotEqual(one, Composition.Parse("Na2Al2Si6O16"));
        Assert.Equal([8, 11, 13, 14], one.Amounts.ToArray().Select(a => a.Element.AtomicNumber));
        Assert.Equal(13, one.TotalAmount);
        Assert.Equal(3.0 / 13, one.Fraction(Element.Parse("Si")), 15);
        Assert.Equal(0, one[Element.Parse("K")]);
        Assert.Equal(18.01528, Composition.Parse("H2O").Mass, 4);
    }

    [Theory]
    [InlineData("Mg1/3Ta2/3", "Mg0.333333333333 Ta0.666666666667")]
    [InlineData("(3InAs)0.95(In2Te3)0.05", "As2.85 In2.95 Te0.15")]
    [InlineData("[Co(NH3)6]Cl3", "Cl3 Co1 H18 N6")]
    [InlineData("{Al2O3}2", "Al4 O6")]
    [InlineData("Al2O3-SiO2", "Al2 O5 Si1")]
    [InlineData("Al2O3-2SiO2", "Al2 O7 Si2")]
    [InlineData("C60@K3", "C60 K3")]
    [InlineData("CuSO4 x 5H2O", "Cu1 H10 O9 S1")]
    [InlineData("Pb(Mg1/3Nb2/3)O3", "Mg0.333333333333 Nb0.666666666667 O3 Pb1")]
    [InlineData("Fe0.620C0.000953", "C0.000953 Fe0.62")]
    public void Formulas_of_experimental_tables_are_read(string formula, string expected) =>
        Assert.Equal(expected, string.Join(' ', Composition.Parse(formula).Amounts.ToArray().Select(item => FormattableString.Invariant($"{item.Element.Symbol}{item.Amount:0.############}")).Order(StringComparer.Ordinal)));

    [Theory]
    [InlineData("Ba1-xSrxO", "charges")]
    [InlineData("Cl-", "charges")]
    [InlineData("Mg1/Ta", "a fraction needs")]
    [InlineData("Mg1/0Ta", "a fraction needs")]
    [InlineData("Al2O3@", "no meaning")]
    public void What_could_mean_anything_is_refused(string formula, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormulaException>(() => Composition.Parse(formula)).Message, StringComparison.Ordinal);
}
