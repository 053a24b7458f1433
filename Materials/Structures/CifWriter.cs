using System.Globalization;
using System.Text;

namespace AtomSets.Materials;

/// <summary>Writes crystals as CIF in P1: every atom listed, one symmetry operation.</summary>
public static class CifWriter
{
    /// <summary>Ten decimals: reading it back gives the same distances to 1e-8 Å, in the standard orientation of the cell.</summary>
    public static string Write(Crystal crystal)
    {
        ArgumentNullException.ThrowIfNull(crystal);
        var text = new StringBuilder();
        var (a, b, c, alpha, beta, gamma) = crystal.CellParameters();
        text.Append("data_").Append(BlockName(crystal)).Append('\n');
        text.Append("_symmetry_space_group_name_H-M   'P 1'\n");
        Append(text, $"_cell_length_a   {a:F10}\n_cell_length_b   {b:F10}\n_cell_length_c   {c:F10}\n");
        Append(text, $"_cell_angle_alpha   {alpha:F10}\n_cell_angle_beta   {beta:F10}\n_cell_angle_gamma   {gamma:F10}\n");
        text.Append("_symmetry_Int_Tables_number   1\n");
        text.Append("_chemical_formula_sum   '").Append(crystal.Composition.HillFormula).Append("'\n");
        Append(text, $"_cell_volume   {crystal.Volume:F8}\n");
        text.Append("loop_\n _symmetry_equiv_pos_site_id\n _symmetry_equiv_pos_as_xyz\n  1  'x, y, z'\n");
        text.Append("loop_\n _atom_site_type_symbol\n _atom_site_label\n _atom_site_fract_x\n _atom_site_fract_y\n _atom_site_fract_z\n _atom_site_occupancy\n");
        for (var i = 0; i < crystal.AtomCount; i++)
        {
            var f = crystal.Fractional.Slice(3 * i, 3);
            var (from, to) = crystal.Sites is { } sites ? (sites.Offsets[i], sites.Offsets[i + 1]) : (0, 1);
            for (var k = from; k < to; k++)
            {
                var symbol = Element.FromAtomicNumber(crystal.Sites?.AtomicNumbers[k] ?? crystal.AtomicNumbers[i]).Symbol;
                Append(text, $"  {symbol}  {symbol}{i}  {f[0]:F10}  {f[1]:F10}  {f[2]:F10}  {crystal.Sites?.Amounts[k] ?? 1:0.##########}\n");
            }
        }
        return text.ToString();
    }

    static void Append(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture));

    static string BlockName(Crystal crystal)
    {
        var name = new StringBuilder(crystal.Id ?? crystal.Composition.ReducedFormula);
        for (var i = 0; i < name.Length; i++)
            if (name[i] is <= ' ' or > '~')
                name[i] = '_';
        return name.Length is > 0 and <= 75 ? name.ToString() : crystal.Composition.ReducedFormula;
    }
}
