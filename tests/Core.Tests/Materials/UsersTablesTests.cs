using System.Text;
using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

/// <summary>Tables and folders as spreadsheets and people write them.</summary>
public sealed class UsersTablesTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-tables-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    DataSetLoader Loader => new(new DataLocations(null, Path.Combine(_folder, "home")), DataSetRegistry.Shared);

    string Write(string name, string text, bool mark = false)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, new UTF8Encoding(mark));
        return path;
    }

    const string Spreadsheet =
        "Chemical formula;Band gap / eV;Unit;Reference\r\n"
        + "MgO;7,8;eV;\"Müller; \"\"handbook\"\"\"\r\n"
        + "CaO;7;eV;own work, 2019\r\n"
        + "SrO;;eV;own work\r\n"
        + "GaN;n/a;eV;own work\r\n"
        + "ZnO;3,4e0;eV;own work\r\n";

    [Fact]
    public void A_table_of_a_spreadsheet_reads_the_same_before_and_after_its_import()
    {
        var path = Write("gaps.csv", Spreadsheet, mark: true);
        DataSetImport.Import(Loader, path, "gaps", new ImportOptions());
        foreach (var name in (string[])[path, "gaps"])
        {
            var set = Loader.Load(name);
            Assert.Equal([7.8, 7, double.NaN, double.NaN, 3.4], set.Column("Band gap / eV").ToArray());
            Assert.Equal("eV", set.Unit("Band gap / eV"));
            Assert.Equal("own work, 2019", set.Text("Reference")[1]);
            Assert.Equal("Müller; \"handbook\"", set.Text("Reference")[0]);
            Assert.Equal("'n/a' in Band gap / eV is not a finite number", Assert.Single(set.Warnings).Reason);
            Assert.Equal(3, Loader.Load(name, new DataSetQuery { Targets = ["Band gap / eV"] }).Count);
        }
    }

    [Fact]
    public void Between_tabs_and_commas_a_decimal_comma_is_told()
    {
        var tabs = Write("gaps.tsv", "formula\tgap\nMgO\t7.8\nCaO\t7.0\nSrO\t5,9\n");
        var (imported, _) = DataSetImport.Import(Loader, tabs, "tabs", new ImportOptions { Units = new Dictionary<string, string> { ["gap"] = "eV" } });
        Assert.Equal('\t', imported.Descriptor.Separator);
        var set = Loader.Load("tabs");
        Assert.Equal([7.8, 7.0, double.NaN], set.Column("gap").ToArray());
        Assert.Equal("'5,9' in gap is not a finite number", Assert.Single(set.Warnings).Reason);
        Assert.Equal(["MgO", "CaO", "SrO"], InputTable.Read(tabs).Select(row => row.Formula));
    }

    [Fact]
    public void A_described_table_may_have_any_separator()
    {
        Write("gaps.csv", Spreadsheet);
        var description = Write("sets.yaml", "sets:\n  mine:\n    file: gaps.csv\n    formula: Chemical formula\n    targets: { Band gap / eV: { unit: eV } }\n");
        var (imported, rows) = Assert.Single(DataSetImport.ImportDescribed(Loader, description, replace: false));
        Assert.Equal(("mine", 5), (imported.Descriptor.Name, rows.Count));
        Assert.Equal(7.8, Loader.Load("mine").Column("Band gap / eV")[0]);
    }

    [Theory]
    [InlineData("Nr,formula,gap\n1,MgO,7\n2,CaO,6\n", "Nr", true)]
    [InlineData(",formula,gap\n0,MgO,7\n1,CaO,6\n", "", true)] // pandas' to_csv
    [InlineData("index,formula,gap\n2,MgO,7\n1,CaO,6\n", "index", false)]
    [InlineData("index,formula,gap\n1.5,MgO,7\n1.6,CaO,6\n", "index", false)]
    [InlineData("bonds,formula,gap\n1,MgO,7\n2,CaO,6\n", "bonds", false)]
    public void Numbers_of_rows_are_no_target(string text, string column, bool isCounter)
    {
        var path = Write("numbered.csv", text);
        DataSetImport.Import(Loader, path, "numbered", new ImportOptions());
        foreach (var name in (string[])[path, "numbered"])
        {
            var set = Loader.Load(name);
            Assert.Equal(isCounter ? ["gap"] : [column, "gap"], set.Descriptor.Targets.Select(target => target.Name));
            if (isCounter) Assert.Equal(2, set.Text(column).Count);
        }
    }

    [Fact]
    public void Columns_are_found_by_their_words_and_the_plain_names_come_first()
    {
        Assert.Equal("Chemical Formula", Loader.Load(Write("a.csv", "No,Chemical Formula,gap\n1,MgO,7\n")).Descriptor.FormulaColumn);
        Assert.Equal("formula", Loader.Load(Write("b.csv", "Compound,formula,gap\nmagnesia,MgO,7\n")).Descriptor.FormulaColumn);
        Assert.Equal("Material ID", Loader.Load(Write("c.csv", "Material ID,Compound,gap\nx,MgO,7\n")).Descriptor.IdColumn);
    }

    [Fact]
    public void Check_takes_the_columns_that_the_user_names()
    {
        var path = Write("odd.csv", "what,name of it,gap\nMgO,m,7\nXx,x,8\n");
        Assert.Contains("--formula COLUMN", Assert.Throws<InputException>(() => DataSetCheck.Of(Loader, path)).Message, StringComparison.Ordinal);
        var check = DataSetCheck.Of(Loader, path, "gap", new ImportOptions { FormulaColumn = "what", IdColumn = "name of it" });
        Assert.Equal(("m", "x"), (Assert.Single(check.Set.Ids), Assert.Single(check.Refusals).Id));
        // An import that fails names the user's file, not its copy.
        Assert.StartsWith(path, Assert.Throws<InputException>(() => DataSetImport.Import(Loader, path, "odd", new ImportOptions())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file,gap (eV),note\n")]
    [InlineData("Material ID,gap (eV),note\n")]
    public void A_folder_s_table_may_have_a_header_and_name_whole_files(string header)
    {
        var source = IonicGenerator.Generate(2, 1);
        Write("mine/a.cif", CifWriter.Write(source.Crystal(0)));
        Write("mine/POSCAR_b", "salt\n1.0\n0 2.8 2.8\n2.8 0 2.8\n2.8 2.8 0\nNa Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n");
        Write("mine/id_prop.csv", header + "a.cif,1.5,1\nPOSCAR_b,8.5,2\nc.cif,1,3\n");
        var set = Loader.Load(Path.Combine(_folder, "mine"));
        Assert.Equal(["a.cif", "POSCAR_b"], set.Ids);
        Assert.Equal([1.5, 8.5], set.Column("gap (eV)").ToArray());
        Assert.Equal("eV", set.Unit("gap (eV)"));
        Assert.Equal((3, "c.cif"), (Assert.Single(set.Refusals).Row, set.Refusals[0].Id));
        DataSetImport.Import(Loader, Path.Combine(_folder, "mine"), "mine", new ImportOptions());
        Assert.Equal([1, 2], Loader.Load("mine").Column("note").ToArray());
    }

    [Fact]
    public void A_first_row_without_file_and_number_is_a_row()
    {
        Write("plain/a.cif", CifWriter.Write(IonicGenerator.Generate(1, 1).Crystal(0)));
        Write("plain/id_prop.csv", "gone,oops\na,1.5\n");
        var set = Loader.Load(Path.Combine(_folder, "plain"));
        Assert.Equal(("gone", "target"), (Assert.Single(set.Refusals).Id, Assert.Single(set.Descriptor.Targets).Name));
    }
}
