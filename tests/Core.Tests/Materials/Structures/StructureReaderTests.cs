using System.IO.Compression;
using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class StructureReaderTests : IDisposable
{
    const string SiPoscar = """
        silicon
        5.43
        0.0 0.5 0.5
        0.5 0.0 0.5
        0.5 0.5 0.0
        Si
        2
        Direct
        0.00 0.00 0.00
        0.25 0.25 0.25
        """;

    const string CsClJson = """
        {"@module": "pymatgen.core.structure", "@class": "Structure", "charge": null,
         "lattice": {"matrix": [[4.14, 0, 0], [0, 4.14, 0], [0, 0, 4.14]], "a": 4.14, "alpha": 90},
         "sites": [{"species": [{"element": "Cs", "oxidation_state": 1, "occu": 1}], "abc": [0, 0, 0], "label": "Cs"},
                   {"species": [{"element": "Cl", "occu": 1.0}], "xyz": [2.07, 2.07, 2.07]}]}
        """;

    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-structures").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Poscar_of_silicon()
    {
        var crystal = PoscarReader.Parse(SiPoscar);
        Assert.Equal(5.43 * 5.43 * 5.43 / 4, crystal.Volume, 9);
        Assert.Equal([14, 14], crystal.AtomicNumbers.ToArray());
        Assert.Equal(Math.Sqrt(3) / 4 * 5.43, NeighborList.Build(crystal, 2.5).Distances[0], 9);
        Assert.Equal("silicon", crystal.Id);
    }

    [Fact]
    public void Poscar_variants_describe_the_same_crystal()
    {
        var wanted = PoscarReader.Parse(SiPoscar);
        string[] variants =
        [
            SiPoscar.Replace("5.43", (-wanted.Volume).ToString("R", System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal),
            SiPoscar.Replace("5.43", "5.43 5.43 5.43", StringComparison.Ordinal),
            SiPoscar.Replace("Direct", "Selective dynamics\nDirect", StringComparison.Ordinal).Replace("0.25 0.25 0.25", "0.25 0.25 0.25 T T F", StringComparison.Ordinal) + "\n\n0 0 0\n0 0 0\n",
            SiPoscar.Replace("Direct", "Cartesian", StringComparison.Ordinal),
            SiPoscar.Replace("Direct", "kartesian", StringComparison.Ordinal),
            SiPoscar.Replace("silicon", "Si", StringComparison.Ordinal).Replace("\nSi\n", "\n", StringComparison.Ordinal),
            SiPoscar.Replace("\nSi\n2", "\nSi_pv/a1b2 Si\n1 1", StringComparison.Ordinal),
            SiPoscar.Replace("\n", "\r\n", StringComparison.Ordinal).Replace("0.5 0.0 0.5", "  5.0D-1\t0.0 .5", StringComparison.Ordinal),
        ];
        foreach (var variant in variants)
        {
            var crystal = PoscarReader.Parse(variant);
            Assert.Equal(wanted.Composition, crystal.Composition);
            Assert.All(crystal.Fractional[3..].ToArray(), f => Assert.Equal(0.25, f, 9));
            Assert.Equal(wanted.Volume, crystal.Volume, 6);
        }
    }

    [Theory]
    [InlineData("5.43", "zero", 2, "'zero' in the scale of the cell is not a number")]
    [InlineData("5.43", "0", 2, "the scale 0 is neither")]
    [InlineData("0.5 0.0 0.5", "0.5 0.0", 4, "cell vector b has three numbers")]
    [InlineData("0.5 0.0 0.5", "0.0 1.0 1.0", 3, "in one plane")]
    [InlineData("0.5 0.0 0.5", "0.0 NaN 1.0", 4, "not a number")]
    [InlineData("\nSi\n", "\n", 6, "VASP 5")]
    [InlineData("\nSi\n", "\nSx\n", 6, "unknown element 'Sx'")]
    [InlineData("\n2\n", "\n2 2\n", 7, "2 counts for 1 element symbols")]
    [InlineData("\n2\n", "\n-2\n", 7, "'-2' is no number of Si atoms")]
    [InlineData("\n2\n", "\n999999999\n", 7, "more than 100000 atoms")]
    [InlineData("\n2\n", "\n3\n", 10, "the file ends before the position of atom 3 of 3")]
    [InlineData("Direct", "Rectangular", 8, "where 'Direct' or 'Cartesian'")]
    [InlineData("0.25 0.25 0.25", "0.25 0.25 x", 10, "'x' in the position of atom 2 is not a number")]
    [InlineData("0.25 0.25 0.25", "1 0 -1", 10, "atom 1 and atom 2 lie 0.000 Å apart")]
    public void A_bad_poscar_is_refused_with_its_line(string what, string by, int line, string reason)
    {
        var failure = Assert.Throws<StructureFormatException>(() => PoscarReader.Parse(SiPoscar.Replace(what, by, StringComparison.Ordinal), "POSCAR"));
        Assert.StartsWith($"POSCAR, line {line}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_of_a_structure_and_of_an_entry()
    {
        var crystal = StructureJsonReader.Parse(CsClJson);
        Assert.Equal([55, 17], crystal.AtomicNumbers.ToArray());
        Assert.Equal([0.5, 0.5, 0.5], crystal.Fractional[3..].ToArray().Select(v => Math.Round(v, 12)));
        var entry = StructureJsonReader.Parse($$"""{"entry_id": "mp-573697", "energy": -7, "structure": {{CsClJson}}}""");
        Assert.Equal("mp-573697", entry.Id);
        Assert.Equal(crystal.Composition, entry.Composition);
        Assert.Equal(2, StructureJsonReader.ParseAll($"[{CsClJson},{CsClJson}]").Count);
        Assert.Throws<StructureFormatException>(() => StructureJsonReader.Parse($"[{CsClJson},{CsClJson}]"));
    }

    [Theory]
    [InlineData("\"occu\": 1.0", "\"occu\": -0.25", "site 2 has the occupancy -0.25")]
    [InlineData("\"Cl\"", "\"Clx\"", "site 2: unknown element 'Clx'; did you mean Cl?")]
    [InlineData("{\"element\": \"Cl\", \"occu\": 1.0}", "{\"element\": \"Cl\", \"occu\": 0.75}, {\"element\": \"Br\", \"occu\": 0.5}", "the occupancies at site 2 add up to 1.25")]
    [InlineData("[2.07, 2.07, 2.07]", "[2.07, 2.07]", "'xyz' of site 2 is not three numbers")]
    [InlineData("[0, 0, 0]", "[null, 0, 0]", "'abc' of site 1 is not three numbers")]
    [InlineData("[2.07, 2.07, 2.07]", "[4.14, 0, 8.28]", "site 1 and site 2 lie 0.000 Å apart")]
    [InlineData("[0, 0, 4.14]", "[0, 4.14, 0]", "in one plane")]
    [InlineData("{\"species\": [{\"element\": \"Cl\", \"occu\": 1.0}], \"xyz\": [2.07, 2.07, 2.07]}", "17", "site 2 is not an object")]
    [InlineData("\"lattice\"", "\"latice\"", "an object with 'lattice' and 'sites'")]
    [InlineData("\"charge\": null,", "\"charge\": NaN,", "line 1: this is not JSON")]
    public void Bad_json_is_refused_with_a_reason(string what, string by, string reason)
    {
        var failure = Assert.Throws<StructureFormatException>(() => StructureJsonReader.Parse(CsClJson.Replace(what, by, StringComparison.Ordinal), "x.json"));
        Assert.StartsWith("x.json", failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.cif", CifSamples.Quartz, "O2Si")]
    [InlineData("POSCAR", SiPoscar, "Si")]
    [InlineData("CONTCAR.relaxed", SiPoscar, "Si")]
    [InlineData("x.vasp", SiPoscar, "Si")]
    [InlineData("a.json", CsClJson, "ClCs")]
    [InlineData("a.cif.gz", CifSamples.Quartz, "O2Si")]
    [InlineData("unnamed1", CifSamples.Quartz, "O2Si")]
    [InlineData("unnamed2.txt", SiPoscar, "Si")]
    [InlineData("unnamed3", CsClJson, "ClCs")]
    public void The_format_is_told_by_name_or_content(string name, string content, string formula)
    {
        var path = Path.Combine(_folder, name);
        if (name.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest);
            packed.Write(System.Text.Encoding.UTF8.GetBytes(content));
        }
        else
        {
            File.WriteAllText(path, content);
        }
        Assert.Equal(formula, StructureReader.ReadFile(path).Composition.ReducedFormula);
        Assert.Single(StructureReader.ReadAll(path));
    }

    [Fact]
    public void Files_that_cannot_be_read_say_why()
    {
        Assert.Contains("there is no such file", Refusal(Path.Combine(_folder, "missing.cif")), StringComparison.Ordinal);
        Assert.Contains("folder", Refusal(_folder), StringComparison.Ordinal);
        Assert.Contains("it is empty", Refusal(Write("empty", "  \n")), StringComparison.Ordinal);
        Assert.Contains("none of the structure formats", Refusal(Write("letter", "Dear Sir,\nplease find enclosed\n")), StringComparison.Ordinal);
        Assert.Contains("archive entry was compressed using an unsupported", Refusal(Write("broken.cif.gz", "not packed at all")), StringComparison.Ordinal);

        string Write(string name, string content)
        {
            File.WriteAllText(Path.Combine(_folder, name), content);
            return Path.Combine(_folder, name);
        }

        static string Refusal(string path) => Assert.Throws<StructureFormatException>(() => StructureReader.ReadFile(path)).Message;
    }

    [Fact]
    public void A_packed_bomb_is_cut_off()
    {
        var path = Path.Combine(_folder, "bomb.cif.gz");
        using (var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest))
            for (var i = 0; i < 80; i++) packed.Write(new byte[1 << 20]);
        Assert.Contains("at most 64 MiB", Assert.Throws<StructureFormatException>(() => StructureReader.ReadFile(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_crystal_checks_what_it_is_made_of()
    {
        double[] cell = [4, 0, 0, 0, 4, 0, 0, 0, 4];
        Assert.Throws<ArgumentException>(() => new Crystal(cell, [], []));
        Assert.Throws<ArgumentException>(() => new Crystal(cell, [1], [0, 0]));
        Assert.Throws<ArgumentException>(() => new Crystal(cell, [0], [0, 0, 0]));
        Assert.Throws<ArgumentException>(() => new Crystal(cell, [1], [0, double.NaN, 0]));
        Assert.Throws<ArgumentException>(() => new Crystal([4, 0, 0, 0, 4, 0, 4, 4, 0], [1], [0, 0, 0]));
        Assert.Throws<ArgumentException>(() => new Crystal([4, 0, 0, 0, 4, 0, 0, 0, double.PositiveInfinity], [1], [0, 0, 0]));
        var (a, b, c, alpha, beta, gamma) = new Crystal(Crystal.LatticeFromParameters(3, 4, 5, 70, 80, 110), [1], [0, 0, 0]).CellParameters();
        Assert.Equal([3, 4, 5, 70, 80, 110], new[] { a, b, c, alpha, beta, gamma }.Select(v => Math.Round(v, 10)));
        Assert.Equal(2.165, CifSamples.RockSalt().Density, 2);
    }
}
