using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AtomSets.Materials;

/// <summary>What the user says about a file to import; columns left out are guessed from the header.</summary>
public sealed record ImportOptions
{
    public string? Title { get; init; }

    public string? IdColumn { get; init; }

    public string? FormulaColumn { get; init; }

    public string? StructureColumn { get; init; }

    /// <summary>Target column → unit. Empty: every numeric column, without unit.</summary>
    public IReadOnlyDictionary<string, string> Units { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string Licence { get; init; } = "";

    /// <summary>What the file is, said in full; null: what the other options and its header say.</summary>
    public DataSetDescriptor? Description { get; init; }

    /// <summary>Replace a set of the same name.</summary>
    public bool Replace { get; init; }
}

/// <summary>Copies a user's table or folder to <c>$ATOMSETS_HOME/data/NAME</c>, checked and described, so that studies can name it.</summary>
public static partial class DataSetImport
{
    /// <summary>Imports every set that a description in the registry's form names, each under its own name.</summary>
    /// <param name="loader">Knows the home to import to.</param>
    /// <param name="path">A YAML file.</param>
    /// <param name="replace">Replace sets of the same names.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <exception cref="InputException">As <see cref="Import"/>; or a description that no set has.</exception>
    public static IReadOnlyList<(ImportedSet Imported, DataSet Rows)> ImportDescribed(DataSetLoader loader, string path, bool replace, CancellationToken cancel = default) =>
        [.. RegistryReader.ReadFile(path).Select(set => Import(loader, set.File, set.Name, new ImportOptions { Description = set, Replace = replace }, cancel))];

    /// <returns>The imported set and the rows that were read, with the report of those that cannot be used.</returns>
    /// <exception cref="InputException">A bad name, a name that is taken, unknown columns, or no usable row.</exception>
    public static (ImportedSet Imported, DataSet Rows) Import(DataSetLoader loader, string path, string name, ImportOptions options, CancellationToken cancel = default)
    {
        if (!ValidName().IsMatch(name)) throw new InputException($"'{name}' cannot name a data set: use letters, digits, '_' and '-', at most 64");
        if (loader.Registry.TryFind(name) is { } registered) throw new InputException($"'{name}' means the registered set {registered.Name}; choose another name");
        var folder = Path.Combine(loader.Locations.Imported, name);
        if (Directory.Exists(folder) && !options.Replace) throw new InputException($"a set '{name}' was imported before; choose another name or replace it (--replace)");
        if (!File.Exists(path) && !Directory.Exists(path)) throw new InputException($"there is no file or folder '{path}' to import");

        var staging = Path.Combine(loader.Locations.Imported, $".{name}-{Guid.NewGuid():N}");
        var replaced = staging + "-replaced";
        try
        {
            Directory.CreateDirectory(staging);
            var isFolder = Directory.Exists(path) || EntryFile.IsOne(path);
            var file = isFolder ? "data.csv" : path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? "data.csv.gz" : "data.csv";
            var set = isFolder ? WriteTable(loader, path, Path.Combine(staging, file), cancel) : CopyTable(loader, path, Path.Combine(staging, file), options, cancel);
            var descriptor = options.Description is { } said ? Described(said, set.Descriptor, file, set.TotalRows) : Describe(set.Descriptor, name, file, set.TotalRows, options);
            // Read again as described: columns and units must hold for the stored file.
            var rows = loader.OpenAs(descriptor, null, Path.Combine(staging, file), DataSetQuery.All, cancel);
            if (rows.TotalRows == 0) throw new InputException($"{path} has a header line but no row: a table needs at least one");
            if (rows.Count == 0) throw new InputException($"{path}: none of its {rows.TotalRows} rows can be used: {string.Join("; ", rows.Refusals.Take(3))}. `data check {path}` prints the whole report");
            ImportedSet.WriteManifest(staging, descriptor, rows.ContentHash);
            // The older set goes when the newer one stands in its place.
            if (Directory.Exists(folder)) Directory.Move(folder, replaced);
            Directory.Move(staging, folder);
            // For a folder, the rows refused on the way into the table are the report.
            return (new ImportedSet(descriptor, Path.Combine(folder, file), rows.ContentHash), isFolder ? set : rows);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} could not be imported to {folder}: {failure.Message}", failure);
        }
        finally
        {
            if (Directory.Exists(replaced) && !Directory.Exists(folder)) Directory.Move(replaced, folder);
            foreach (var left in new[] { staging, replaced })
                if (Directory.Exists(left)) Directory.Delete(left, recursive: true);
        }
    }

