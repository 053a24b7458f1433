using System.IO.Compression;
using System.Text.Json;
using Npgsql;

namespace AtomSets.Upgrade;

/// <summary>What earlier versions wrote: see README.md beside this file.</summary>
static class OldFiles
{
    static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Upgrade");

    /// <summary>What the first version said about its database.</summary>
    public static JsonElement Answers { get; } = JsonDocument.Parse(File.ReadAllText(Of("first-schema/answers.json"))).RootElement;

    public static string Of(string name) => Path.Combine(Folder, name);

    /// <summary>Makes the first version's database in an empty one.</summary>
    public static async Task RestoreAsync(string connection)
    {
        // The dump sets the session's search path.
        await using var session = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString);
        await session.OpenAsync();
        using var text = new StreamReader(new GZipStream(File.OpenRead(Of("first-schema/database.sql.gz")), CompressionMode.Decompress));
        await using var command = new NpgsqlCommand(await text.ReadToEndAsync(), session);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Puts the first version's artifacts into a home.</summary>
    public static void UnpackArtifacts(string home) => ZipFile.ExtractToDirectory(Of("first-schema/artifacts.zip"), Path.Combine(home, "artifacts"));
}
