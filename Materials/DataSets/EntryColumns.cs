using System.Text.Json;

namespace AtomSets.Materials;

/// <summary>The numbers and texts that computed entries carry, as columns: what <c>data</c> holds, <c>energy</c> and <c>correction</c>, and values per atom of
/// quantities that are given per cell.</summary>
/// <remarks>Names and units as the DCGAT and ALEXANDRIA sets have them (doi 10.24435/materialscloud:m7-50). A value of −1e8, by which the authors' programs mark
/// a missing one, is none.</remarks>
sealed class EntryColumns
{
    const string PerAtom = "_per_atom", Volume = "volume", Energy = "energy", Correction = "correction";
    const double Missing = -1e8;

    static readonly Dictionary<string, (string Unit, string Meaning, bool IsPerCell)> s_known = new(StringComparer.Ordinal)
    {
        [Energy] = ("eV/cell", "total energy of the entry", true),
        [Correction] = ("eV/cell", "correction of the energy", true),
        ["energy_total"] = ("eV/cell", "total energy", true),
        ["energy_corrected"] = ("eV/cell", "total energy with its correction", true),
        ["total_mag"] = ("µB/cell", "magnetic moment", true),
        [Volume] = ("Å³/cell", "volume of the cell", true),
        ["band_gap_ind"] = ("eV", "indirect band gap", false),
        ["band_gap_dir"] = ("eV", "direct band gap", false),
        ["dos_ef"] = ("states/eV", "density of states at the Fermi level", false),
        ["e_above_hull"] = ("eV/atom", "energy above the convex hull", false),
        ["e_form"] = ("eV/atom", "formation energy", false),
        ["e_phase_separation"] = ("eV/atom", "energy of decomposition into other phases", false),
    };

    readonly Dictionary<string, List<double>> _numbers = new(StringComparer.Ordinal);
    readonly Dictionary<string, List<string>> _texts = new(StringComparer.Ordinal);
    int _rows;

    /// <summary>Takes the columns of the next entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="crystal">Its structure.</param>
    public void Add(JsonElement entry, Crystal crystal)
    {
        // Of partly vacant sites less than one atom.
        var atoms = crystal.Sites is null ? crystal.AtomCount : crystal.Composition.TotalAmount;
        foreach (var name in new[] { Energy, Correction })
            if (entry.TryGetProperty(name, out var value)) Take(name, value, atoms);
        if (entry.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in data.EnumerateObject()) Take(member.Name, member.Value, atoms);
        }
        if (!_numbers.TryGetValue(Volume, out var volumes) || volumes.Count <= _rows) Number(Volume, crystal.Volume, atoms);
        _rows++;
    }

    /// <summary>[rows] of each numeric column; NaN where an entry has none.</summary>
    public Dictionary<string, double[]> Numbers => _numbers.ToDictionary(column => column.Key, column => (double[])[.. column.Value, .. Enumerable.Repeat(double.NaN, _rows - column.Value.Count)], StringComparer.Ordinal);

    /// <summary>[rows] of each text column; empty where an entry has none.</summary>
    public Dictionary<string, string[]> Texts => _texts.ToDictionary(column => column.Key, column => (string[])[.. column.Value, .. Enumerable.Repeat("", _rows - column.Value.Count)], StringComparer.Ordinal);

    /// <summary>The numeric columns with their units, where these are known.</summary>
    public IReadOnlyList<TargetColumn> Targets => [.. _numbers.Keys.Order(StringComparer.Ordinal).Select(Describe)];

    static TargetColumn Describe(string name)
    {
        if (s_known.TryGetValue(name, out var known)) return new TargetColumn(name, known.Unit, name, known.Meaning);
        return name.EndsWith(PerAtom, StringComparison.Ordinal) && s_known.TryGetValue(name[..^PerAtom.Length], out var cell) && cell.IsPerCell
            ? new TargetColumn(name, cell.Unit.Replace("/cell", "/atom", StringComparison.Ordinal), name, cell.Meaning)
            : new TargetColumn(name, "", name, "");
    }

    void Take(string name, JsonElement value, double atoms)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number when value.TryGetDouble(out var number) && double.IsFinite(number) && number != Missing:
                Number(name, number, atoms);
                break;
            // Python writes numbers of fixed width as texts now and then; a text that is one is taken as one only where the column is known.
            case JsonValueKind.String when s_known.ContainsKey(name):
                if (AtomSets.Materials.Numbers.TryParse(value.GetString(), out var parsed) && parsed != Missing) Number(name, parsed, atoms);
                break;
            case JsonValueKind.String:
                Put(_texts, name, value.GetString()!, "");
                break;
            case JsonValueKind.True or JsonValueKind.False:
                Number(name, value.GetBoolean() ? 1 : 0, atoms);
                break;
        }
    }

    void Number(string name, double value, double atoms)
    {
        Put(_numbers, name, value, double.NaN);
        if (s_known.TryGetValue(name, out var known) && known.IsPerCell) Put(_numbers, name + PerAtom, value / atoms, double.NaN);
    }

    void Put<T>(Dictionary<string, List<T>> columns, string name, T value, T missing)
    {
        if (!columns.TryGetValue(name, out var column)) columns[name] = column = [];
        // Of two values of one name, such as the entry's own and one among its data, the first counts.
        if (column.Count > _rows) return;
        while (column.Count < _rows) column.Add(missing);
        column.Add(value);
    }
}
