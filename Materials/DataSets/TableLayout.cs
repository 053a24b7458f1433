namespace AtomSets.Materials;

/// <summary>A column of the file that is kept. <see cref="Required"/>: rows without a number in it are refused.</summary>
sealed record KeptColumn(string Name, int Index, bool Required = false);

/// <summary>Which column of a table means what: as registered, or guessed from the header of a user's own file.</summary>
sealed class TableLayout
{
    static readonly string[] IdNames = ["id", "material_id", "mp_id", "task_id", "jid", "mat_id", "name"];
    static readonly string[] FormulaNames = ["formula", "composition", "reduced_formula", "pretty_formula", "formula_pretty", "full_formula"];
    static readonly string[] LooseFormulaNames = [.. FormulaNames, "chemical_formula", "chemical_composition", "compound"];
    static readonly string[] StructureNames = ["cif", "structure", "poscar"];
    static readonly string[] CounterNames = ["", "nr", "nr.", "no", "no.", "#", "index", "row", "number", "Unnamed: 0"];
    static readonly string[] SitesNames = ["nsites", "num_sites", "natoms", "n_atoms"];

    readonly string[] _header;
    readonly string _path;

    TableLayout(string[] header, string path)
    {
        _header = header;
        _path = path;
    }

    public int Width => _header.Length;

    public char Separator { get; private init; }

    /// <summary>Spreadsheets put semicolons between columns where the comma is the decimal sign.</summary>
    public bool HasDecimalCommas => Separator == ';';

    public int Id { get; private init; } = -1;

    public string IdName => Id < 0 ? "(row number)" : _header[Id];

    public int Formula { get; private init; } = -1;

    public int Structure { get; private init; } = -1;

    public int Sites { get; private init; } = -1;

    /// <summary>True if there is no description: columns of numbers are found when all rows are known.</summary>
    public bool Guessed { get; private init; }

    public List<KeptColumn> Numbers { get; } = [];

    public List<KeptColumn> Texts { get; } = [];

    public List<(RowCondition Condition, int Index)> Conditions { get; } = [];

    /// <summary>Target columns, registered or found.</summary>
    public List<TargetColumn> Targets { get; } = [];

    public string? NameOf(int index) => index < 0 ? null : _header[index];

