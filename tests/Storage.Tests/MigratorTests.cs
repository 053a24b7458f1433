using Npgsql;
using Xunit;

namespace AtomSets.Storage.Tests;

public sealed class MigratorTests : IAsyncLifetime
{
    NpgsqlConnectionStringBuilder? address;

    public async Task InitializeAsync() => address = PostgresPresence.SkipReason is null ? await TestServer.NewDatabaseAsync() : null;

    public async Task DisposeAsync()
    {
        if (address is not null) await TestServer.DropAsync(address);
    }

    [PostgresFact]
    public async Task The_second_time_nothing_is_left_to_do()
    {
        await using var connection = await ConnectAsync();
        Assert.Equal(Migrator.Newest, await Migrator.MigrateAsync(connection));
        Assert.Equal(0, await Migrator.MigrateAsync(connection));
    }

    [PostgresFact]
    public async Task Programs_that_migrate_at_once_apply_each_script_once()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await using var connection = await ConnectAsync();
            return await Migrator.MigrateAsync(connection);
        })));
        Assert.Equal(Migrator.Newest, applied.Sum());
    }

    [PostgresFact]
    public async Task A_newer_schema_is_refused()
    {
        await using var connection = await ConnectAsync();
        await Migrator.MigrateAsync(connection);
        await ExecuteAsync(connection, "INSERT INTO atomsets.schema_migrations (version, name, checksum) VALUES (1000000, 'future', 'x')");
        var error = await Assert.ThrowsAsync<StorageException>(() => Database.OpenAsync(new DatabaseOptions(address!.ConnectionString)));
        Assert.Contains("schema version 1000000 (future)", error.Message);
        Assert.Contains($"up to {Migrator.Newest}", error.Message);
    }

    [PostgresFact]
    public async Task A_different_script_under_the_same_number_is_refused()
    {
        await using var connection = await ConnectAsync();
        await Migrator.MigrateAsync(connection);
        await ExecuteAsync(connection, "UPDATE atomsets.schema_migrations SET checksum = 'other' WHERE version = 1");
        var error = await Assert.ThrowsAsync<StorageException>(() => Migrator.MigrateAsync(connection));
        Assert.Contains("schema version 1 (initial)", error.Message);
    }

    [PostgresFact]
    public async Task A_failing_script_leaves_nothing_behind_nor_the_ones_before_it()
    {
        await using var connection = await ConnectAsync();
        Migration[] scripts = [new(1, "good", "CREATE TABLE atomsets.good ()"), new(2, "bad", "CREATE TABLE atomsets.half (); SELECT nonsense")];
        await Assert.ThrowsAsync<PostgresException>(() => Migrator.MigrateAsync(connection, scripts, default));
        await using var look = new NpgsqlCommand("SELECT to_regnamespace('atomsets') IS NULL", connection);
        Assert.Equal(true, await look.ExecuteScalarAsync());
        Assert.Equal(2, await Migrator.MigrateAsync(connection, [scripts[0], new(2, "mended", "CREATE TABLE atomsets.half ()")], default));
    }

    [Fact]
    public void Line_ends_of_a_checkout_do_not_change_a_checksum() =>
        Assert.Equal(new Migration(1, "x", "a\nb\n").Checksum, new Migration(1, "x", "a\r\nb\r\n").Checksum);

    async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(address!.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
