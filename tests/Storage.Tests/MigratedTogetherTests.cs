using Npgsql;
using Xunit;

namespace AtomSets.Storage.Tests;

/// <summary>Programs that bring one database up to date at once, as processes of their own; one of them dies on the way.</summary>
public sealed class MigratedTogetherTests : IAsyncLifetime
{
    const string Kept = "INSERT INTO atomsets.studies (name, status, hash, priority, description, nodes, finished, failed, blocked, last_sequence) VALUES ('old', 'finished', 'h', 0, 'kept', 1, 1, 0, 0, 1)";

    readonly TemporaryHome _home = new();
    NpgsqlConnectionStringBuilder? _address;

    public async Task InitializeAsync() => _address = PostgresPresence.SkipReason is null ? await TestServer.NewDatabaseAsync() : null;

    public async Task DisposeAsync()
    {
        if (_address is not null) await TestServer.DropAsync(_address);
        await _home.DisposeAsync();
    }

    [PostgresTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task All_find_it_up_to_date_and_what_it_held(int version)
    {
        await MakeOldAsync(version);
        HostProcess[] programs = [Open(), Open(), Open()];
        foreach (var program in programs)
        {
            using (program)
            {
                Assert.StartsWith("open ", await program.LineAsync(), StringComparison.Ordinal);
                Assert.Equal(0, await program.EndAsync());
            }
        }
        await MustBeNewestAsync(version);
    }

    [PostgresFact]
    public async Task One_that_is_killed_on_the_way_leaves_what_there_was_and_the_next_goes_on()
    {
        await MakeOldAsync(1);
        await using var look = await ConnectAsync();
        await look.ExecuteAsync("BEGIN", default);
        // A script puts triggers on it, for which it waits.
        await look.ExecuteAsync("LOCK TABLE atomsets.trials IN ROW EXCLUSIVE MODE", default);
        using var killed = Open();
        using (var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1)))
        {
            while ((await look.ReadAsync(r => r.GetInt32(0), "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'atomsets.trials'::regclass", limit.Token)).Count == 0) await Task.Delay(10, limit.Token);
        }
        using var next = Open();
        await killed.KillAsync();
        await look.ExecuteAsync("COMMIT", default);
        Assert.StartsWith("open ", await next.LineAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await next.EndAsync());
        await MustBeNewestAsync(1);
    }

    HostProcess Open() => new(_home, "open", _address!.ConnectionString);

    async Task MakeOldAsync(int version)
    {
        if (version == 0) return;
        await using var connection = await ConnectAsync();
        Assert.Equal(version, await Migrator.MigrateAsync(connection, [.. Migration.All.Take(version)], default));
        await connection.ExecuteAsync(Kept, default);
    }

    async Task MustBeNewestAsync(int from)
    {
        await using var connection = await ConnectAsync();
        var applied = await connection.ReadAsync(r => r.GetInt32(0), "SELECT version FROM atomsets.schema_migrations ORDER BY applied_at, version", default);
        Assert.Equal(Enumerable.Range(1, Migrator.Newest), applied);
        Assert.Equal(from == 0 ? [] : ["kept"], await connection.ReadAsync(r => r.GetString(0), "SELECT description FROM atomsets.studies", default));
        Assert.Equal(0, await Migrator.MigrateAsync(connection));
    }

    async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(_address!.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
