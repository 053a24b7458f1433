using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

namespace AtomSets.Materials;

/// <summary>
/// Reads files of pymatgen <c>ComputedStructureEntry</c> objects (<c>.json</c>, <c>.json.gz</c>): a list, or an object that has the list as <c>entries</c>. Entries
/// pass one by one; structures go to disk as they come, so that memory holds ids and columns alone.
/// </summary>
static class EntryFile
{
    static readonly string[] s_ids = ["mat_id", "material_id"], s_entryIds = ["entry_id", "material_id", "id"];

    /// <summary>Whether a file is read as entries, by its name.</summary>
    public static bool IsOne(string path) =>
        path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".json.gz", StringComparison.OrdinalIgnoreCase);

    /// <param name="path">The file.</param>
    /// <param name="contentHash">SHA-256 of its bytes.</param>
    /// <param name="query">Wanted rows.</param>
    /// <param name="cancel">Looked at between entries.</param>
    /// <exception cref="InputException">The file cannot be read, is no JSON, or holds no list of entries.</exception>
    public static DataSet Read(string path, Func<string> contentHash, DataSetQuery query, CancellationToken cancel)
    {
        var file = Path.GetFileName(path);
        var (columns, ids, numbers, refusals, seen) = (new EntryColumns(), new List<string>(), new List<int>(), new List<Refusal>(), new Dictionary<string, int>(StringComparer.Ordinal));
        var (number, leftOut, isDisordered) = (0, 0, false);
        IEnumerable<Crystal> Crystals()
        {
            using var bytes = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            using var text = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(bytes, CompressionMode.Decompress) : (Stream)bytes;
            var entries = new JsonEntryStream(text, path);
            while (entries.Next() is { } document)
            {
                using (document)
                {
                    cancel.ThrowIfCancellationRequested();
                    number++;
                    var entry = document.RootElement;
                    var id = IdOf(entry) ?? string.Create(CultureInfo.InvariantCulture, $"{number}");
                    if (!seen.TryAdd(id, number))
                    {
                        refusals.Add(new Refusal(file, number, id, $"the id repeats row {seen[id].ToString(CultureInfo.InvariantCulture)}, which is kept"));
                        continue;
                    }
                    Crystal crystal;
                    try
                    {
                        crystal = StructureJsonReader.Read(entry, "entry").WithId(id);
                    }
                    catch (InputException failure)
                    {
                        refusals.Add(new Refusal(file, number, id, failure.Message));
                        continue;
                    }
                    if (query.OrderedOnly && StructureFolder.DisorderOf(crystal) is { } disorder)
                    {
                        refusals.Add(new Refusal(file, number, id, disorder));
                        continue;
                    }
                    if (crystal.AtomCount > query.MaxSites)
                    {
                        leftOut++;
                        continue;
                    }
                    isDisordered |= crystal.Sites is not null;
                    ids.Add(id);
                    numbers.Add(number);
                    columns.Add(entry, crystal);
                    yield return crystal;
                }
            }
        }

        CrystalFile crystals;
        try
        {
            crystals = CrystalFile.Write(ids, Crystals());
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {failure.Message}{(failure is InvalidDataException ? "; the file is damaged or incomplete: obtain it again" : "")}", failure);
        }
        var texts = columns.Texts;
        var targets = columns.Targets;
        foreach (var name in query.Targets.Where(name => targets.All(target => target.Name != name)))
            throw new InputException($"{path} has no column '{name}' (target); " + NearestName.Advice(name, targets.Select(target => target.Name)));
        var set = new DataSetDescriptor
        {
            Name = file.Split('.')[0],
            File = path,
            StructureColumn = "structure",
            Targets = targets,
            Splits = [.. texts.Where(column => SplitColumn.LooksLikeOne(column.Value)).Select(column => SplitColumn.Usual(column.Key)).OrderBy(split => split.Name, StringComparer.Ordinal)],
            FoldColumns = [.. texts.Keys.Where(TableLayout.IsFold).Order(StringComparer.Ordinal)],
            TextColumns = [.. texts.Keys.Order(StringComparer.Ordinal)],
        };
        var all = new DataSet(set, DataSetQuery.All, contentHash(), path, new DataSetRows
        {
            Ids = [.. ids], Crystals = crystals, IsDisordered = isDisordered, Numbers = columns.Numbers, Texts = texts, Refusals = refusals, LeftOut = leftOut, TotalRows = number,
        });
        return MemoryFilter.Apply(all, query with { MaxSites = null }, file, numbers);
    }

    static string? IdOf(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object) return null;
        return (entry.TryGetProperty("data", out var data) ? Text(data, s_ids) : null) ?? Text(entry, s_entryIds);
    }

    static string? Text(JsonElement holder, string[] names)
    {
        if (holder.ValueKind != JsonValueKind.Object) return null;
        foreach (var name in names)
            if (holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text) return text;
        return null;
    }
}
