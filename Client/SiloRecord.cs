using System.Text.Json;
using AtomSets.Materials;

namespace AtomSets.Client;

/// <summary>A silo that was started on this machine: a small file beside its log.</summary>
/// <param name="Owner">Machine, process and start time, as leases name it: a process number alone may belong to another by now.</param>
sealed record SiloRecord(string Name, string Owner, int Process, int Port, int GatewayPort)
{
    const string Extension = ".json";

    /// <summary>Those of a folder; without what cannot be read, as a file that was cut off by a full disk or goes meanwhile.</summary>
    public static IReadOnlyList<SiloRecord> ReadAll(string folder) => !Directory.Exists(folder) ? [] : [.. Directory.GetFiles(folder, "*" + Extension).Order(StringComparer.Ordinal).Select(Read).OfType<SiloRecord>()];

    public void Write(string folder) => AtomicFile.Write(PathIn(folder), JsonSerializer.SerializeToUtf8Bytes(this));

    public void Delete(string folder) => File.Delete(PathIn(folder));

    string PathIn(string folder) => Path.Combine(folder, Name + Extension);

    static SiloRecord? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<SiloRecord>(File.ReadAllText(path));
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            return null;
        }
    }
}
