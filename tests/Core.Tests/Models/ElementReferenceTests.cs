using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class ElementReferenceTests
{
    static readonly Dictionary<string, double> Known = new(StringComparer.Ordinal) { ["Na"] = -0.3, ["Mg"] = 0.7, ["Al"] = 1.1, ["O"] = -2.5, ["Cl"] = 0.05 };

    static Composition Formula(string text) => Composition.TryParse(text, out var composition, out var reason) ? composition : throw new InvalidOperationException(reason);

    static readonly Composition[] Formulas =
        [.. new[] { "NaCl", "MgO", "Al2O3", "MgCl2", "NaAlO2", "Na2O", "AlCl3", "MgAl2O4", "NaMgCl3", "Mg3Al2O6", "NaAlCl4", "Na2Mg", "MgAl", "NaAl" }.Select(Formula)];

    [Fact]
    public void References_are_recovered_exactly_from_linear_data()
    {
        var truth = ElementReferences.From(Known);
        var fitted = ElementReferences.Fit(Formulas, [.. Formulas.Select(truth.Of)]);
        Assert.Equal(Known.Keys.Order(StringComparer.Ordinal), fitted.Values.Keys);
        Assert.All(Known, entry => Assert.Equal(entry.Value, fitted.Values[entry.Key], 1e-9));
        Assert.Equal((2 * 1.1 + 3 * -2.5) / 5, truth.Of(Formula("Al4O6")), 1e-12);
        // Of charge-balanced formulas alone the values are not unique, their sums are.
        Composition[] balanced = [.. Formulas.SkipLast(3)];
        var some = ElementReferences.Fit(balanced, [.. balanced.Select(truth.Of)]);
        Assert.All(balanced, formula => Assert.Equal(truth.Of(formula), some.Of(formula), 1e-9));
        // A part that composition does not decide is left: here the same for all, which no sum over atoms but an equal shift of all elements is.
        var shifted = ElementReferences.Fit(Formulas, [.. Formulas.Select(formula => truth.Of(formula) + 0.25)]);
        Assert.All(Known, entry => Assert.Equal(entry.Value + 0.25, shifted.Values[entry.Key], 1e-9));
    }

    [Fact]
    public void Few_rows_of_many_elements_are_not_followed_to_the_letter()
    {
        // Of one row nothing can be told apart, and one that another contradicts is no reason to follow either.
        Assert.All(ElementReferences.Fit([Formula("NaCl")], [3.0]).Values.Values, value => Assert.Equal(0, value));
        Assert.All(ElementReferences.Fit([Formula("NaCl"), Formula("NaCl")], [1.0, -1.0]).Values.Values, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Elements_that_were_not_seen_count_as_nothing_and_references_add_up()
    {
        var references = ElementReferences.From(Known);
        Assert.Equal(-2.5 / 2, references.Of(Formula("BaO")), 1e-12);
        var sum = references.Plus(ElementReferences.From(new Dictionary<string, double> { ["Na"] = 1, ["Ba"] = 2 }));
        Assert.Equal((0.7, 2.0), (Math.Round(sum.Values["Na"], 12), sum.Values["Ba"]));
        Assert.Contains("Xq", Assert.Throws<ModelException>(() => ElementReferences.From(new Dictionary<string, double> { ["Xq"] = 1 })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("full+references", "full+references")]
    [InlineData("only-residual + references + parent-scaler", "freeze:body+parent-scaler+references")]
    public void Plans_name_them(string text, string canonical) => Assert.Equal(canonical, TransferPlan.Parse(text).ToString());

    [Theory]
    [InlineData("scratch+references")]
    [InlineData("full+references+references")]
    public void Plans_without_weights_take_none(string text) => Assert.Throws<TrainingInputException>(() => TransferPlan.Parse(text));
}
