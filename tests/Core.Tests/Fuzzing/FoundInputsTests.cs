using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.MegNet;
using AtomSets.Models.Published;
using AtomSets.Studies;
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

    [Theory]
    [InlineData("""{"kind":"train","name1e5-0\ud800":"a"}""")]
    [InlineData("""{"kind":"train","a":"\ud800"}""")]
    [InlineData("""{"kind":"train","a":{"$draw":"\udc00"}}""")]
    public void Specs_whose_text_is_no_Unicode_are_refused(string json) => Assert.Throws<StudyInputException>(() => TrialSpec.Parse(json));

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

    [Theory]
    [InlineData("{\"event\":\"trial-finished\",\"score\":{\"metric\":\"mae\",\"value\":1,\"unit\":\"eV\"}}", "key")]
    [InlineData("{\"event\":\"started\",\"study\":{\"name\":\"a\",\"seed\":1,\"nodes\":[{\"node\":\"select\",\"candidates\":[\"b\"],\"id\":\"c\",\"labels\":null}]}}", "null")]
    [InlineData("{\"event\":\"started\",\"study\":{\"name\":\"a\",\"seed\":1,\"nodes\":[],\"coreHours\":1e309}}", "float64")]
    [InlineData("{\"event\":\"trials-left-out\"}", "keys")]
    [InlineData("{\"event\":7}", "event")]
    public void Records_without_a_part_or_with_an_impossible_one_are_refused(string json, string said)
    {
        var refused = Assert.Throws<StudyInputException>(() => StudyJson.Read<StudyEvent>(json, "an event"));
        Assert.StartsWith("an event cannot be read (", refused.Message, StringComparison.Ordinal);
        Assert.Contains(said, refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("2147483647\n\nH 0 0 0\n")]
    [InlineData("1000000000\n\nH 0 0 0\n")]
    public void Atoms_that_are_announced_and_not_there_take_no_memory(string xyz) => Assert.Contains("are announced", Assert.Throws<ModelException>(() => Molecule.ParseXyz(xyz)).Message, StringComparison.Ordinal);

    [Fact]
    public void Shapes_whose_product_overflows_are_refused()
    {
        byte[] header = [.. "{'descr': '<f8', 'fortran_order': False, 'shape': (1073741824, 1073741824, 2), }"u8];
        Assert.Contains("needs more than", Assert.Throws<ModelException>(() => NumpyReader.Read([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header], "x.npy")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
