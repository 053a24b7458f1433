using AtomSets.Models;
using AtomSets.Models.MegNet;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class ModelSpecTests
{
    [Fact]
    public void Defaults_are_the_settings_of_the_2019_formation_energy_model()
    {
        var spec = ModelRegistry.Default.Resolve("megnet", []);
        Assert.Equal(new MegNetSettings(), MegNetSettings.From(spec));
        Assert.Equal(new MegNetSettings().ToSpec(), spec);
    }

    [Fact]
    public void Settings_survive_the_way_through_JSON()
    {
        var settings = new MegNetSettings { Hidden = 12, Dropout = 0.1, CutoffAngstrom = 4, States = 4, Output = OutputKind.Probability, Variant = MegNetVariant.MatGL };
        var spec = settings.ToSpec();
        var read = ModelSpec.Parse(spec.ToJson());
        Assert.Equal(spec, read);
        Assert.Equal(spec.ToJson(), read.ToJson());
        Assert.Equal(settings, MegNetSettings.From(read));
        Assert.IsType<double>(read.Values["cutoff_angstrom"]);
        Assert.IsType<long>(read.Values["hidden"]);
    }

    [Fact]
    public void Text_is_canonical_whatever_the_order_and_the_number_types_given()
    {
        var one = ModelRegistry.Default.Resolve("megnet", [new("hidden", 16), new("cutoff_angstrom", 4)]);
        var two = ModelRegistry.Default.Resolve("megnet", [new("cutoff_angstrom", 4.0), new("hidden", 16L)]);
        Assert.Equal(one.ToJson(), two.ToJson());
        Assert.Contains("\"cutoff_angstrom\":4.0", one.ToJson());
    }

    [Theory]
    [InlineData("hiden", 5, "did you mean 'hidden'")]
    [InlineData("hidden", 0, "outside 1")]
    [InlineData("hidden", 2.5, "not a whole number")]
    [InlineData("hidden", "many", "not a whole number")]
    [InlineData("cutoff_angstrom", double.NaN, "not a finite number")]
    [InlineData("cutoff_angstrom", -1.0, "outside 0")]
    [InlineData("output", "sigmoide", "did you mean 'sigmoid'")]
    public void Wrong_settings_are_named(string key, object value, string message) =>
        Assert.Contains(message, Assert.Throws<ModelException>(() => ModelRegistry.Default.Resolve("megnet", [new(key, value)])).Message);

    [Fact]
    public void Lists_of_widths_are_checked_element_by_element()
    {
        var spec = ModelRegistry.Default.Resolve("atomsets", [new("phi", new List<object?> { 128, 64L, 32.0 })]);
        Assert.Equal([128, 64, 32], spec.Integers("phi"));
        Assert.Contains("outside 1", Assert.Throws<ModelException>(() => ModelRegistry.Default.Resolve("atomsets", [new("phi", new[] { 8, 0 })])).Message);
        Assert.Contains("list of whole numbers", Assert.Throws<ModelException>(() => ModelRegistry.Default.Resolve("atomsets", [new("phi", 64)])).Message);
    }

    [Fact]
    public void Unknown_kinds_and_other_revisions_are_refused()
    {
        Assert.Contains("did you mean 'megnet'", Assert.Throws<ModelException>(() => ModelRegistry.Default.Resolve("magnet", [])).Message);
        var old = new ModelSpec("megnet", 0, new MegNetSettings().ToSpec().Values);
        Assert.Contains("revision 0", Assert.Throws<ModelException>(() => ModelRegistry.Default.Create(old)).Message);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"kind":"megnet","revision":1}""")]
    [InlineData("""{"kind":"megnet","revision":"1","settings":{}}""")]
    [InlineData("""{"kind":"megnet","revision":1,"settings":{"hidden":null}}""")]
    [InlineData("""{"kind":"megnet","revision":1,"settings":{"phi":["a"]}}""")]
    [InlineData("""{"kind":"megnet","revision":1,"settings":{"hidden":99999999999999999999}}""")]
    [InlineData("""{"kind":"megnet","revision":1,"settings":{"dropout":1e999}}""")]
    public void Damaged_specs_are_refused(string json) => Assert.Throws<ModelException>(() => ModelSpec.Parse(json));

    [Fact]
    public void Every_default_is_valid_for_its_own_schema()
    {
        foreach (var family in ModelRegistry.Default.Families)
            foreach (var parameter in family.Schema)
                Assert.Equal(parameter.Default, parameter.Normalise(family.Name, parameter.Default));
    }
}