    static DataSet CopyTable(DataSetLoader loader, string path, string copy, ImportOptions options, CancellationToken cancel)
    {
        File.Copy(path, copy);
        // The user's own file is read, so that errors name it.
        return loader.OpenAs(options.Description, options, path, new DataSetQuery { Structures = false, Targets = [.. options.Units.Keys] }, cancel);
    }

    /// <summary>A folder of structure files, or a file of computed entries, becomes one table with a column of CIF texts.</summary>
    static DataSet WriteTable(DataSetLoader loader, string folder, string copy, CancellationToken cancel)
    {
        var set = loader.Open(folder, DataSetQuery.All, cancel).Set;
        using var table = new StreamWriter(copy, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        var columns = set.Descriptor.Targets.Select(target => target.Name).ToList();
        var texts = set.TextColumns.Where(column => column is not ("id" or "cif")).ToList();
        table.WriteLine("id,cif" + string.Concat(columns.Concat(texts).Select(column => "," + CsvField.Quoted(column))));
        for (var row = 0; row < set.Count; row++)
        {
            table.Write(CsvField.Quoted(set.Ids[row]) + "," + CsvField.Quoted(CifWriter.Write(set.Crystal(row))));
            foreach (var column in columns)
                table.Write(set.Column(column)[row] is var value && double.IsNaN(value) ? "," : "," + value.ToString("R", CultureInfo.InvariantCulture));
            foreach (var column in texts) table.Write("," + CsvField.Quoted(set.Text(column)[row]));
            table.WriteLine();
        }
        return set;
    }

    static DataSetDescriptor Describe(DataSetDescriptor found, string name, string file, int rows, ImportOptions options)
    {
        foreach (var column in options.Units.Keys)
            if (found.Targets.All(target => target.Name != column))
                throw new InputException($"there is no numeric column '{column}' in the file; " + NearestName.Advice(column, found.Targets.Select(target => target.Name)));
        return new DataSetDescriptor
        {
            Name = name,
            Title = options.Title ?? name,
            File = file,
            Separator = found.Separator,
            Rows = rows,
            IdColumn = WasWritten(found) ? "id" : found.IdColumn,
            FormulaColumn = found.FormulaColumn,
            StructureColumn = WasWritten(found) ? "cif" : found.StructureColumn,
            SitesColumn = found.SitesColumn,
            Targets = [.. found.Targets.Where(target => options.Units.Count == 0 || options.Units.ContainsKey(target.Name))
                .Select(target => target with { Unit = options.Units.TryGetValue(target.Name, out var unit) ? unit : target.Unit })],
            Splits = found.Splits,
            FoldColumns = found.FoldColumns,
            TextColumns = found.TextColumns,
            Licence = options.Licence,
        };
    }

    static DataSetDescriptor Described(DataSetDescriptor said, DataSetDescriptor found, string file, int rows)
    {
        var set = said with { File = file, Rows = rows, Sha256 = null };
        return WasWritten(found) ? set with { IdColumn = "id", StructureColumn = "cif", Separator = ',' } : set;
    }

    // What was no table became one with our own columns.
    static bool WasWritten(DataSetDescriptor found) => found.File.Length > 0 && (Directory.Exists(found.File) || EntryFile.IsOne(found.File));

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex ValidName();
}
