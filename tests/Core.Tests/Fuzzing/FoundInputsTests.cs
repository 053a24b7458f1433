using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.MegNet;
using Xunit;

namespace AtomSets.Core.Tests.Fuzzing;

/// <summary>Inputs that once broke a parser.</summary>
public sealed class FoundInputsTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-found-").FullName;

    [Theory]
    [InlineData("study: a\n? &x [*x]\n: 1\n", "stands within what it refers to")]
    [InlineData("study: &x { a: *x }\n", "stands within what it refers to")]
    [InlineData("study: a\ntargets:\n - &b\n  - *b\n", "stands within what it refers to")]
    [InlineData("a: *nothing\n", "not YAML")]
    [InlineData("", "one YAML mapping is expected")]
    public void Endless_references_are_refused(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<StudyFileException>(() => StudyFileReader.Parse(text, "x.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void Texts_that_grow_beyond_any_memory_are_refused()
    {
        Assert.Contains("deep", Assert.Throws<YamlTextException>(() => YamlText.Read("a: " + new string('[', 5_000))).Message, StringComparison.Ordinal);
        // Each line refers ten times to the line before.
        var laughs = "l0: &l0 ha\n" + string.Concat(Enumerable.Range(1, 12).Select(i => $"l{i}: &l{i} [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 10))}]\n"));
        var refused = Assert.Throws<YamlTextException>(() => YamlText.Read(laughs));
        Assert.Contains("references written out", refused.Message, StringComparison.Ordinal);
        Assert.InRange(refused.Line, 6, 8);
    }

    [Theory]
    [InlineData("F1.2(H2)O", "F1.2(H2)O")]
    [InlineData("F1.2H2O", "FH4O2")]
    [InlineData("C0.5H2O", "C0.5H2O")]
    [InlineData("(C1.5)H2O", "C1.5(H2)O")]
    [InlineData("Na0.5(H2O)2", "H4Na0.5O2")]
    public void Water_behind_a_decimal_amount_is_printed_as_it_is_read(string text, string printed)
    {
        var composition = Composition.Parse(text);
        Assert.Equal(printed, composition.HillFormula);
        Assert.Equal(composition, Composition.Parse(composition.HillFormula));
    }

    [Fact]
    public void Occupancies_of_nothing_are_no_atoms()
    {
        const string Site = """{"lattice":{"matrix":[[4,0,0],[0,4,0],[0,0,4]]},"sites":[{"species":[{"element":"Na","occu":0.5},{"element":"K","occu":1e-320}],"abc":[0,0,0]}]}""";
        Assert.Equal("Na0.5", StructureJsonReader.Parse(Site).Composition.AlphabeticalFormula);
        Assert.Throws<StructureFormatException>(() => StructureJsonReader.Parse(Site.Replace("0.5", "1e-320", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("[{\"entry_id\":\"\\ud800\",\"structure\":{}}]")]
    [InlineData("[{\"structure\":{\"lattice\":{\"matrix\":[[4,0,0],[0,4,0],[0,0,4]]},\"sites\":[{\"species\":[{\"element\":\"\\udc00\"}],\"abc\":[0,0,0]}]}}]")]
    [InlineData("[\"\\ud800\"]")]
    public void Text_that_is_no_Unicode_is_refused(string json)
    {
        var path = Path.Combine(_folder, "entries.json");
        File.WriteAllText(path, json);
        Assert.Throws<InputException>(() => new DataSetLoader().Load(path));
        Assert.ThrowsAny<InputException>(() => StructureJsonReader.ParseAll(json));
        File.WriteAllBytes(path, [.. "[{\"entry_id\":\""u8, 0x9E, .. "\"}]"u8]);
        Assert.Contains("no Unicode", Assert.Throws<InputException>(() => new DataSetLoader().Load(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("width", -1L)]
    [InlineData("blocks", 2_000_000_000L)]
    [InlineData("dropout", 2.0)]
    [InlineData("variant", "mine")]
    public void Settings_that_no_user_could_give_are_refused_in_files(string name, object value)
    {
        var refused = Assert.Throws<ModelException>(() => ModelRegistry.Default.Create(new MegNetSettings().ToSpec().With(name, value)));
        Assert.Contains($"megnet.{name}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_with_a_word_where_keys_belong_is_refused()
    {
        var path = Path.Combine(_folder, "sets.yaml");
        File.WriteAllText(path, "sets:\n  theirs: { file: table.csv, targets: { gap: eV } }\n");
        Assert.Contains(path, Assert.Throws<InputException>(() => RegistryReader.ReadFile(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
