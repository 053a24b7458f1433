using Npgsql;
using Xunit;

namespace AtomSets.Storage.Tests;

/// <summary>A database of its own for one test class, its schema up to date.</summary>
public sealed class TestDatabase : IAsyncLifetime
{
    public Database Database { get; private set; } = null!;

    public NpgsqlConnectionStringBuilder Address { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        // Without PostgreSQL every test of the class is skipped, but the fixture is made all the same.
        if (PostgresPresence.SkipReason is not null) return;
        Address = await TestServer.NewDatabaseAsync();
        Database = await Database.OpenAsync(new DatabaseOptions(Address.ConnectionString));
    }

    public async Task DisposeAsync()
    {
        if (Database is null) return;
        await Database.DisposeAsync();
        await TestServer.DropAsync(Address);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
