using System.Globalization;
using System.Security.Cryptography;

namespace AtomSets.Materials;

/// <summary>
/// A folder in the layout of CGCNN: <c>id_prop.csv</c> with one line <c>id,value[,value…]</c> per material, and a structure file <c>id.cif</c> (or .vasp,
/// .poscar, .json, or the id itself) for each. The value columns are <c>target</c>, <c>target_2</c>, …, or as a first line <c>id,name[,name…]</c> says.
/// </summary>
static class StructureFolder
{
    const string Table = "id_prop.csv";
    static readonly string[] Extensions = [".cif", ".vasp", ".poscar", ".json"];
    static readonly string[] FileNames = ["file", "filename", "file_name", "cif", "structure"];

    /// <summary>The table and the structure files that it names, as far as they are there.</summary>
    /// <exception cref="DataMissingException">There is no table.</exception>
    public static IReadOnlyList<string> Files(string folder)
    {
        var table = Path.Combine(folder, Table);
        if (!File.Exists(table)) throw new DataMissingException($"the folder {folder} holds no {Table}");
        var ids = File.ReadLines(table).Select(line => line.Split(',', 2)[0].Trim()).Where(id => id.Length > 0 && id == Path.GetFileName(id)).Distinct(StringComparer.Ordinal);
        return [table, .. ids.Select(id => StructureOf(folder, id)).OfType<string>()];
    }

    // An id may also be a file's whole name: MgO.cif, POSCAR_MgO.
    static string? StructureOf(string folder, string id) => Extensions.Append("").Select(extension => Path.Combine(folder, id + extension)).FirstOrDefault(File.Exists);

    // CGCNN's table has no header line, tables of people often have one.
    static bool IsHeader(string[] fields) => fields.Length > 1 && (TableLayout.IsIdName(fields[0]) || FileNames.Contains(fields[0], StringComparer.OrdinalIgnoreCase))
        && fields[1..].All(field => field.Length > 0 && !Numbers.TryParse(field, out _)) && fields.Distinct(StringComparer.Ordinal).Count() == fields.Length;

    public static DataSet Read(string folder, DataSetQuery query, CancellationToken cancel)
    {
        var table = Path.Combine(folder, Table);
        if (!File.Exists(table))
            throw new InputException($"the folder {folder} holds no {Table}: one line 'id,value' per structure file is needed");
        var (refusals, warnings) = (new List<Refusal>(), new List<Refusal>());
        var rows = new List<(int Number, string Id, double[] Values, string? File)>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var number = 0;
        string[] header = [];
        string NameOf(int column) => column + 1 < header.Length ? header[column + 1] : column == 0 ? "target" : $"target_{(column + 1).ToString(CultureInfo.InvariantCulture)}";
        foreach (var line in File.ReadLines(table))
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            var fields = line.Split(',', StringSplitOptions.TrimEntries);
            if (number == 0 && header.Length == 0 && IsHeader(fields))
            {
                header = fields;
                continue;
            }
            number++;
            var id = fields[0];
            var values = Array.ConvertAll(fields[1..], field => Numbers.TryParse(field, out var value) ? value : double.NaN);
            var file = StructureOf(folder, id);
            var reason = id.Length == 0 ? "no id" : fields.Length < 2 ? "no value"
                : id != Path.GetFileName(id) ? "the id is no file name"
                : seen.TryGetValue(id, out var first) ? $"the id repeats row {first.ToString(CultureInfo.InvariantCulture)}, which is kept"
                : file is null ? $"no structure file {(Extensions.Contains(Path.GetExtension(id), StringComparer.OrdinalIgnoreCase) ? id : string.Join(", ", Extensions.Select(extension => id + extension)) + " or " + id)}" : null;
            if (reason is not null) refusals.Add(new Refusal(Table, number, id, reason));
            else rows.Add((number, id, values, file));
            if (reason is null)
                warnings.AddRange(fields[1..].Select((field, c) => field.Length == 0 ? null : Numbers.Problem(field, NameOf(c), commas: false, out _)).OfType<string>().Select(problem => new Refusal(Table, number, id, problem)));
            seen.TryAdd(id, number);
        }
        var crystals = new Crystal?[rows.Count];
        var hashes = new string[rows.Count];
        var problems = new string?[rows.Count];
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            try
            {
                hashes[i] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(rows[i].File!)));
                crystals[i] = StructureReader.ReadFile(rows[i].File!).WithId(rows[i].Id);
                problems[i] = query.OrderedOnly ? DisorderOf(crystals[i]!) : null;
            }
            catch (Exception failure) when (failure is InputException or IOException or UnauthorizedAccessException)
            {
                problems[i] = failure.Message;
                hashes[i] ??= "";
            }
        });
        var kept = Enumerable.Range(0, rows.Count).Where(i => problems[i] is null).ToArray();
        refusals.AddRange(Enumerable.Range(0, rows.Count).Where(i => problems[i] is not null).Select(i => new Refusal(Table, rows[i].Number, rows[i].Id, problems[i]!)));
        refusals.Sort(static (a, b) => a.Row.CompareTo(b.Row));
        var width = rows.Count == 0 ? 0 : rows.Max(row => row.Values.Length);
        var names = Enumerable.Range(0, width).Select(NameOf).ToArray();
        var content = DataSetHashes.Combine([DataSetHashes.OfText(File.ReadAllText(table)), .. rows.Select((row, i) => $"{row.Id} {hashes[i]}")]);
        var descriptor = new DataSetDescriptor
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            File = folder,
            StructureColumn = "(structure files)",
            Targets = [.. names.Select(TableLayout.Found)],
        };
        var all = new DataSet(descriptor, DataSetQuery.All, content, folder, new DataSetRows
        {
            Ids = [.. kept.Select(i => rows[i].Id)],
            IsDisordered = kept.Any(i => crystals[i]!.Sites is not null),
            Crystals = [.. kept.Select(i => crystals[i]!)],
            Numbers = names.Select((name, c) => (name, values: kept.Select(i => c < rows[i].Values.Length ? rows[i].Values[c] : double.NaN).ToArray()))
                .ToDictionary(column => column.name, column => column.values, StringComparer.Ordinal),
            Refusals = refusals,
            Warnings = warnings,
            TotalRows = number,
        });
        return MemoryFilter.Apply(all, query, Table, [.. kept.Select(i => rows[i].Number)]);
    }

    /// <summary>Why a crystal is not taken where all must be ordered, or null.</summary>
    public static string? DisorderOf(Crystal crystal) => crystal.Sites is { } sites
        ? $"a site is disordered ({sites.FirstShared}): a model that learns from these rows takes one element for each site"
        : null;
}
