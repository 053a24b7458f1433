using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Fuzzing;

/// <summary>Formulas.</summary>
public sealed class FormulaFuzzTests
{
    [Fact]
    public void Formulas() => Fuzzer.Run(
        "formula",
        new Mutator(
            [.. new[] { "Fe2O3", "CuSO4.5H2O", "(NH4)2[Fe(CN)6]", "Ba0.5Sr0.5TiO3", "3Al2O3·2SiO2", "C60@K3", "Ca(OH)2", "La1/3Sr2/3MnO3", "{Mg3}[Al2](SiO4)3", "D2O", "Al2O3-SiO2", "NaCl" }.Select(Fuzzer.Bytes)],
            ["(", ")", "[", "]", "{", "}", "·", "•", ".", "-", "+", "@", " x ", "*", "/", "H2O", "Fe", "Xx", "₂", "½", "²⁺", "3+", "0", "1e3", "((((((((((((((((((((", "Mar-02", "2-Jan"]),
        input =>
        {
            var composition = Composition.Parse(Fuzzer.Text(input));
            Assert.NotEmpty(composition.Amounts.ToArray());
            foreach (var (_, amount) in composition.Amounts) Assert.InRange(amount, Composition.Resolution / 2, Composition.MaxAmount * 1.000001);
            Assert.Equal(1, composition.Amounts.ToArray().Sum(part => composition.Fraction(part.Element)), 1e-9);
            Assert.True(double.IsFinite(composition.Mass) && composition.Mass > 0);
            // What is printed, with ten digits, is read as the same.
            var again = Composition.Parse(composition.AlphabeticalFormula);
            foreach (var (element, amount) in composition.Amounts) Assert.InRange(again[element], amount * (1 - 1e-8) - 1e-9, amount * (1 + 1e-8) + 1e-9);
        });
}
