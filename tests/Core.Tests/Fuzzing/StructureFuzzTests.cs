using AtomSets.Core.Tests.Materials;
using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Fuzzing;

/// <summary>Structures in the three formats, and the graphs of what was taken.</summary>
public sealed class StructureFuzzTests
{
    const string Shared = """
        data_alloy
        _cell_length_a 3.0(1)
        _cell_length_b 3.1
        _cell_length_c 9
        _cell_angle_alpha 90
        _cell_angle_beta 95
        _cell_angle_gamma 120
        _journal_text
        ;
        a text
        of lines
        ;
        loop_
        _atom_site_type_symbol
        _atom_site_occupancy
        _atom_site_fract_x
        _atom_site_fract_y
        _atom_site_fract_z
        Fe 0.5 0 0 0
        Ni 0.5 0 0 0
        O 0.9 0.5 0.5 0.25
        """;

    static readonly string[] s_cifWords =
    [
        "loop_", "data_x", "_cell_length_a", "_atom_site_fract_x", "_atom_site_occupancy", "_symmetry_equiv_pos_as_xyz", "'x,y,z'", "-y,x-y,z+1/3", "x,x,x", "\n;\n", "'", "\"", "?", ".", "(3)", "save_", "global_", "stop_",
        "Fe3+", "Na 0 0 0", "_space_group_IT_number 225", "1/0", "0.3333", "90.0", "\n",
    ];

    const string Poscar = "NaCl\n1.0\n5.64 0 0\n0 5.64 0\n0 0 5.64\nNa Cl\n4 4\nSelective dynamics\nDirect\n0 0 0 T T T\n0 .5 .5 T T F\n.5 0 .5\n.5 .5 0\n.5 0 0\n0 .5 0\n0 0 .5\n.5 .5 .5\n";

    const string Old = "Si2\n-40.0\n0 2.7 2.7\n2.7 0 2.7\n2.7 2.7 0\nSi\n2\nCartesian\n0 0 0\n1.35 1.35 1.35\n";

    const string Json = """
        {"@module": "pymatgen.core.structure", "@class": "Structure", "charge": null, "lattice": {"matrix": [[5.64, 0, 0], [0, 5.64, 0], [0, 0, 5.64]], "pbc": [true, true, true], "a": 5.64},
         "sites": [{"species": [{"element": "Na", "occu": 1}], "abc": [0, 0, 0], "xyz": [0, 0, 0], "label": "Na", "properties": {}},
                   {"species": [{"element": "Cl", "occu": 0.5}, {"element": "Br", "occu": 0.25}], "abc": [0.5, 0.5, 0.5], "label": "Cl"}]}
        """;

    [Fact]
    public void Cifs() => Fuzzer.Run("cif", new Mutator([.. new[] { CifSamples.Rutile, CifSamples.Quartz, Shared, Shared + "\n" + CifSamples.Rutile }.Select(Fuzzer.Bytes)], s_cifWords), input =>
    {
        foreach (var crystal in CifReader.ParseAll(Fuzzer.Text(input))) Check(crystal);
    });

    [Fact]
    public void Poscars() => Fuzzer.Run(
        "poscar",
        new Mutator([Fuzzer.Bytes(Poscar), Fuzzer.Bytes(Old)], ["Direct", "Cartesian", "Selective dynamics", "T T T", "Na Cl", "4 4", "1.0", "-1.0", "Xx", "\n", "0 0 0", "1e-9", "#", "!"]),
        input => Check(PoscarReader.Parse(Fuzzer.Text(input))));

    [Fact]
    public void Structures_in_json() => Fuzzer.Run(
        "structure-json",
        new Mutator([Fuzzer.Bytes(Json), Fuzzer.Bytes($"[{Json},{Json}]")], ["{", "}", "[", "]", "null", "true", "\"sites\"", "\"species\"", "\"occu\"", "\"lattice\"", "\"abc\"", "\"\\ud800\"", "{\"a\":", ",", ":", "\"Na\"", "\"X0+\"", "[[[[[[[["]),
        input =>
        {
            foreach (var crystal in StructureJsonReader.ParseAll(Fuzzer.Text(input))) Check(crystal);
        });

    static void Check(Crystal crystal)
    {
        Assert.True(crystal.AtomCount >= 1);
        Assert.All(crystal.Lattice.ToArray(), value => Assert.True(double.IsFinite(value)));
        Assert.All(crystal.Fractional.ToArray(), value => Assert.InRange(value, -Crystal.MaxFractional, Crystal.MaxFractional));
        Assert.All(crystal.AtomicNumbers.ToArray(), z => Assert.InRange(z, 1, Element.MaxAtomicNumber));
        Assert.True(crystal.Volume > 0 && double.IsFinite(crystal.Volume) && double.IsFinite(crystal.Density));
        if (crystal.Sites is { } sites)
        {
            Assert.Equal(crystal.AtomCount, sites.Count);
            for (var site = 0; site < sites.Count; site++)
            {
                var amounts = sites.Amounts[sites.Offsets[site]..sites.Offsets[site + 1]].ToArray();
                Assert.All(amounts, amount => Assert.True(amount > 0));
                Assert.InRange(amounts.Sum(), 1e-12, 1.1);
            }
        }
        // What is written is read as the same.
        var again = CifReader.Parse(CifWriter.Write(crystal));
        Assert.Equal((crystal.AtomCount, crystal.Composition.ReducedFormula), (again.AtomCount, again.Composition.ReducedFormula));
        if (crystal.AtomCount > 200) return;
        // A cell that is too small, thin or crowded for a network's graph is refused with a reason.
        var graph = CrystalGraph.Build(crystal, new GraphSettings(4));
        Assert.Equal(crystal.AtomCount, graph.AtomCount);
        for (var edge = 0; edge < graph.EdgeCount; edge++) Assert.InRange(graph.View.Distances[edge], 0, 4.0001f);
    }
}
