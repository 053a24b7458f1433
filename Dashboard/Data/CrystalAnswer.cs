using AtomSets.Materials;

namespace AtomSets.Dashboard;

/// <summary>A material of a data set.</summary>
/// <param name="Values">Its number columns; those without a value are left out.</param>
/// <param name="Crystal">Null in a set of formulas.</param>
sealed record MaterialAnswer(string Id, string DataSet, string? Formula, IReadOnlyDictionary<string, double> Values, CrystalAnswer? Crystal)
{
    /// <exception cref="ApiException">It has no such material.</exception>
    public static MaterialAnswer Of(DataSet set, string id)
    {
        var row = set.RowOf(id);
        if (row < 0) throw ApiException.NotFound($"{set.Name} has no usable row with id '{id}'");
        var values = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var column in set.NumberColumns)
            if (double.IsFinite(set.Column(column)[row])) values[column] = set.Column(column)[row];
        return new MaterialAnswer(id, set.Name, set.HasCompositions ? set.Formulas[row] : null, values, set.HasCrystals ? CrystalAnswer.Of(set.Crystal(row)) : null);
    }
}

/// <summary>A crystal: lengths in Å, angles in degrees, volume in Å³.</summary>
/// <param name="Lattice">[3 × 3] row vectors a, b, c.</param>
sealed record CrystalAnswer(IReadOnlyList<IReadOnlyList<double>> Lattice, IReadOnlyList<double> Lengths, IReadOnlyList<double> Angles, double Volume, IReadOnlyList<SiteAnswer> Sites)
{
    public static CrystalAnswer Of(Crystal crystal)
    {
        var cell = crystal.Lattice.ToArray();
        var (a, b, c, alpha, beta, gamma) = crystal.CellParameters();
        return new CrystalAnswer(
            [.. Enumerable.Range(0, 3).Select(i => (IReadOnlyList<double>)[cell[3 * i], cell[3 * i + 1], cell[3 * i + 2]])], [a, b, c], [alpha, beta, gamma], crystal.Volume,
            [.. Enumerable.Range(0, crystal.AtomCount).Select(atom =>
            {
                double[] at = [.. Enumerable.Range(0, 3).Select(k => crystal.Fractional[3 * atom + k] - Math.Floor(crystal.Fractional[3 * atom + k]))];
                var element = Element.FromAtomicNumber(crystal.AtomicNumbers[atom]);
                return new SiteAnswer(element.Symbol, element.AtomicNumber, at, [.. Enumerable.Range(0, 3).Select(k => at[0] * cell[k] + at[1] * cell[3 + k] + at[2] * cell[6 + k])]);
            })]);
    }
}

/// <param name="Element">Of a shared site that of the largest occupancy.</param>
/// <param name="Fractional">Within the cell.</param>
/// <param name="Cartesian">In Å.</param>
sealed record SiteAnswer(string Element, int Number, IReadOnlyList<double> Fractional, IReadOnlyList<double> Cartesian);
