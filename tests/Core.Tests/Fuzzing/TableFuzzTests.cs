using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Fuzzing;

/// <summary>Tables and files of entries, read as data sets of a user.</summary>
public sealed class TableFuzzTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-fuzz-").FullName;

    const string Table = "material_id,formula,gap,split\na,NaCl,5.0,train\nb,\"Fe2O3\",2.2,test\nc,TiO2,3.0,train\n\"d,1\",\"(Mg,Fe)O\",,train\ne,SiO2,8.9 eV,test\n";

    const string Plain = "formula;y\nSi;1,1\nGe;0.7\nC;5.5\n";

    const string Entries = """
        [{"@module": "pymatgen.entries.computed_entries", "@class": "ComputedStructureEntry", "energy": -7.1, "entry_id": "mp-1", "data": {"gap": 1.2, "e_above_hull": 0.0, "name": "x"},
          "structure": {"lattice": {"matrix": [[4, 0, 0], [0, 4, 0], [0, 0, 4]]}, "sites": [{"species": [{"element": "Cs", "occu": 1}], "abc": [0, 0, 0]}, {"species": [{"element": "Cl", "occu": 1}], "abc": [0.5, 0.5, 0.5]}]}},
         {"energy": -3, "entry_id": "mp-2", "data": {"gap": 0.2},
          "structure": {"lattice": {"matrix": [[3, 0, 0], [0, 3, 0], [0, 0, 3]]}, "sites": [{"species": [{"element": "Fe", "occu": 1}], "abc": [0, 0, 0]}]}}]
        """;

    [Fact]
    public void Tables() => Fuzzer.Run(
        "csv",
        new Mutator([Fuzzer.Bytes(Table), Fuzzer.Bytes(Plain)], ["\"", "\"\"", ",", ";", "\t", "\n", "\r\n", "formula", "composition", "structure", "id", "NaCl", "nan", "NA", "-", "1.0", "\"\n", "=cmd()", "Jan-02"]),
        input =>
        {
            var path = Path.Combine(_folder, "table.csv");
            File.WriteAllBytes(path, input);
            Check(new DataSetLoader().Load(path));
        });

    [Fact]
    public void Files_of_entries() => Fuzzer.Run(
        "entries-json",
        new Mutator([Fuzzer.Bytes(Entries)], ["{", "}", "[", "]", "null", "\"data\"", "\"structure\"", "\"entry_id\"", "\"energy\"", "{\"entries\":", ",", ":", "\"\\ud800\"", "[[[[[[[["]),
        input =>
        {
            var path = Path.Combine(_folder, "entries.json");
            File.WriteAllBytes(path, input);
            Check(new DataSetLoader().Load(path));
        });

    const string Description = """
        families: { lab: { licence: own, targets: { gap: { unit: eV } } } }
        sets:
          ours: { like: lab, title: Ours, file: table.csv, formula: formula, id: material_id, splits: { split: { train: [train], test: [test] } } }
          theirs: { file: table.csv, targets: { gap: { unit: eV, about: "a gap" } }, texts: [split] }
        """;

    [Fact]
    public void Descriptions_of_sets() => Fuzzer.Run(
        "description",
        new Mutator([Fuzzer.Bytes(Description)], [": ", "{", "}", "[", "]", "&a ", "*a", "&a [*a]", "~", "like: ours", "generator: x", "rows: -1", "sha256: 0", "targets:", "\n  ", "- ", "file: ../../x"]),
        input =>
        {
            var path = Path.Combine(_folder, "sets.yaml");
            File.WriteAllBytes(path, input);
            Assert.All(RegistryReader.ReadFile(path), set => Assert.NotEmpty(set.Targets));
        });

    // No row vanishes: it is kept, refused with a reason, or left out by what was asked for, which is nothing here.
    static void Check(DataSet set)
    {
        Assert.Equal(set.TotalRows, set.Count + set.Refusals.Count + set.LeftOut);
        Assert.Equal(set.Count, set.Ids.Distinct(StringComparer.Ordinal).Count());
        Assert.All(set.Refusals, refusal => Assert.False(string.IsNullOrWhiteSpace(refusal.Reason)));
        foreach (var column in set.NumberColumns) Assert.Equal(set.Count, set.Column(column).Length);
        for (var row = 0; row < set.Count; row++)
        {
            if (set.HasCompositions) Assert.True(set.Composition(row).TotalAmount > 0);
            if (set.HasCrystals) Assert.True(set.Crystal(row).Volume > 0);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
