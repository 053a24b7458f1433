using System.Text.Json;

namespace AtomSets.Client;

/// <summary>A silo that was started on this machine: a small file beside its log.</summary>
/// <param name="Owner">Machine, process and start time, as leases name it: a process number alone may belong to another by now.</param>
sealed record SiloRecord(string Name, string Owner, int Process, int Port, int GatewayPort)
{
    const string Extension = ".json";

    public static IReadOnlyList<SiloRecord> ReadAll(string folder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.GetFiles(folder, "*" + Extension).Order(StringComparer.Ordinal).Select(path => JsonSerializer.Deserialize<SiloRecord>(File.ReadAllText(path))).OfType<SiloRecord>()];

    public void Write(string folder) => File.WriteAllText(PathIn(folder), JsonSerializer.Serialize(this));

    public void Delete(string folder) => File.Delete(PathIn(folder));

    string PathIn(string folder) => Path.Combine(folder, Name + Extension);
}
