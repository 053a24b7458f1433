using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class DataSetsLoaderTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-data-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    DataSetLoader Loader => new(new DataLocations(TestData.Root, Path.Combine(_folder, "home")), DataSetRegistry.Shared);

    string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!name.EndsWith(".gz", StringComparison.Ordinal))
        {
            File.WriteAllText(path, text);
            return path;
        }
        using var zip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        zip.Write(Encoding.UTF8.GetBytes(text));
        return path;
    }

    const string Bad =
        """
        id,formula,split,value,note
        a,NaCl,train,1.5,x
        b,Na2Cl2,train,nan,x
        c,MgO,test,,x
        a,KCl,test,2.5,x
        d,Xx2O,val,3.5,x
        e,KBr,val,1e400,x
        f,KI,val,"4,5",x
        g,CaO,test,6.5
        ,LiF,train,7.5,x
        h,"LiF",train,-8.5e-1,"a ""quoted"" note"
        """;

    [Theory]
    [InlineData("bad.csv")]
    [InlineData("bad.csv.gz")]
    public void Rows_that_cannot_be_used_are_reported_with_row_id_and_reason(string name)
    {
        var set = Loader.Load(Write(name, Bad), new DataSetQuery { Targets = ["value"] });
        Assert.Equal(["a", "h"], set.Ids);
        Assert.Equal([1.5, -0.85], set.Column("value").ToArray());
        Assert.Equal(["ClNa", "FLi"], set.Formulas);
        Assert.Equal("a \"quoted\" note", set.Text("note")[1]);
        Assert.Equal(10, set.TotalRows);
        Assert.Equal(
            [(2, "b"), (3, "c"), (4, "a"), (5, "d"), (6, "e"), (7, "f"), (8, ""), (9, "")],
            set.Refusals.Select(refusal => (refusal.Row, refusal.Id)));
        Assert.Equal("'nan' in value is not a finite number", set.Refusals[0].Reason);
        Assert.Equal("no value in value", set.Refusals[1].Reason);
        Assert.Equal("the id repeats row 1, which is kept", set.Refusals[2].Reason);
        Assert.Contains("Xx2O", set.Refusals[3].Reason);
        Assert.Contains("1e400", set.Refusals[4].Reason);
        Assert.Contains("4,5", set.Refusals[5].Reason);
        Assert.Equal("4 fields where the header has 5", set.Refusals[6].Reason);
        Assert.Contains("no id", set.Refusals[7].Reason);
    }

    [Fact]
    public void A_row_number_is_the_id_where_there_is_no_id_column()
    {
        var set = Loader.Load(Write("plain.csv", "composition,y\nFe2O3,1\nFe4O6,2\n"));
        Assert.Equal(["1", "2"], set.Ids);
        Assert.Equal(set.Formulas[0], set.Formulas[1]);
    }

    [Fact]
    public void Nothing_usable_an_empty_file_and_a_header_without_formula_are_clear_errors()
    {
        Assert.Contains("none of its 1 rows can be used (1 refused", Assert.Throws<InputException>(() => Loader.Load(Write("none.csv", "formula,y\nQq,1\n"))).Message);
        Assert.Contains("is empty", Assert.Throws<InputException>(() => Loader.Load(Write("empty.csv", ""))).Message);
        Assert.Contains("neither a formula nor a structure column", Assert.Throws<InputException>(() => Loader.Load(Write("noformula.csv", "x,y\n1,2\n"))).Message);
        Assert.Contains("did you mean 'energy'?", Assert.Throws<InputException>(() => Loader.Load(Write("t.csv", "formula,energy\nNaCl,2\n"), new DataSetQuery { Targets = ["enrgy"] })).Message);
        Assert.Contains("names the column 'y' twice", Assert.Throws<InputException>(() => Loader.Load(Write("twice.csv", "formula,y,y\nNaCl,2,3\n"))).Message);
        Assert.Contains("no file or folder", Assert.Throws<DataMissingException>(() => Loader.Load("/nowhere/x.csv")).Message);
        var cut = Write("cut.csv.gz", Bad);
        File.WriteAllBytes(cut, [1, 2, 3, 4]);
        Assert.Contains("damaged", Assert.Throws<InputException>(() => Loader.Load(cut)).Message);
    }

    [Fact]
    public void A_structure_column_may_hold_POSCAR_texts_and_a_bad_one_is_refused()
    {
        const string Poscar = "salt\n1.0\n0 2.8 2.8\n2.8 0 2.8\n2.8 2.8 0\nNa Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n";
        var set = Loader.Load(Write("poscar.csv", $"id,structure,y\na,\"{Poscar}\",1\nb,\"{Poscar[..30]}\",2\nc,,3\n"));
        Assert.Equal(["a"], set.Ids);
        Assert.Equal(2.8 * 2.8 * 2.8 * 2, set.Crystal(0).Volume, 1e-9);
        Assert.Equal([(2, "b"), (3, "c")], set.Refusals.Select(refusal => (refusal.Row, refusal.Id)));
        Assert.Equal(["ClNa"], Loader.Load(Path.Combine(_folder, "poscar.csv"), new DataSetQuery { Structures = false }).Formulas);
    }

    [Fact]
    public void Queries_filter_without_refusing_and_limits_are_stable()
    {
        var rows = string.Concat(Enumerable.Range(1, 200).Select(i => $"m{i},Na{i}Cl,{i}\n"));
        var path = Write("many.csv", "id,formula,n\n" + rows);
        var between = Loader.Load(path, new DataSetQuery { Where = [RowCondition.Between("n", 10, 19)] });
        Assert.Equal((10, 190, 0), (between.Count, between.LeftOut, between.Refusals.Count));
        Assert.Equal(["m3", "m7"], Loader.Load(path, new DataSetQuery { Where = [RowCondition.In("n", "3.0", "7")] }).Ids);
        var limited = Loader.Load(path, new DataSetQuery { Limit = 20, LimitSeed = 1 });
        Assert.Equal(20, limited.Count);
        Assert.Equal(limited.Ids.OrderBy(id => int.Parse(id[1..])), limited.Ids);
        // The rows that a smaller file keeps are drawn the same.
        var half = Write("half.csv", "id,formula,n\n" + string.Concat(Enumerable.Range(1, 200).Where(i => i % 2 == 0).Select(i => $"m{i},Na{i}Cl,{i}\n")));
        var even = limited.Ids.Where(id => int.Parse(id[1..]) % 2 == 0);
        Assert.Subset(Loader.Load(half, new DataSetQuery { Limit = 20, LimitSeed = 1 }).Ids.ToHashSet(), even.ToHashSet());
        Assert.NotEqual(limited.Ids, Loader.Load(path, new DataSetQuery { Limit = 20, LimitSeed = 2 }).Ids);
        Assert.Equal(limited.ContentHash, between.ContentHash);
        Assert.NotEqual(limited.Hash, between.Hash);
    }

    [Fact]
    public void A_folder_of_structure_files_is_read_checked_and_imported()
    {
        var source = IonicGenerator.Generate(3, 1);
        for (var i = 0; i < 3; i++) Write($"cgcnn/c{i}.cif", CifWriter.Write(source.Crystal(i)));
        Write("cgcnn/broken.cif", "data_x\nnothing\n");
        Write("cgcnn/id_prop.csv", "c0,1.5\nc1,2.5\nbroken,1\nabsent,1\nc2,oops\n");
        var folder = Path.Combine(_folder, "cgcnn");
        var set = Loader.Load(folder, new DataSetQuery { Targets = ["target"] });
        Assert.Equal(["c0", "c1"], set.Ids);
        Assert.Equal(source.Formulas.Take(2), set.Formulas);
        Assert.Equal(["broken 3", "absent 4", "c2 5"], set.Refusals.Select(refusal => $"{refusal.Id} {refusal.Row}"));
        Assert.All(set.Refusals, refusal => Assert.Equal("id_prop.csv", refusal.File));
        Assert.Empty(set.Warnings); // of c2, which is refused
        Assert.Contains("'oops' in target", Assert.Single(DataSetCheck.Of(Loader, folder).Warnings).Reason, StringComparison.Ordinal);

        var (imported, _) = DataSetImport.Import(Loader, folder, "mine", new ImportOptions { Units = new Dictionary<string, string> { ["target"] = "eV" } });
        var again = Loader.Load("mine", new DataSetQuery { Targets = ["target"] });
        Assert.Equal((2, "eV", imported.ContentHash), (again.Count, again.Unit("target"), again.ContentHash));
        Assert.Equal(source.Crystal(0).Volume, again.Crystal(0).Volume, 1e-6);
        Assert.Contains("imported before", Assert.Throws<InputException>(() => DataSetImport.Import(Loader, folder, "mine", new ImportOptions())).Message);
        Assert.Contains("registered set", Assert.Throws<InputException>(() => DataSetImport.Import(Loader, folder, "mp_pool", new ImportOptions())).Message);
        Assert.Throws<InputException>(() => DataSetImport.Import(Loader, folder, "../evil", new ImportOptions()));
        Assert.Contains(DataSetListing.Of(Loader), listing => listing.Name == "mine");
    }

    [Fact]
    public void An_imported_table_keeps_units_and_splits_and_leaves_nothing_behind_on_failure()
    {
        var path = Write("table.csv", Bad);
        var (imported, rows) = DataSetImport.Import(Loader, path, "table", new ImportOptions { Units = new Dictionary<string, string> { ["value"] = "GPa" }, Licence = "mine" });
        Assert.Equal((4, 3, "GPa"), (rows.Refusals.Count, rows.Warnings.Count, imported.Descriptor.Target("value").Unit));
        Assert.Equal("split", imported.Descriptor.Splits.Single().Name);
        Assert.Contains("did you mean 'value'?", Assert.Throws<InputException>(() => DataSetImport.Import(Loader, path, "other", new ImportOptions { Units = new Dictionary<string, string> { ["valu"] = "GPa" } })).Message);
        Assert.Equal(["table"], Directory.EnumerateFileSystemEntries(Path.Combine(_folder, "home", "data")).Select(Path.GetFileName));
    }

    [Fact]
    public void Check_reports_refusals_warnings_repeated_formulas_and_short_distances()
    {
        var path = Write("check.csv", Bad);
        var check = DataSetCheck.Of(Loader, path);
        Assert.Equal(1, check.RepeatedFormulas);
        Assert.Equal(("ClNa", 2), check.MostRepeated.Single());
        var strict = DataSetCheck.Of(Loader, path, "value");
        Assert.Equal(8, strict.Refusals.Count);

        var cif = CifWriter.Write(new Crystal([3, 0, 0, 0, 3, 0, 0, 0, 3], [11, 17], [0, 0, 0, 0, 0, 0.2]));
        var close = DataSetCheck.Of(Loader, Write("close.csv", $"id,cif,y\nq,\"{cif}\",1\n"));
        Assert.Equal(1, close.TooClose);
        Assert.Equal(0.6, close.Closest.Single().Angstrom, 1e-9);
    }

    [Fact]
    public void Column_summary_of_a_known_column()
    {
        var summary = ColumnSummary.Of("y", "eV", "", [4, 1, double.NaN, 2, 3, 10]);
        Assert.Equal((5, 1, 4.0, 1.0, 3.0, 10.0), (summary.Count, summary.Missing, summary.Mean, summary.Min, summary.Median, summary.Max));
        Assert.Equal(Math.Sqrt(10), summary.StandardDeviation, 1e-12);
        Assert.Equal(2.4, summary.MeanAbsoluteDeviation, 1e-12);
        Assert.Equal(1.2, summary.Quantile05, 1e-12);
    }

    sealed class Server(byte[] body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(body) });
    }

    [Fact]
    public async Task Fetch_keeps_only_the_recorded_bytes()
    {
        var body = Encoding.UTF8.GetBytes("formula,y\nNaCl,1\n");
        var locations = new DataLocations(null, Path.Combine(_folder, "fetched"));
        var fetch = new DataSetFetch(locations, new HttpClient(new Server(body)));
        var address = new Uri("http://localhost/raw.csv");
        var good = new DataSetDescriptor { Name = "x", File = "sub/x.csv", Raw = new RawFile(address, Convert.ToHexStringLower(SHA256.HashData(body))) };
        var wrong = good with { File = "sub/y.csv", Raw = new RawFile(address, new string('0', 64)) };
        var path = await fetch.FetchAsync(good);
        Assert.Equal(body, await File.ReadAllBytesAsync(path));
        Assert.Contains("nothing was kept", (await Assert.ThrowsAsync<InputException>(() => fetch.FetchAsync(wrong))).Message);
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
        Assert.Contains("sources:", (await Assert.ThrowsAsync<InputException>(() => fetch.FetchAsync(DataSetRegistry.Shared.Find("mp_pool")))).Message);
    }

    [DataFact]
    public void The_pool_loads_with_its_structures()
    {
        var set = Loader.Load("mp_pool", new DataSetQuery { Targets = ["e_form_mp2018_ev_atom"], MaxSites = 20 });
        Assert.Equal((20581, 1690, 18073), (set.Count, set.Refusals.Count, set.LeftOut));
        Assert.Equal(set.Column("nsites").ToArray(), set.Crystals.Select(crystal => (double)crystal.AtomCount));
        Assert.Equal(set.Crystal(5).Composition.ReducedFormula, set.Formulas[5]);
        Assert.Equal(-4.52, set.Column("e_form_mp2018_ev_atom").ToArray().Min(), 0.05);
    }

    [DataFact]
    public void Multi_fidelity_gaps_take_their_structures_from_the_pool()
    {
        var set = Loader.Load("mf_gaps", new DataSetQuery { Targets = ["gap_hse_ev"], Where = [RowCondition.In("in_struct_mp_pool", "1")], MaxSites = 12 });
        Assert.True(set.HasCrystals);
        Assert.All(set.Crystals, crystal => Assert.InRange(crystal.AtomCount, 1, 12));
        Assert.Equal(set.Ids[3], set.Crystal(3).Id);
        // CATALOG: HSE gaps with a structure in the pool: 4,513.
        Assert.Equal(4513, Loader.Load("mf_gaps", new DataSetQuery { Targets = ["gap_hse_ev"], Structures = false }).Count);
    }

    [DataFact]
    public void Info_summarises_the_catalogued_distribution()
    {
        var info = DataSetInfo.Of(Loader, "elastic_mp_binary");
        var log = info.Columns.Single(column => column.Column == "log10_k_vrh");
        Assert.Equal((3953, 0.340), (log.Count, Math.Round(log.MeanAbsoluteDeviation, 3)));
        Assert.Equal(3821, info.Columns.Single(column => column.Column == "e_form_mp2018_ev_atom").Count);
        Assert.Equal(253, DataSetInfo.Of(Loader, "phonons").Parts["official_test_fold"]["3"]);
    }
}
