using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace AtomSets.Storage;

/// <summary>The tables of a cluster's silos, beside those of the schema: only a database that serves a cluster has them.</summary>
public static class ClusterTables
{
    /// <summary>Any constant of ours: programs that start at once take turns on it.</summary>
    const long AdvisoryLock = 0x61746F6D73696C6F;

    /// <summary>Row of the statements that holds the script's checksum; Orleans reads it and passes over it.</summary>
    const string ChecksumKey = "ScriptChecksum";

    /// <summary>
    /// Makes them where they are missing, and renews the statements of the membership where they are not this program's. A database that is up to date
    /// is only read: the program's role then needs no right to make tables.
    /// </summary>
    /// <returns>Name of the cluster that this database has, and no other.</returns>
    public static Task<string> EnsureAsync(Database database, CancellationToken cancel) => database.RunAsync(
        async connection =>
        {
            var script = Script();
            var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
            if (await ChecksumAsync(connection, cancel) == checksum) return await NameAsync(connection, cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            await using var command = new NpgsqlCommand(
                $"""
                SELECT pg_advisory_xact_lock({AdvisoryLock});
                {script}
                INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('{ChecksumKey}', '{checksum}') ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText;
                """, connection);
            await command.ExecuteNonQueryAsync(cancel);
            await transaction.CommitAsync(cancel);
            return await NameAsync(connection, cancel);
        },
        repeatable: true, cancel);

    static async Task<string?> ChecksumAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var exists = new NpgsqlCommand($"SELECT to_regclass('{Migrator.Schema}.orleansquery') IS NOT NULL", connection);
        if (await exists.ExecuteScalarAsync(cancel) is not true) return null;
        await using var read = new NpgsqlCommand($"SELECT QueryText FROM {Migrator.Schema}.OrleansQuery WHERE QueryKey = '{ChecksumKey}'", connection);
        return await read.ExecuteScalarAsync(cancel) as string;
    }

    static async Task<string> NameAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var read = new NpgsqlCommand($"SELECT QueryText FROM {Migrator.Schema}.OrleansQuery WHERE QueryKey = 'ClusterName'", connection);
        return (string)(await read.ExecuteScalarAsync(cancel))!;
    }

    static string Script()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("membership.sql")!);
        return reader.ReadToEnd();
    }
}
