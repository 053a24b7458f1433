using AtomSets.Studies;
using Npgsql;
using Xunit;

namespace AtomSets.Storage.Tests;

public sealed class DatabaseTests(TestDatabase test) : IClassFixture<TestDatabase>
{
    [PostgresFact]
    public async Task Our_schema_is_where_unqualified_names_lead() =>
        Assert.Equal("atomsets", await test.ScalarAsync<string>("SELECT current_schema()"));

    [PostgresFact]
    public async Task A_program_that_stands_still_in_a_transaction_loses_its_session_soon_unless_its_address_says_otherwise()
    {
        Assert.Equal("8s", await test.ScalarAsync<string>("SHOW idle_in_transaction_session_timeout"));
        var address = new NpgsqlConnectionStringBuilder(test.Address.ConnectionString) { Options = "-c idle_in_transaction_session_timeout=100ms" };
        await using var own = await Database.OpenAsync(new DatabaseOptions(address.ConnectionString));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => own.RunAsync(
            async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync();
                await connection.ExecuteAsync("SELECT 1", default);
                await Task.Delay(500);
                return await connection.ExecuteAsync("SELECT 2", default);
            },
            repeatable: false, default));
    }

    [PostgresFact]
    public async Task A_statement_that_takes_too_long_is_not_called_a_wrong_address()
    {
        await using var own = await Database.OpenAsync(new DatabaseOptions($"{DatabaseAddress.UrlOfSocket(test.Address.Host!).Replace("/atomsets?", $"/{test.Address.Database}?", StringComparison.Ordinal)}&CommandTimeout=1"));
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => own.RunAsync(connection => connection.ExecuteAsync("SELECT pg_sleep(30)", default), repeatable: false, default));
        Assert.Contains("did not end a statement in time", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://ann@127.0.0.1:1/results", "cannot reach results on 127.0.0.1:1")]
    [InlineData("postgres://ann@no-such-host.invalid/results", "cannot reach results on no-such-host.invalid")]
    [InlineData("Host=/nowhere;Username=ann;Database=results", "cannot reach results on /nowhere")]
    public async Task An_unreachable_server_is_named(string address, string expected)
    {
        var error = await Assert.ThrowsAsync<StorageException>(() => Database.OpenAsync(new DatabaseOptions(address)));
        Assert.StartsWith(expected, error.Message);
    }

    [PostgresFact]
    public async Task An_unknown_database_is_named_with_the_remedy()
    {
        var address = new NpgsqlConnectionStringBuilder(test.Address.ConnectionString) { Database = "absent" };
        var error = await Assert.ThrowsAsync<StorageException>(() => Database.OpenAsync(new DatabaseOptions(address.ConnectionString)));
        Assert.StartsWith("there is no database absent on /", error.Message);
        Assert.Contains("createdb absent", error.Message);
    }

    [PostgresFact]
    public async Task A_refused_user_is_named()
    {
        var address = new NpgsqlConnectionStringBuilder(test.Address.ConnectionString) { Username = "stranger" };
        var error = await Assert.ThrowsAsync<StorageException>(() => Database.OpenAsync(new DatabaseOptions(address.ConnectionString)));
        Assert.Contains("'stranger'", error.Message);
    }

    [PostgresFact]
    public async Task A_user_who_may_not_create_the_schema_is_told_so()
    {
        var address = await TestServer.NewDatabaseAsync();
        var user = "reader_" + address.Database;
        await TestServer.ExecuteAsync($"CREATE ROLE {user} LOGIN");
        try
        {
            var refused = new NpgsqlConnectionStringBuilder(address.ConnectionString) { Username = user };
            var error = await Assert.ThrowsAsync<StorageException>(() => Database.OpenAsync(new DatabaseOptions(refused.ConnectionString)));
            Assert.Contains("grant it CREATE on the database", error.Message);
        }
        finally
        {
            await TestServer.DropAsync(address);
            await TestServer.ExecuteAsync($"DROP ROLE {user}");
        }
    }

    [PostgresFact]
    public async Task Work_whose_connection_is_lost_is_done_again()
    {
        var tries = 0;
        var answer = await test.Database.RunAsync(async c =>
        {
            if (++tries == 1) await c.ExecuteAsync("SELECT pg_terminate_backend(pg_backend_pid())", default);
            return (await c.ReadAsync(r => r.GetInt32(0), "SELECT 42", default))[0];
        }, repeatable: true, default);
        Assert.Equal((42, 2), (answer, tries));
    }

    [PostgresFact]
    public async Task Work_that_may_not_be_repeated_is_not()
    {
        var tries = 0;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => test.Database.RunAsync(c =>
        {
            tries++;
            return c.ExecuteAsync("SELECT pg_terminate_backend(pg_backend_pid())", default);
        }, repeatable: false, default));
        Assert.Equal(1, tries);
    }

    [PostgresFact]
    public async Task A_defect_in_a_statement_is_no_failure_of_the_store() =>
        await Assert.ThrowsAsync<PostgresException>(() => test.Database.RunAsync(c => c.ExecuteAsync("SELECT nonsense", default), repeatable: true, default));

    [PostgresFact]
    public async Task A_private_server_that_is_killed_is_started_again_under_running_work()
    {
        await using var home = new TemporaryHome();
        await using var database = await Database.OpenAsync(new DatabaseOptions { Place = home.Place });
        Assert.True(database.IsPrivate);
        var killed = ServerStatus.Of(home.Place).Pid!.Value;
        NativeMethods.Kill(killed, 9);
        // A connection's own process may answer once more before it notices.
        for (var i = 0; i < 1000 && (ServerStatus.Of(home.Place).Pid ?? killed) == killed; i++)
        {
            Assert.Equal(7, (await database.RunAsync(c => c.ReadAsync(r => r.GetInt32(0), "SELECT 7", default), repeatable: true, default))[0]);
            await Task.Delay(10);
        }
        Assert.True(ServerStatus.Of(home.Place) is { Ready: true, Pid: { } pid } && pid != killed, ServerStatus.Of(home.Place).ToString());
    }
}
