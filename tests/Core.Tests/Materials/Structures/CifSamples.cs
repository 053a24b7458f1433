using AtomSets.Materials;

namespace AtomSets.Core.Tests.Materials;

/// <summary>Structures with known numbers.</summary>
static class CifSamples
{
    internal const string Rutile = """
        # TiO2, P 42/m n m
        data_rutile
        _CELL_LENGTH_A    4.594(2)
        _cell_length_b    4.594(2)
        _cell_length_c    2.959
        _cell_angle_alpha 90
        _cell_angle_beta  90.
        _cell_angle_gamma 90
        _symmetry_space_group_name_H-M 'P 42/m n m'
        _publ_author_name
        ;
        O'Neill "quoted" and
        loop_ _cell_length_a 17
        ;
        loop_
        _space_group_symop_operation_xyz
        x,y,z   -x,-y,z
        '-y+1/2, x+1/2, z+1/2'  "1/2+Y, 1/2-X, 1/2+Z"
        -x+1/2,y+1/2,-z+0.5  x+1/2,-y+1/2,-z+1/2  y,x,-z  -y,-x,-z
        -x,-y,-z  x,y,-z  y+1/2,-x+1/2,-z+1/2  -y+1/2,x+1/2,-z+1/2
        x+1/2,-y+1/2,z+1/2  -x+1/2,y+1/2,z+1/2  -y,-x,z  y,x,z
        loop_
        _atom_site_label
        _atom_site_type_symbol
        _atom_site_fract_x
        _atom_site_fract_y
        _atom_site_fract_z
        _atom_site_occupancy
        Ti1 Ti4+ 0 0
        0 1.0
        O1 O2-   0.305(1) 0.305(1) 0 1   # two values on the next line above
        """;

    internal const string Quartz = """
        data_quartz
        _cell_length_a 4.916
        _cell_length_b 4.916
        _cell_length_c 5.4054
        _cell_angle_alpha 90
        _cell_angle_beta 90
        _cell_angle_gamma 120
        _space_group_IT_number 154
        loop_
        _symmetry_equiv_pos_as_xyz
        'x, y, z'
        '-y, x-y, z+2/3'
        '-x+y, -x, z+1/3'
        'y, x, -z'
        'x-y, -y, -z+1/3'
        '-x, -x+y, -z+2/3'
        loop_
        _atom_site_label
        _atom_site_fract_x
        _atom_site_fract_y
        _atom_site_fract_z
        Si1 0.4697 0 0.66667
        O1  0.4135 0.2669 0.7858
        """;

    /// <summary>Rock salt, conventional cell, a = 5.64 Å.</summary>
    internal static Crystal RockSalt() => new(
        [5.64, 0, 0, 0, 5.64, 0, 0, 0, 5.64],
        [11, 11, 11, 11, 17, 17, 17, 17],
        [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5],
        "NaCl");

    /// <summary>A cubic P1 cell of 4 Å with the given lines of sites: label x y z.</summary>
    internal static string Cubic(params string[] sites) => $"""
        data_test
        _cell_length_a 4
        _cell_length_b 4
        _cell_length_c 4
        _cell_angle_alpha 90
        _cell_angle_beta 90
        _cell_angle_gamma 90
        loop_
        _atom_site_label
        _atom_site_fract_x
        _atom_site_fract_y
        _atom_site_fract_z
        {string.Join('\n', sites)}
        """;
}
