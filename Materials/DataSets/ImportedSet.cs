using System.Text.Json;

namespace AtomSets.Materials;

/// <summary>A set that the user imported: its description and file in <c>$ATOMSETS_HOME/data/NAME</c>.</summary>
public sealed record ImportedSet(DataSetDescriptor Descriptor, string File, string ContentHash)
{
    internal const string ManifestName = "dataset.json";

    static readonly JsonSerializerOptions Options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The imported set of this name; null where there is none.</summary>
    /// <exception cref="InputException">Its manifest cannot be read.</exception>
    public static ImportedSet? TryOpen(DataLocations locations, string name)
    {
        // Folders with a dot before their names are imports under way, or those of a program that was killed.
        if (name.Length == 0 || name != Path.GetFileName(name) || name[0] == '.') return null;
        var manifest = Path.Combine(locations.Imported, name, ManifestName);
        if (!System.IO.File.Exists(manifest)) return null;
        try
        {
            var stored = JsonSerializer.Deserialize<Manifest>(System.IO.File.ReadAllText(manifest), Options)
                ?? throw new JsonException("it is empty");
            return new ImportedSet(stored.Set, Path.Combine(locations.Imported, name, stored.Set.File), stored.ContentHash);
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{manifest} cannot be read ({failure.Message}); import '{name}' again", failure);
        }
    }

    /// <summary>All imported sets, by name.</summary>
    public static IReadOnlyList<ImportedSet> All(DataLocations locations) =>
        !Directory.Exists(locations.Imported) ? [] :
        [.. Directory.EnumerateDirectories(locations.Imported).Select(folder => TryOpen(locations, Path.GetFileName(folder))).OfType<ImportedSet>().OrderBy(set => set.Descriptor.Name, StringComparer.Ordinal)];

    internal static void WriteManifest(string folder, DataSetDescriptor set, string contentHash) =>
        System.IO.File.WriteAllText(Path.Combine(folder, ManifestName), JsonSerializer.Serialize(new Manifest(set, contentHash), Options));

    sealed record Manifest(DataSetDescriptor Set, string ContentHash);
}