    public static TableLayout Of(string[] header, char separator, DataSetDescriptor? set, ImportOptions? hints, DataSetQuery query, string path)
    {
        header = [.. header.Select(name => name.Trim())];
        if (header.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InputException($"{path}: the header names the column '{twice.Key}' {(twice.Count() == 2 ? "twice" : "several times")}; rename one");
        var finder = new TableLayout(header, path);
        var layout = new TableLayout(header, path)
        {
            Separator = separator,
            Guessed = set is null,
            Id = set is null ? finder.Guess(hints?.IdColumn, IdNames) : finder.Declared(set.IdColumn),
            Formula = set is null ? finder.Guess(hints?.FormulaColumn, FormulaNames, LooseFormulaNames) : finder.Declared(set.FormulaColumn),
            Structure = set is null ? finder.Guess(hints?.StructureColumn, StructureNames) : finder.Declared(set.StructureColumn),
            Sites = set is null ? finder.First(SitesNames) : finder.Declared(set.SitesColumn),
        };
        layout.Fill(set, query);
        if (set?.StructuresFrom is null && layout.Formula < 0 && layout.Structure < 0)
            throw new InputException($"{path} has neither a formula nor a structure column (its header: {string.Join(", ", header)}); name one with --formula COLUMN or --structure COLUMN of `data check` and `data import`, or call it formula or cif");
        return layout;
    }

    /// <summary>Columns that were read as text and hold numbers in most of their filled cells become numeric.</summary>
    /// <param name="texts">By column; loses them.</param>
    /// <param name="numbers">By column; gains them.</param>
    /// <param name="warn">Told the row and reason of every filled cell that is no number.</param>
    public void MoveNumericTexts(Dictionary<string, string[]> texts, Dictionary<string, double[]> numbers, Action<int, string> warn)
    {
        foreach (var column in Texts.Where(column => !IsFold(column.Name)))
        {
            var values = texts[column.Name];
            var filled = values.Count(value => !string.IsNullOrWhiteSpace(value));
            var parsed = Array.ConvertAll(values, text => AtomSets.Materials.Numbers.TryParse(HasDecimalCommas ? AtomSets.Materials.Numbers.WithPoint(text) : text, out var value) ? value : double.NaN);
            if (filled == 0 || parsed.Count(double.IsFinite) * 2 <= filled || IsCounter(column.Name, parsed)) continue;
            texts.Remove(column.Name);
            numbers.Add(column.Name, parsed);
            Targets.Add(Found(column.Name));
            for (var row = 0; row < values.Length; row++)
                if (!string.IsNullOrWhiteSpace(values[row]) && AtomSets.Materials.Numbers.Problem(values[row], column.Name, HasDecimalCommas, out _) is { } problem) warn(row, problem);
        }
    }

    void Fill(DataSetDescriptor? set, DataSetQuery query)
    {
        var taken = new HashSet<int> { Id, Formula, Structure };
        foreach (var name in query.Targets)
            if (taken.Add(Find(name, "target"))) Numbers.Add(new KeptColumn(name, Find(name, "target"), Required: true));
        if (set is null)
        {
            Targets.AddRange(query.Targets.Select(Found));
            for (var i = 0; i < _header.Length; i++)
                if (taken.Add(i)) Texts.Add(new KeptColumn(_header[i], i));
        }
        else
        {
            Targets.AddRange(set.Targets);
            foreach (var name in set.Targets.Select(target => target.Name).Append(set.SitesColumn))
                if (name is not null && taken.Add(Find(name, "target"))) Numbers.Add(new KeptColumn(name, Find(name, "target")));
            foreach (var name in set.Splits.Select(split => split.Name).Concat(set.FoldColumns).Concat(set.TextColumns))
                if (taken.Add(Find(name, "text"))) Texts.Add(new KeptColumn(name, Find(name, "text")));
        }
        foreach (var condition in query.Where) Conditions.Add((condition, Find(condition.Column, "condition")));
    }

    /// <summary>A column of numbers by its header. "Eg (eV)", "E [GPa]" and "Eg / eV" say their unit themselves.</summary>
    public static TargetColumn Found(string name) => new(name, UnitOf(name), name, "");

    static string UnitOf(string name) =>
        name.EndsWith(')') && name.LastIndexOf('(') is > 0 and var round ? name[(round + 1)..^1].Trim()
        : name.EndsWith(']') && name.LastIndexOf('[') is > 0 and var square ? name[(square + 1)..^1].Trim()
        : name.LastIndexOf(" / ", StringComparison.Ordinal) is > 0 and var slash && name[(slash + 3)..].Trim() is { Length: > 0 } unit && !unit.Contains(' ', StringComparison.Ordinal) ? unit
        : "";

    /// <summary>Folds are names, not quantities: kept as text.</summary>
    public static bool IsFold(string column) => column.Contains("fold", StringComparison.OrdinalIgnoreCase);

    /// <summary>Numbers of rows, as spreadsheets and pandas write them, are no quantity.</summary>
    static bool IsCounter(string column, double[] values) =>
        CounterNames.Contains(column, StringComparer.OrdinalIgnoreCase) && values.All(double.IsInteger) && values.Zip(values.Skip(1)).All(pair => pair.First < pair.Second);

    int Guess(string? stated, string[] names, string[]? loose = null) => stated is null ? First(names, loose) : Find(stated, "stated");

    // The plain names first, then others and what people put between words: "Chemical formula" is chemical_formula.
    int First(string[] names, string[]? loose = null) =>
        Array.FindIndex(_header, name => names.Contains(name, StringComparer.OrdinalIgnoreCase)) is >= 0 and var plain ? plain
        : Array.FindIndex(_header, name => (loose ?? names).Contains(Joined(name), StringComparer.OrdinalIgnoreCase));

    static string Joined(string name) => name.Replace(' ', '_').Replace('-', '_');

    /// <summary>Whether a header's word says that its column names materials.</summary>
    public static bool IsIdName(string name) => IdNames.Contains(Joined(name), StringComparer.OrdinalIgnoreCase);

    int Declared(string? name) => name is null ? -1 : Find(name, "declared");

    int Find(string name, string role)
    {
        var index = Array.IndexOf(_header, name);
        return index >= 0 ? index : throw new InputException($"{_path} has no column '{name}' ({role}); " + NearestName.Advice(name, _header));
    }
}
