using System.Globalization;
using System.Text;

namespace AtomSets.Materials;

/// <summary>Writes a crystal as CIF with one symmetry operation, to 10 decimals.</summary>
static class CifText
{
    public static string Write(Crystal crystal)
    {
        var cell = crystal.CellParameters();
        var text = new StringBuilder("data_crystal\n_symmetry_space_group_name_H-M 'P 1'\n");
        foreach (var (key, value) in ((string, double)[])[
            ("length_a", cell.A), ("length_b", cell.B), ("length_c", cell.C), ("angle_alpha", cell.Alpha), ("angle_beta", cell.Beta), ("angle_gamma", cell.Gamma)])
            text.Append(CultureInfo.InvariantCulture, $"_cell_{key} {value:F10}\n");
        text.Append("loop_\n_symmetry_equiv_pos_as_xyz\n 'x, y, z'\nloop_\n_atom_site_type_symbol\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n");
        for (var i = 0; i < crystal.AtomCount; i++)
        {
            var symbol = Element.FromAtomicNumber(crystal.AtomicNumbers[i]).Symbol;
            text.Append(CultureInfo.InvariantCulture, $" {symbol} {symbol}{i} {crystal.Fractional[3 * i]:F10} {crystal.Fractional[3 * i + 1]:F10} {crystal.Fractional[3 * i + 2]:F10} 1\n");
        }
        return text.ToString();
    }
}
