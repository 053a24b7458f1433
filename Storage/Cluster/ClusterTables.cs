using System.Reflection;
using Npgsql;

namespace AtomSets.Storage;

/// <summary>The tables of a cluster's silos, beside those of the schema: only a database that serves a cluster has them.</summary>
public static class ClusterTables
{
    /// <summary>Any constant of ours: programs that start at once take turns on it.</summary>
    const long AdvisoryLock = 0x61746F6D73696C6F;

    /// <summary>Makes them where they are missing, and renews the statements of the membership.</summary>
    public static Task EnsureAsync(Database database, CancellationToken cancel) => database.RunAsync(
        async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            await using var command = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({AdvisoryLock});\n{Script()}", connection);
            await command.ExecuteNonQueryAsync(cancel);
            await transaction.CommitAsync(cancel);
            return true;
        },
        repeatable: true, cancel);

    static string Script()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("membership.sql")!);
        return reader.ReadToEnd();
    }
}
