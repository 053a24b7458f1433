using Npgsql;

namespace AtomSets.Storage.Tests;

/// <summary>
/// One private server, in a home of its own, for all databases of the tests that run now; stopped and removed with the last of them. (Not at
/// process exit: the test host is killed a moment after the last test.)
/// </summary>
static class TestServer
{
    static readonly SemaphoreSlim Turn = new(1);
    static TemporaryHome? home;
    static PrivateServer? server;
    static int databases;

    /// <summary>Where the server of the open databases writes what it has to say.</summary>
    public static string Log => home!.Place.Log;

    /// <summary>An address of a new, empty database.</summary>
    public static async Task<NpgsqlConnectionStringBuilder> NewDatabaseAsync()
    {
        await Turn.WaitAsync();
        try
        {
            home ??= new TemporaryHome();
            server ??= await PrivateServer.AttachAsync(home.Place);
            databases++;
        }
        catch when (databases == 0)
        {
            await home!.DisposeAsync();
            home = null;
            throw;
        }
        finally
        {
            Turn.Release();
        }
        var address = new NpgsqlConnectionStringBuilder { Host = server.SocketDirectory, Username = "atomsets", Database = "t_" + Guid.NewGuid().ToString("N") };
        await ExecuteAsync($"CREATE DATABASE {address.Database}");
        return address;
    }

    /// <summary>Removes it, whoever is still connected.</summary>
    public static async Task DropAsync(NpgsqlConnectionStringBuilder address)
    {
        await ExecuteAsync($"DROP DATABASE IF EXISTS {address.Database} WITH (FORCE)");
        await Turn.WaitAsync();
        try
        {
            if (--databases > 0) return;
            await server!.DisposeAsync();
            await home!.DisposeAsync();
            (server, home) = (null, null);
        }
        finally
        {
            Turn.Release();
        }
    }

    /// <summary>Runs a statement as the server's owner.</summary>
    public static async Task ExecuteAsync(string sql)
    {
        var address = new NpgsqlConnectionStringBuilder { Host = server!.SocketDirectory, Username = "atomsets", Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
