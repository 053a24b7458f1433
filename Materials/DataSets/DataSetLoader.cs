using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace AtomSets.Materials;

/// <summary>Opens data sets by registered name, imported name, file (CSV, CSV.gz, or JSON of computed entries) or folder (structure files beside <c>id_prop.csv</c>).</summary>
public sealed partial class DataSetLoader(DataLocations locations, DataSetRegistry registry)
{
    const int ManyRows = 5_000;

    public DataSetLoader() : this(DataLocations.FromEnvironment(), DataSetRegistry.Shared)
    {
    }

    public DataLocations Locations => locations;

    public DataSetRegistry Registry => registry;

    /// <summary>Reads the rows that the query wants. Bad rows are in <see cref="DataSet.Refusals"/>.</summary>
    /// <param name="nameOrPath">A registered or imported name, <c>ionic:COUNT:SEED</c>, a file or a folder.</param>
    /// <param name="query">Wanted rows; all when left out.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <exception cref="InputException">No such set or file, unknown columns, or no usable row at all.</exception>
    public DataSet Load(string nameOrPath, DataSetQuery? query = null, CancellationToken cancel = default)
    {
        var set = Prepared(nameOrPath, query ?? DataSetQuery.All, cancel);
        // Training makes no garbage and so never collects: what reading many rows has left behind would stay with it.
        if (set.TotalRows > ManyRows) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (set.Count > 0) return set;
        if (set.Refusals.Count == 0 && set.LeftOut > 0)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{nameOrPath}: what is asked for leaves none of its {set.TotalRows} rows; widen it (in a study file: where, such as max_sites)"));
        var reasons = string.Join("; ", set.Refusals.Take(3));
        throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{nameOrPath}: none of its {set.TotalRows} rows can be used ({set.Refusals.Count} refused, {set.LeftOut} left out by the query)")
            + (reasons.Length > 0 ? ": " + reasons : "") + ". `data check` prints the whole report");
    }

    // Differences and filters look at all rows at once, so the limit waits for them.
    DataSet Prepared(string nameOrPath, DataSetQuery query, CancellationToken cancel)
    {
        if (query.Delta is null && query.Filter is null) return Open(nameOrPath, query, cancel).Set;
        var set = Open(nameOrPath, query with { Delta = null, Filter = null, Limit = null }, cancel).Set;
        if (query.Delta is not { } delta) return MemoryFilter.Apply(set, query.Filter!, query);
        if (delta.Set.Length == 0) return MemoryFilter.Difference(set, delta, null, query);
        var other = Open(delta.Set, new DataSetQuery { Targets = [delta.Column], Structures = false }, cancel).Set;
        return MemoryFilter.Difference(set, delta, other, query);
    }

    /// <summary>As <see cref="Load"/>, but a set without usable rows is no error: for reports.</summary>
    internal (DataSet Set, IReadOnlySet<string> SeenIds) Open(string nameOrPath, DataSetQuery query, CancellationToken cancel, ImportOptions? hints = null)
    {
        if (registry.TryFind(nameOrPath.Split(':')[0]) is { } known)
            return known.Generator is null ? OpenFile(known, Require(known), query, cancel) : (Generate(known, nameOrPath, query), Nothing);
        if (ImportedSet.TryOpen(locations, nameOrPath) is { } imported)
            return OpenFile(imported.Descriptor, imported.File, query, cancel);
        if (Directory.Exists(nameOrPath)) return (StructureFolder.Read(nameOrPath, query, cancel), Nothing);
        if (File.Exists(nameOrPath) && EntryFile.IsOne(nameOrPath)) return (EntryFile.Read(nameOrPath, () => HashFile(nameOrPath), query, cancel), Nothing);
        if (File.Exists(nameOrPath)) return OpenFile(null, nameOrPath, query, cancel, hints);
        throw nameOrPath.Contains('/', StringComparison.Ordinal) || nameOrPath.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || nameOrPath.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new DataMissingException($"there is no file or folder '{nameOrPath}'")
            : new DataMissingException($"no data set, file or folder is called '{nameOrPath}' (`data list` shows all); " + NearestName.Advice(nameOrPath, registry.Sets.Select(set => set.Name)));
    }

    /// <summary>Reads a file under a description that is not registered; null: guessed from the header.</summary>
    internal DataSet OpenAs(DataSetDescriptor? set, ImportOptions? hints, string path, DataSetQuery query, CancellationToken cancel) => OpenFile(set, path, query, cancel, hints).Set;

    static IReadOnlySet<string> Nothing { get; } = new HashSet<string>(StringComparer.Ordinal);

    (DataSet Set, IReadOnlySet<string> SeenIds) OpenFile(DataSetDescriptor? set, string path, DataSetQuery query, CancellationToken cancel, ImportOptions? hints = null)
    {
        var hash = Task.Run(() => HashFile(path), cancel);
        DataSet? structures = null;
        IReadOnlySet<string>? ids = null;
        if (set?.StructuresFrom is { } other)
            (structures, ids) = Open(other, new DataSetQuery { MaxSites = query.MaxSites, Structures = query.Structures, OrderedOnly = query.OrderedOnly }, cancel);
        var (rows, layout) = TableReader.Read(path, set, hints, query, structures, ids, cancel);
        var content = hash.GetAwaiter().GetResult();
        if (structures is not null) content = DataSetHashes.Combine(content, structures.ContentHash);
        set ??= new DataSetDescriptor
        {
            Name = Path.GetFileName(path).Split('.')[0],
            File = path,
            Separator = layout.Separator,
            IdColumn = layout.NameOf(layout.Id),
            FormulaColumn = layout.NameOf(layout.Formula),
            StructureColumn = layout.NameOf(layout.Structure),
            SitesColumn = layout.NameOf(layout.Sites),
            Targets = layout.Targets,
            Splits = [.. rows.Texts.Where(column => SplitColumn.LooksLikeOne(column.Value)).Select(column => SplitColumn.Usual(column.Key)).OrderBy(split => split.Name, StringComparer.Ordinal)],
            FoldColumns = [.. rows.Texts.Keys.Where(TableLayout.IsFold).Order(StringComparer.Ordinal)],
            TextColumns = [.. rows.Texts.Keys.Order(StringComparer.Ordinal)],
        };
        return (new DataSet(set, query, content, path, rows), rows.SeenIds);
    }

    string Require(DataSetDescriptor set) => locations.Locate(set) ?? throw new DataMissingException(
        $"the file {set.File} of {set.Name} is not there: looked in {locations.Data ?? "(ATOMSETS_DATA is not set)"} and {locations.Imported}. "
        + $"Set ATOMSETS_DATA to the folder that holds it, or see `data fetch {set.Name}`");

    static DataSet Generate(DataSetDescriptor set, string name, DataSetQuery query)
    {
        var match = GeneratedName().Match(name);
        if (!match.Success || (match.Groups["count"].Success && int.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) == 0))
            throw new InputException($"'{name}' is not of the form {set.Name}, {set.Name}:COUNT or {set.Name}:COUNT:SEED with COUNT of 1 to 9999999");
        var count = match.Groups["count"].Success ? int.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) : IonicGenerator.DefaultCount;
        var seed = match.Groups["seed"].Success ? ulong.Parse(match.Groups["seed"].ValueSpan, CultureInfo.InvariantCulture) : 1;
        return MemoryFilter.Apply(IonicGenerator.Generate(count, seed), query);
    }

    static string HashFile(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {failure.Message}", failure);
        }
    }

    [GeneratedRegex("^[A-Za-z]+(:(?<count>[0-9]{1,7})(:(?<seed>[0-9]{1,19}))?)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex GeneratedName();
}
