using Npgsql;

namespace AtomSets.Storage;

/// <summary>Brings the schema <c>atomsets</c> of a database up to this program's version: each script once, all that are missing in one transaction.</summary>
public static class Migrator
{
    public const string Schema = "atomsets";

    /// <summary>Any constant of ours: two programs that start at once take turns on it.</summary>
    const long AdvisoryLock = 0x61746F6D73657473;

    /// <summary>The newest version this program knows.</summary>
    public static int Newest => Migration.All.Count;

    /// <returns>How many scripts were applied now.</returns>
    /// <exception cref="StorageException">The database has a newer schema, or an applied script differs from ours.</exception>
    public static Task<int> MigrateAsync(NpgsqlConnection connection, CancellationToken cancel = default) => MigrateAsync(connection, Migration.All, cancel);

    internal static async Task<int> MigrateAsync(NpgsqlConnection connection, IReadOnlyList<Migration> scripts, CancellationToken cancel)
    {
        // Nearly always there is nothing to do: one look without any lock.
        if (await AppliedAsync(connection, scripts, cancel) == scripts.Count) return 0;
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({AdvisoryLock})", cancel);
        try
        {
            // All or nothing: what fails leaves the database to the program that it was made by.
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            await ExecuteAsync(connection, $"""
                CREATE SCHEMA IF NOT EXISTS {Schema};
                CREATE TABLE IF NOT EXISTS {Schema}.schema_migrations (
                    version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
                """, cancel);
            var applied = await AppliedAsync(connection, scripts, cancel);
            foreach (var script in scripts.Skip(applied)) await ApplyAsync(connection, script, cancel);
            await transaction.CommitAsync(cancel);
            return scripts.Count - applied;
        }
        finally
        {
            await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({AdvisoryLock})", CancellationToken.None);
        }
    }

    static async Task ApplyAsync(NpgsqlConnection connection, Migration script, CancellationToken cancel)
    {
        await ExecuteAsync(connection, script.Sql, cancel);
        await using var record = new NpgsqlCommand($"INSERT INTO {Schema}.schema_migrations (version, name, checksum) VALUES ($1, $2, $3)", connection)
        {
            Parameters = { new() { Value = script.Version }, new() { Value = script.Name }, new() { Value = script.Checksum } },
        };
        await record.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>How many of our scripts this database has, after checking that they are ours.</summary>
    static async Task<int> AppliedAsync(NpgsqlConnection connection, IReadOnlyList<Migration> scripts, CancellationToken cancel)
    {
        await using var exists = new NpgsqlCommand($"SELECT to_regclass('{Schema}.schema_migrations') IS NOT NULL", connection);
        if (await exists.ExecuteScalarAsync(cancel) is not true) return 0;
        await using var command = new NpgsqlCommand($"SELECT version, name, checksum FROM {Schema}.schema_migrations ORDER BY version", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var count = 0;
        while (await reader.ReadAsync(cancel))
        {
            var (version, name) = (reader.GetInt32(0), reader.GetString(1));
            if (version > scripts.Count)
                throw new StorageException($"the database has schema version {version} ({name}), this program knows versions up to {scripts.Count}; use a newer AtomSets Cluster, or another database with --db");
            if (version != count + 1 || reader.GetString(2) != scripts[count].Checksum)
                throw new StorageException($"schema version {version} ({name}) of the database is not the one this program has; the two come from different developments of AtomSets Cluster: use the program that made the database, or another database with --db");
            count++;
        }
        return count;
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }
}
