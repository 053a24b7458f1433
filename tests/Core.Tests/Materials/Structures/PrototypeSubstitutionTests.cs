using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class PrototypeSubstitutionTests
{
    static readonly Crystal Perovskite = new(
        [3.9, 0, 0, 0, 3.9, 0, 0, 0, 3.9], [56, 22, 8, 8, 8], [0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5], "perovskite");

    static Element Of(string symbol) => Element.TryParse(symbol, out var element) ? element : throw new InvalidOperationException(symbol);

    static Dictionary<Element, IReadOnlyList<Element>> Choices(params (string Role, string Replacing)[] choices) =>
        choices.ToDictionary(choice => Of(choice.Role), choice => (IReadOnlyList<Element>)[.. choice.Replacing.Split(',').Select(Of)]);

    [Fact]
    public void Every_combination_is_made_at_the_sites_of_the_prototype()
    {
        Crystal[] made = [.. PrototypeSubstitution.Enumerate(Perovskite, Choices(("Ba", "Ca,Sr"), ("Ti", "Ti,Zr,Sr")), balanced: false)];
        Assert.Equal(["perovskite-Ca-Ti-O", "perovskite-Ca-Zr-O", "perovskite-Ca-Sr-O", "perovskite-Sr-Ti-O", "perovskite-Sr-Zr-O"], made.Select(crystal => crystal.Id!));
        Assert.Equal([20, 40, 8, 8, 8], made[1].AtomicNumbers.ToArray());
        Assert.Equal(Perovskite.Fractional.ToArray(), made[1].Fractional.ToArray());
        Assert.Equal(Perovskite.Volume, made[1].Volume, 1e-12);
    }

    [Fact]
    public void Charges_of_common_oxidation_states_can_be_asked_to_add_up()
    {
        // Ca²⁺Ti⁴⁺O₃, Na⁺Nb⁵⁺O₃, La³⁺Al³⁺O₃ and Ca²⁺Zr⁴⁺O₃ are balanced, Na⁺Al³⁺O₃ is not.
        string[] made = [.. PrototypeSubstitution.Enumerate(Perovskite, Choices(("Ba", "Ca,Na,La"), ("Ti", "Ti,Nb,Al")), balanced: true).Select(crystal => crystal.Id!)];
        Assert.Contains("perovskite-Ca-Ti-O", made);
        Assert.Contains("perovskite-Na-Nb-O", made);
        Assert.Contains("perovskite-La-Al-O", made);
        Assert.DoesNotContain("perovskite-Na-Al-O", made);
        Assert.DoesNotContain("perovskite-Ca-Al-O", made);
    }

    [Fact]
    public void A_prototype_with_a_shared_site_is_refused()
    {
        const string Shared = """{"lattice": {"matrix": [[4, 0, 0], [0, 4, 0], [0, 0, 4]]}, "sites": [{"species": [{"element": "Ba", "occu": 0.75}, {"element": "Sr", "occu": 0.25}], "abc": [0, 0, 0]}, {"species": [{"element": "O", "occu": 1}], "abc": [0.5, 0.5, 0.5]}]}""";
        var refused = Assert.Throws<InputException>(() => PrototypeSubstitution.Enumerate(StructureJsonReader.Parse(Shared), Choices(("Ba", "Ca")), balanced: false));
        Assert.Contains("disordered site (Sr0.25Ba0.75)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Elements_that_the_prototype_lacks_cannot_be_replaced() =>
        Assert.Contains("holds no Na; its elements are Ba, Ti, O", Assert.Throws<InputException>(() => PrototypeSubstitution.Enumerate(Perovskite, Choices(("Na", "K")), balanced: false)).Message, StringComparison.Ordinal);
}
