using System.IO.Compression;
using System.Text;
using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

/// <summary>Files of computed entries, as pymatgen 2022.11.7 writes them.</summary>
public sealed class EntryFileTests : IDisposable
{
    // ComputedStructureEntry.as_dict() of rocksalt NaCl and of SrTiO3, the second without some of the fields.
    const string Rocksalt = """
        {"@module": "pymatgen.entries.computed_entries", "@class": "ComputedStructureEntry", "energy": -6.8, "composition": {"Cl": 1.0, "Na": 1.0}, "entry_id": "x1", "correction": -0.2, "energy_adjustments": [{"@class": "ManualEnergyAdjustment", "value": -0.2}], "parameters": {}, "data": {"mat_id": "agm001", "prototype_id": "rocksalt", "spg": 225, "energy_total": -6.8, "total_mag": 0.1, "band_gap_ind": 5.0, "dos_ef": 0.0, "energy_corrected": -7.0, "e_above_hull": 0.0, "e_form": -2.1, "e_phase_separation": -0.5, "decomposition": "NaCl", "stress": [[0, 0, 0], [0, 0, 0], [0, 0, 0]]}, "structure": {"@class": "Structure", "charge": 0, "lattice": {"matrix": [[-2.82, -2.82, 0.0], [-2.82, 0.0, -2.82], [0.0, -2.82, -2.82]], "pbc": [true, true, true], "volume": 44.85153599999999}, "sites": [{"species": [{"element": "Cl", "occu": 1}], "abc": [0.5, 0.5, 0.5], "label": "Cl", "properties": {"magmom": 0.0}}, {"species": [{"element": "Na", "occu": 1}], "abc": [0.0, 0.0, 0.0], "label": "Na", "properties": {"magmom": 0.1}}]}}
        """;

    const string Perovskite = """
        {"@class": "ComputedStructureEntry", "energy": -40.0, "composition": {"Sr": 1.0, "Ti": 1.0, "O": 3.0}, "entry_id": null, "correction": 0.0, "parameters": {}, "data": {"mat_id": "agm002", "prototype_id": "perovskite", "spg": 221, "energy_total": -40.0, "total_mag": 0.0, "band_gap_ind": -100000000.0, "e_above_hull": 9.5, "e_form": -3.5}, "structure": {"@class": "Structure", "charge": 0, "lattice": {"matrix": [[3.9, 0.0, 0.0], [0.0, 3.9, 0.0], [0.0, 0.0, 3.9]]}, "sites": [{"species": [{"element": "Sr", "occu": 1}], "abc": [0.0, 0.0, 0.0]}, {"species": [{"element": "Ti", "occu": 1}], "abc": [0.5, 0.5, 0.5]}, {"species": [{"element": "O", "occu": 1}], "abc": [0.5, 0.5, 0.0]}, {"species": [{"element": "O", "occu": 1}], "abc": [0.5, 0.0, 0.5]}, {"species": [{"element": "O", "occu": 1}], "abc": [0.0, 0.5, 0.5]}]}}
        """;

    readonly string _home = Directory.CreateTempSubdirectory("atomsets-entries").FullName;

    [Theory]
    [InlineData("list.json", "[{0},{1}]")]
    [InlineData("object.json", "{{\"version\": {{\"of\": [1, 2], \"entries\": [3]}}, \"entries\": [{0}, {1}], \"more\": 1}}")]
    [InlineData("packed.json.gz", "[{0},{1}]")]
    [InlineData("marked.json", "\uFEFF[{0},{1}]")]
    public void Fields_become_columns_with_units(string name, string frame)
    {
        var set = Load(Write(name, string.Format(null, frame, Rocksalt, Perovskite)));
        Assert.Equal(["agm001", "agm002"], set.Ids);
        Assert.Equal(["ClNa", "O3SrTi"], set.Formulas);
        Assert.Equal(2, set.Crystal(0).AtomCount);
        Assert.Equal(["rocksalt", "perovskite"], set.Text("prototype_id"));
        Assert.Equal([-2.1, -3.5], set.Column("e_form").ToArray());
        Assert.Equal([-6.8, -40], set.Column("energy_total").ToArray());
        Assert.Equal([-3.4, -8], set.Column("energy_total_per_atom").ToArray());
        Assert.Equal([-3.5, double.NaN], set.Column("energy_corrected_per_atom").ToArray());
        Assert.Equal([5, double.NaN], set.Column("band_gap_ind").ToArray());
        Assert.Equal(44.851536 / 2, set.Column("volume_per_atom")[0], 1e-9);
        Assert.Equal(3.9 * 3.9 * 3.9 / 5, set.Column("volume_per_atom")[1], 1e-9);
        Assert.Equal("eV/atom", set.Unit("e_form"));
        Assert.Equal("eV/cell", set.Unit("energy_total"));
        Assert.Equal("eV/atom", set.Unit("energy_total_per_atom"));
        Assert.Equal("Å³/atom", set.Unit("volume_per_atom"));
    }

