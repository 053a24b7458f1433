namespace AtomSets.Materials;

/// <summary>A file that a data set or a published network is read from.</summary>
/// <param name="Place">Where it lies in a folder that holds the set alone: relative, parts separated by '/'.</param>
/// <param name="Path">Where it lies on this machine.</param>
public sealed record DataSetFile(string Place, string Path);

/// <summary>
/// Which files a data set is made of, and how they are opened from a folder that holds copies of them: registered sets and published networks lie there as
/// in <c>ATOMSETS_DATA</c>, imported ones as in <c>ATOMSETS_HOME</c>, other files and folders below <c>files</c>.
/// </summary>
public static class DataSetFiles
{
    const string Unnamed = "files", Imported = "data", Networks = "models";

    /// <summary>The files of what <see cref="DataSetLoader.Load"/> opens under a name; none for a generated set.</summary>
    /// <exception cref="DataMissingException">They are not on this machine.</exception>
    public static IReadOnlyList<DataSetFile> Of(string nameOrPath, DataLocations locations, DataSetRegistry registry)
    {
        if (registry.TryFind(nameOrPath.Split(':')[0]) is { } known)
        {
            if (known.Generator is not null) return [];
            var path = locations.Locate(known) ?? throw new DataMissingException($"the file {known.File} of {known.Name} is not there");
            return [new DataSetFile(known.File.Replace('\\', '/'), path), .. Structures(known)];
        }
        if (ImportedSet.TryOpen(locations, nameOrPath) is { } imported)
        {
            var folder = Path.Combine(locations.Imported, nameOrPath);
            string[] names = [ImportedSet.ManifestName, imported.Descriptor.File];
            return [.. names.Select(name => new DataSetFile($"{Imported}/{nameOrPath}/{name}", Path.Combine(folder, name))), .. Structures(imported.Descriptor)];
        }
        if (Directory.Exists(nameOrPath))
            return [.. StructureFolder.Files(nameOrPath).Select(path => new DataSetFile($"{Unnamed}/{FolderName(nameOrPath)}/{Path.GetFileName(path)}", path))];
        if (File.Exists(nameOrPath)) return [new DataSetFile($"{Unnamed}/{Path.GetFileName(nameOrPath)}", Path.GetFullPath(nameOrPath))];
        throw new DataMissingException($"there is no data set, file or folder '{nameOrPath}'");

        IReadOnlyList<DataSetFile> Structures(DataSetDescriptor set) => set.StructuresFrom is { } other ? Of(other, locations, registry) : [];
    }

    /// <summary>The files of a published network.</summary>
    /// <exception cref="DataMissingException">They are not on this machine.</exception>
    public static IReadOnlyList<DataSetFile> OfNetwork(string name, DataLocations locations)
    {
        string[] files = [name + ".npz", name + ".json"];
        if (locations.Models is not { } folder || name != Path.GetFileName(name) || !files.All(file => File.Exists(Path.Combine(folder, file))))
            throw new DataMissingException($"the published network '{name}' is not there");
        return [.. files.Select(file => new DataSetFile($"{Networks}/{file}", Path.Combine(folder, file)))];
    }

    /// <summary>The name, and a loader, that open the set from a folder with copies of its files at their places.</summary>
    public static (string Name, DataSetLoader Loader) In(string folder, string nameOrPath, DataSetRegistry registry)
    {
        var loader = new DataSetLoader(new DataLocations(folder, folder), registry);
        var isNamed = registry.TryFind(nameOrPath.Split(':')[0]) is not null || ImportedSet.TryOpen(loader.Locations, nameOrPath) is not null;
        return (isNamed ? nameOrPath : Path.Combine(folder, Unnamed, FolderName(nameOrPath)), loader);
    }

    static string FolderName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
}
