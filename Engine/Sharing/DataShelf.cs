using System.Collections.Concurrent;
using System.Security.Cryptography;
using AtomSets.Materials;

namespace AtomSets.Engine;

/// <summary>
/// Which data sets and published networks this machine can offer to others, by the hash that trials name them with. What was read is remembered in
/// <c>sets</c> under the program's folder, what was brought from other machines lies in <c>fetched</c>. Safe for concurrent use.
/// </summary>
/// <param name="locations">Where this machine's data are.</param>
/// <param name="registry">Known sets.</param>
public sealed class DataShelf(DataLocations locations, DataSetRegistry registry)
{
    const string NetworkMark = "network:";

    readonly string _names = Path.Combine(locations.Home, "sets");
    readonly ConcurrentDictionary<string, string> _used = new(StringComparer.Ordinal); // names by hash
    readonly ConcurrentDictionary<string, string> _paths = new(StringComparer.Ordinal); // by hash of the file
    readonly ConcurrentDictionary<(string Path, DateTime Written, long Bytes), string> _hashes = new();

    /// <summary>Hashes and names of what this process has read; generated sets are not among them.</summary>
    public IReadOnlyList<(string Hash, string Name)> Used => [.. _used.Select(set => (set.Key, set.Value)).OrderBy(set => set.Key, StringComparer.Ordinal)];

    /// <summary>Remembers what a data set was read from.</summary>
    public void Record(string hash, string nameOrPath)
    {
        if (registry.TryFind(nameOrPath.Split(':')[0]) is { Generator: not null }) return;
        _used[hash] = nameOrPath;
        var path = Path.Combine(_names, Checked(hash));
        if (!File.Exists(path)) AtomicFile.Write(path, System.Text.Encoding.UTF8.GetBytes(nameOrPath));
    }

    /// <summary>Remembers a published network, by the hash of its weights.</summary>
    public void RecordNetwork(string hash, string name) => Record(hash, NetworkMark + name);

    /// <summary>Remembers a set that another machine offers, where the same files lie here under the same name.</summary>
    /// <returns>False where they do not.</returns>
    public bool TryAdopt(string hash, string nameOrPath, IReadOnlyList<SharedFile> offered)
    {
        if (!Describe(() => Named(nameOrPath)).SequenceEqual(offered)) return false;
        Record(hash, nameOrPath);
        return true;
    }

    /// <summary>Where the files of a set lie, or are to lie, that came from another machine.</summary>
    public string FetchedFolder(string hash) => Path.Combine(locations.Home, "fetched", Checked(hash));

    /// <summary>The files of a set; empty where this machine has it not, or not any more.</summary>
    /// <exception cref="ArgumentException">The hash is not 64 lower-case hexadecimal digits.</exception>
    public IReadOnlyList<SharedFile> Files(string hash)
    {
        var fetched = FetchedFolder(hash);
        var record = Path.Combine(_names, hash);
        return Directory.Exists(fetched) ? Describe(() => Copies(fetched)) : File.Exists(record) ? Describe(() => Named(File.ReadAllText(record))) : [];
    }

    /// <summary>A file that <see cref="Files"/> has named; null for any other. Its bytes may have changed since.</summary>
    public string? Locate(string fileHash) => _paths.GetValueOrDefault(fileHash) is { } path && File.Exists(path) ? path : null;

    IReadOnlyList<SharedFile> Describe(Func<IReadOnlyList<DataSetFile>> find)
    {
        try
        {
            var files = new List<SharedFile>();
            foreach (var (place, path) in find())
            {
                var info = new FileInfo(path);
                var content = _hashes.GetOrAdd((info.FullName, info.LastWriteTimeUtc, info.Length), static key => HashOf(key.Path));
                _paths[content] = info.FullName;
                files.Add(new SharedFile(place, content, info.Length));
            }
            return files;
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    IReadOnlyList<DataSetFile> Named(string name) => name.StartsWith(NetworkMark, StringComparison.Ordinal)
        ? DataSetFiles.OfNetwork(name[NetworkMark.Length..], locations)
        : DataSetFiles.Of(name, locations, registry);

    static IReadOnlyList<DataSetFile> Copies(string folder) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(path => new DataSetFile(Path.GetRelativePath(folder, path).Replace('\\', '/'), path))];

    static string Checked(string hash) => ArtifactStore.IsHash(hash) ? hash : throw new ArgumentException($"\"{hash}\" is not a hash: 64 lower-case hexadecimal digits are wanted");

    static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