    [Fact]
    public void Rows_without_the_target_are_refused_and_outliers_of_any_column_cut()
    {
        var path = Write("two.json", $"[{Rocksalt},{Perovskite}]");
        var gaps = Load(path, new DataSetQuery { Targets = ["band_gap_ind"] });
        Assert.Equal(["agm001"], gaps.Ids);
        Assert.Contains("no value in band_gap_ind", Assert.Single(gaps.Refusals).Reason, StringComparison.Ordinal);
        var stable = Load(path, new DataSetQuery { Targets = ["e_form"], Filter = new RowFilter { Columns = [new ColumnRange("e_above_hull", null, 8)] } });
        Assert.Equal(["agm001"], stable.Ids);
        Assert.Equal("e_above_hull outside −∞ … 8", Assert.Single(stable.FilterSteps).What);
        Assert.Equal(["agm001"], Load(path, new DataSetQuery { MaxSites = 4 }).Ids);
        Assert.Contains("did you mean 'e_form'", Assert.Throws<InputException>(() => Load(path, new DataSetQuery { Targets = ["e_frm"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Differences_may_be_taken_from_a_column_of_the_same_set()
    {
        var set = Load(Write("two.json", $"[{Rocksalt},{Perovskite}]"), new DataSetQuery { Targets = ["energy_total"], Delta = new DeltaReference("", "energy_corrected") });
        Assert.Equal(["agm001"], set.Ids);
        Assert.Equal(0.2, set.Column("energy_total")[0], 1e-12);
        Assert.Equal("no value in energy_corrected", Assert.Single(set.FilterSteps).What);
    }

    [Fact]
    public void Bad_entries_are_refused_and_the_others_read()
    {
        var half = Perovskite.Replace("\"element\": \"Sr\", \"occu\": 1", "\"element\": \"Sr\", \"occu\": 0.5", StringComparison.Ordinal).Replace("agm002", "agm003", StringComparison.Ordinal);
        var set = Load(Write("some.json", $"[{Rocksalt}, {half}, 17, {Rocksalt}, {Perovskite}]"));
        Assert.Equal(["agm001", "agm003", "agm002"], set.Ids);
        Assert.Equal([3, 4], set.Refusals.Select(refusal => refusal.Row));
        Assert.Contains("repeats row 1", set.Refusals[1].Reason, StringComparison.Ordinal);
        // Half the strontium is vacant: 4.5 atoms.
        Assert.Equal([null, 4.5, null], Enumerable.Range(0, 3).Select(row => set.Occupancies!(row) is null ? (double?)null : set.Composition(row).TotalAmount));
        Assert.Equal(set.Column("energy_total")[1] / 4.5, set.Column("energy_total_per_atom")[1], 1e-12);
        var ordered = Load(Write("some.json", $"[{Rocksalt}, {half}, 17, {Rocksalt}, {Perovskite}]"), DataSetQuery.All with { OrderedOnly = true });
        Assert.Equal(["agm001", "agm002"], ordered.Ids);
        Assert.Contains("a site is disordered", ordered.Refusals[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Refusals_count_the_entries_of_the_file()
    {
        var empty = Rocksalt[..Rocksalt.IndexOf("\"sites\"", StringComparison.Ordinal)].Replace("agm001", "agm000", StringComparison.Ordinal) + "\"sites\": [1]}}";
        var set = Load(Write("gaps.json", $"[{empty}, {Rocksalt}, {Perovskite}]"), new DataSetQuery { Targets = ["band_gap_ind"] });
        Assert.Equal(["agm001"], set.Ids);
        Assert.Equal(["agm000", "agm002"], set.Refusals.Select(refusal => refusal.Id));
        Assert.Equal([("gaps.json", 1), ("gaps.json", 3)], set.Refusals.Select(refusal => (refusal.File, refusal.Row)));
        Assert.Contains("site 1 is not an object", set.Refusals[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{\"energy\": 1}, {\"ener", "ends within an entry")]
    [InlineData("{\"a\": 1}", "holds no entries")]
    [InlineData("true", "holds no entries")]
    [InlineData("[{\"a\" 1}]", "is not JSON")]
    public void Damaged_files_say_so(string text, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Load(Write("bad.json", text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Entries_may_be_imported_under_a_name()
    {
        var loader = new DataSetLoader(new DataLocations(null, _home), DataSetRegistry.Shared);
        var (_, rows) = DataSetImport.Import(loader, Write("two.json", $"[{Rocksalt},{Perovskite}]"), "mine", new ImportOptions());
        Assert.Equal(2, rows.Count);
        var set = loader.Load("mine", new DataSetQuery { Targets = ["energy_total_per_atom"] });
        Assert.Equal([-3.4, -8], set.Column("energy_total_per_atom").ToArray());
        Assert.Equal("eV/atom", set.Unit("energy_total_per_atom"));
        Assert.Equal(5, set.Crystal(1).AtomCount);
    }

    [Fact]
    public void Long_files_pass_in_pieces()
    {
        // Longer than the buffer many times over, with entries across its ends.
        var text = new StringBuilder("[");
        for (var i = 0; i < 1500; i++) text.Append(i > 0 ? "," : "").Append(Rocksalt.Replace("agm001", $"m{i}", StringComparison.Ordinal)).Append(' ', i % 7);
        var set = Load(Write("long.json.gz", text.Append(']').ToString()));
        Assert.Equal(1500, set.Count);
        Assert.Equal("m1499", set.Ids[^1]);
        Assert.IsType<CrystalFile>(set.Crystals);
        Assert.IsType<PickedCrystals>(Load(Path.Combine(_home, "long.json.gz"), new DataSetQuery { Limit = 10 }).Crystals);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    DataSet Load(string path, DataSetQuery? query = null) => new DataSetLoader(new DataLocations(null, _home), DataSetRegistry.Shared).Load(path, query);

    string Write(string name, string text)
    {
        var path = Path.Combine(_home, name);
        using Stream file = File.Create(path), content = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        content.Write(Encoding.UTF8.GetBytes(text));
        return path;
    }
}
