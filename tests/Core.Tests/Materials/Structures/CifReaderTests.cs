using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class CifReaderTests
{
    [Fact]
    public void Rutile_fills_its_cell_from_symmetry()
    {
        var crystal = CifReader.Parse(CifSamples.Rutile);
        Assert.Equal("rutile", crystal.Id);
        Assert.Equal("O4Ti2", crystal.Composition.AlphabeticalFormula);
        Assert.Equal(4.594 * 4.594 * 2.959, crystal.Volume, 9);
        var expected = new[] { (22, 0, 0, 0.0), (22, 0.5, 0.5, 0.5), (8, 0.305, 0.305, 0), (8, 0.695, 0.695, 0), (8, 0.195, 0.805, 0.5), (8, 0.805, 0.195, 0.5) };
        Assert.Equal(expected.Order(), Sites(crystal).Order());

        // The P1 listing of the same crystal has the same pairs.
        var p1 = CifReader.Parse(CifWriter.Write(crystal));
        Assert.Equal(Distances(crystal, 5), Distances(p1, 5), (x, y) => Math.Abs(x - y) < 1e-7);

        // Each titanium has six oxygens: two at √2 x a, four at √(2 (½−x)² a² + c²/4).
        var neighbours = NeighborList.Build(crystal, 2.1);
        var bonds = neighbours.Distances[..neighbours.EdgeOffsets[1]].ToArray().Order().ToArray();
        Assert.Equal(6, bonds.Length);
        Assert.All(bonds[..4], d => Assert.Equal(Math.Sqrt(2 * Math.Pow(0.195 * 4.594, 2) + Math.Pow(2.959 / 2, 2)), d, 9));
        Assert.All(bonds[4..], d => Assert.Equal(Math.Sqrt(2) * 0.305 * 4.594, d, 9));
    }

    [Fact]
    public void Quartz_has_nine_atoms_and_tetrahedra()
    {
        var crystal = CifReader.Parse(CifSamples.Quartz);
        Assert.Equal("O2Si", crystal.Composition.ReducedFormula);
        Assert.Equal(9, crystal.AtomCount);
        Assert.Equal(4.916 * 4.916 * 5.4054 * Math.Sqrt(3) / 2, crystal.Volume, 6);
        var neighbours = NeighborList.Build(crystal, 1.7);
        for (var i = 0; i < 9; i++)
        {
            var bonds = neighbours.Distances[neighbours.EdgeOffsets[i]..neighbours.EdgeOffsets[i + 1]].ToArray();
            Assert.Equal(crystal.AtomicNumbers[i] == 14 ? 4 : 2, bonds.Length);
            Assert.All(bonds, d => Assert.InRange(d, 1.60, 1.62));
        }
    }

    [Theory]
    [InlineData("0.3333", "0.6667", 2)]
    [InlineData("0.333", "0.667", 2)]
    [InlineData("-0.66667", "1.66667", 2)]
    public void Images_on_a_special_position_are_one_atom(string x, string y, int atoms)
    {
        var crystal = CifReader.Parse(Hexagonal($"Mg {x} {y} 0.25"));
        Assert.Equal(atoms, crystal.AtomCount);
    }

    [Fact]
    public void A_special_position_with_too_few_decimals_is_refused()
    {
        var failure = Assert.Throws<StructureFormatException>(() => CifReader.Parse(Hexagonal("Mg 0.33 0.67 0.25"), "mg.cif"));
        Assert.Contains("too few decimals", failure.Message, StringComparison.Ordinal);
        Assert.True(failure.Line > 0);
    }

    [Fact]
    public void Atoms_listed_besides_their_symmetry_count_once() =>
        Assert.Equal(2, CifReader.Parse(Hexagonal("Mg1 0.3333 0.6667 0.25", "Mg2 0.6667 0.3333 0.75")).AtomCount);

    [Fact]
    public void Several_blocks_are_read_one_by_one()
    {
        var text = "data_global\n_audit_creation_date 2020-01-01\n" + CifSamples.Rutile + "\n" + CifSamples.Quartz;
        Assert.Equal(["rutile", "quartz"], CifReader.ParseAll(text).Select(c => c.Id));
        var failure = Assert.Throws<StructureFormatException>(() => CifReader.Parse(text, "two.cif"));
        Assert.Equal("two.cif: 2 structures (data blocks rutile, quartz) where one is expected; keep one block per file", failure.Message);
        Assert.Equal("rutile", CifReader.Parse("data_global\n_audit_creation_date 2020-01-01\n" + CifSamples.Rutile).Id);
    }

    [Fact]
    public void Windows_line_ends_and_a_byte_order_mark_change_nothing()
    {
        var crystal = CifReader.Parse("\uFEFF" + CifSamples.Rutile.Replace("\n", "\r\n", StringComparison.Ordinal));
        Assert.Equal(Sites(CifReader.Parse(CifSamples.Rutile)), Sites(crystal));
    }

    public static TheoryData<string, int, string> BadFiles => new()
    {
        { "", 0, "no data block" },
        { "hello world", 1, "belongs to no data name" },
        { "_cell_length_a 4", 1, "begins with a line such as 'data_name'" },
        { "data_x\n_cell_length_a 4", 0, "none of its 1 data block lists atoms" },
        { "data_x\n_cell_length_a 'open", 2, "is not closed" },
        { "data_x\n_a\n;never", 3, "never closed" },
        { CifSamples.Cubic("Fe1 0 0"), 8, "4 columns and 3 values" },
        { CifSamples.Cubic("Fe1 0 zero 0"), 13, "_atom_site_fract_y of site 'Fe1' is 'zero', not a number" },
        { CifSamples.Cubic("Fe1 0 0 0", "O1 ? 0 0.5"), 14, "_atom_site_fract_x of site 'O1' is unknown ('?')" },
        { CifSamples.Cubic("Fe1 0 NaN 0"), 13, "not a number" },
        { CifSamples.Cubic("Fe1 0 0.5(x) 0"), 13, "not a number" },
        { CifSamples.Cubic("Fe1 0 1e300 0"), 0, "fractional coordinate" },
        { CifSamples.Cubic("Wat1 0 0 0"), 13, "cannot be told from its label" },
        { CifSamples.Cubic("FE1 0 0 0"), 13, "did you mean Fe?" },
        { CifSamples.Cubic("Fe1 0 0 0", "Fe2 0.999 0 0"), 14, "site 'Fe1' and site 'Fe2' lie 0.004 Å apart" },
        { CifSamples.Cubic("Fe1 0 0 0", "O1 0 0 1"), 14, "two atoms cannot be in one place" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("_cell_length_b 4", "", StringComparison.Ordinal), 1, "has no _cell_length_b" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("_cell_length_b 4", "_cell_length_b 0", StringComparison.Ordinal), 2, "lengths are positive" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("_cell_length_b 4", "_cell_length_b -4", StringComparison.Ordinal), 2, "lengths are positive" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("gamma 90", "gamma 180", StringComparison.Ordinal), 2, "between 0 and 180" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("gamma 90", "gamma .", StringComparison.Ordinal), 7, "_cell_angle_gamma is unknown" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("beta 90", "beta 20", StringComparison.Ordinal).Replace("alpha 90", "alpha 20", StringComparison.Ordinal), 2, "span no volume" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("_cell_length_b 4", "_cell_length_a 4", StringComparison.Ordinal), 3, "given twice" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("loop_", "_symmetry_space_group_name_H-M 'F m -3 m'\nloop_", StringComparison.Ordinal), 8, "space group 'F m -3 m' without a list" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("loop_", "_space_group_IT_number 225\nloop_", StringComparison.Ordinal), 8, "space group number 225 without a list" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("loop_", "_symmetry_equiv_pos_as_xyz 'x,y'\nloop_", StringComparison.Ordinal), 8, "three parts" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("loop_", "_symmetry_equiv_pos_as_xyz 'x,y,q'\nloop_", StringComparison.Ordinal), 8, "'q' is not understood" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("loop_", "_symmetry_equiv_pos_as_xyz 'x,x,z'\nloop_", StringComparison.Ordinal), 8, "determinant 0" },
        { CifSamples.Rutile.Replace("0 1.0", "0 1.5", StringComparison.Ordinal), 30, "site 'Ti1' has the occupancy 1.5" },
        { CifSamples.Rutile.Replace("Ti4+", "Tx4+", StringComparison.Ordinal), 29, "unknown element 'Tx'; did you mean" },
        { CifSamples.Cubic("Fe1 0 0 0").Replace("fract", "Cartn", StringComparison.Ordinal), 1, "gives no fractional coordinates" },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void Bad_files_are_refused_with_line_and_reason(string text, int line, string reason)
    {
        var failure = Assert.Throws<StructureFormatException>(() => CifReader.Parse(text, "bad.cif"));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.StartsWith(line > 0 ? $"bad.cif, line {line}: " : "bad.cif: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_and_scrambled_text_never_gives_another_exception()
    {
        var state = 12345u;
        for (var round = 0; round < 3000; round++)
        {
            var text = CifSamples.Rutile.ToCharArray();
            for (var k = 0; k < 4; k++)
            {
                state = state * 1664525 + 1013904223;
                text[state % (uint)text.Length] = "'\"\n;_ 0(#.-x\t?"[(int)(state >> 24) % 14];
            }
            try
            {
                Assert.True(CifReader.Parse(text.AsSpan(0, text.Length - round % 400)).AtomCount > 0);
            }
            catch (StructureFormatException failure)
            {
                Assert.StartsWith("CIF text", failure.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void What_is_written_reads_back()
    {
        var skewed = new Crystal([3.1, 0.2, -0.4, 1.4, 4.7, 0.3, -2.2, 1.9, 6.1], [3, 8, 25], [0.1, 0.2, 0.3, -0.4, 0.55, 1.6, 0.9, 0.05, 0.75], "a b");
        var back = CifReader.Parse(CifWriter.Write(skewed));
        Assert.Equal("a_b", back.Id);
        Assert.Equal(skewed.Composition, back.Composition);
        Assert.Equal(skewed.Volume, back.Volume, 7);
        Assert.Equal(Distances(skewed, 6), Distances(back, 6), (x, y) => Math.Abs(x - y) < 1e-8);
    }

    [DataFact]
    public void All_crystals_of_the_phonon_set_have_the_formula_beside_them()
    {
        using var stream = new System.IO.Compression.GZipStream(File.OpenRead(TestData.Path("struct_matbench_phonons.csv.gz")), System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        var rows = text.Split("\n\"\n", StringSplitOptions.RemoveEmptyEntries);
        var count = 0;
        foreach (var row in rows)
        {
            var quote = row.IndexOf('"', StringComparison.Ordinal);
            var fields = row[..quote].Split('\n')[^1].Split(',');
            var crystal = CifReader.Parse(row.AsSpan(quote + 1));
            Assert.Equal(Composition.Parse(fields[1]).ReducedFormula, crystal.Composition.ReducedFormula);
            Assert.Equal(fields[2], crystal.AtomCount.ToString(System.Globalization.CultureInfo.InvariantCulture));
            count++;
        }
        Assert.Equal(1265, count);
    }

    static string Hexagonal(params string[] sites) => $"""
        data_mg
        _cell_length_a 3.2
        _cell_length_b 3.2
        _cell_length_c 5.2
        _cell_angle_alpha 90
        _cell_angle_beta 90
        _cell_angle_gamma 120
        loop_
        _symmetry_equiv_pos_as_xyz
        -y,x-y,z
        -x+y,-x,z
        -x,-y,z+1/2
        y,-x+y,z+1/2
        x-y,x,z+1/2
        loop_
        _atom_site_label
        _atom_site_fract_x
        _atom_site_fract_y
        _atom_site_fract_z
        {string.Join('\n', sites)}
        """;

    static IEnumerable<(int, double, double, double)> Sites(Crystal crystal)
    {
        var sites = new List<(int, double, double, double)>();
        for (var i = 0; i < crystal.AtomCount; i++)
            sites.Add((crystal.AtomicNumbers[i], Math.Round(crystal.Fractional[3 * i], 9), Math.Round(crystal.Fractional[3 * i + 1], 9), Math.Round(crystal.Fractional[3 * i + 2], 9)));
        return sites;
    }

    static double[] Distances(Crystal crystal, double cutoff) => [.. NeighborList.Build(crystal, cutoff).Distances.ToArray().Order()];
}
