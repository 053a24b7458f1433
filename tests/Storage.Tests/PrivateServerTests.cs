using Npgsql;
using Xunit;

namespace AtomSets.Storage.Tests;

public sealed class PrivateServerTests
{
    [PostgresFact]
    public async Task Two_programs_share_one_server_and_the_last_to_leave_stops_it()
    {
        await using var home = new TemporaryHome();
        using var first = new HostProcess(home, "attach");
        using var second = new HostProcess(home, "attach");
        var pid = await first.ReadyAsync();

        Assert.Equal(pid, await second.ReadyAsync());
        Assert.True(ServerStatus.Of(home.Place).InUse);
        Assert.Equal(0, await first.LeaveAsync());
        Assert.True(Postmaster.IsAlive(pid));
        Assert.True(ServerStatus.Of(home.Place).Ready);
        Assert.Equal(0, await second.LeaveAsync());
        Assert.False(Postmaster.IsAlive(pid));
        var after = ServerStatus.Of(home.Place);
        Assert.True(after is { Created: true, Pid: null, InUse: false, Url: null }, after.ToString());
    }

    [PostgresFact]
    public async Task A_killed_program_leaves_the_server_running_and_no_stale_count()
    {
        await using var home = new TemporaryHome();
        using var killed = new HostProcess(home, "attach");
        var pid = await killed.ReadyAsync();
        await killed.KillAsync();

        Assert.True(Postmaster.IsAlive(pid));
        Assert.False(ServerStatus.Of(home.Place).InUse);
        using var next = new HostProcess(home, "attach");
        Assert.Equal(pid, await next.ReadyAsync());
        await next.LeaveAsync();
        Assert.False(Postmaster.IsAlive(pid));
    }

    [PostgresFact]
    public async Task A_program_that_ends_without_leaving_leaves_too()
    {
        await using var home = new TemporaryHome();
        using var careless = new HostProcess(home, "exit");
        var pid = await careless.ReadyAsync();
        await careless.LeaveAsync();
        Assert.False(Postmaster.IsAlive(pid));
    }

    [PostgresFact]
    public async Task A_killed_server_is_started_again_with_what_was_committed()
    {
        await using var home = new TemporaryHome();
        await using (var database = await Database.OpenAsync(new DatabaseOptions { Place = home.Place }))
        {
            await using var write = database.Source.CreateCommand("CREATE TABLE kept AS SELECT 42 AS answer");
            await write.ExecuteNonQueryAsync();
            NativeMethods.Kill(ServerStatus.Of(home.Place).Pid!.Value, 9);
        }
        await using var again = await Database.OpenAsync(new DatabaseOptions { Place = home.Place });
        await using var read = again.Source.CreateCommand("SELECT answer FROM kept");
        Assert.Equal(42, await read.ExecuteScalarAsync());
    }

    [PostgresFact]
    public async Task A_killed_servers_long_query_does_not_keep_the_next_from_starting()
    {
        await using var home = new TemporaryHome();
        await using var server = await PrivateServer.AttachAsync(home.Place);
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder { Host = server.SocketDirectory, Username = "atomsets", Database = "postgres", Pooling = false, CommandTimeout = 600 }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM generate_series(1, 100000000000) x", connection);
        var query = command.ExecuteScalarAsync();
        NativeMethods.Kill(ServerStatus.Of(home.Place).Pid!.Value, 9);
        await using (var again = await Database.OpenAsync(new DatabaseOptions { Place = home.Place })) Assert.True(again.IsPrivate);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => query);
    }

    [PostgresFact]
    public async Task A_started_server_stays_until_it_is_stopped()
    {
        await using var home = new TemporaryHome();
        var started = await PrivateServer.StartAsync(home.Place);
        Assert.True(started is { Kept: true, Ready: true, InUse: false }, started.ToString());

        await using (await PrivateServer.AttachAsync(home.Place))
            Assert.False(await PrivateServer.StopAsync(home.Place));
        Assert.Equal(started.Pid, ServerStatus.Of(home.Place).Pid);

        await using (var connection = new NpgsqlConnection(DatabaseAddress.Parse(started.Url!.Replace("/atomsets?", "/postgres?")).ConnectionString))
            await connection.OpenAsync();
        Assert.True(await PrivateServer.StopAsync(home.Place));
        Assert.False(Postmaster.IsAlive(started.Pid!.Value));
        // The mark does not outlive the server that it was made for.
        await using (var attached = await PrivateServer.AttachAsync(home.Place)) Assert.False(ServerStatus.Of(attached.Place).Kept);
        Assert.Null(ServerStatus.Of(home.Place).Pid);
    }

    [PostgresFact]
    public async Task Deleting_removes_everything_unless_programs_use_it()
    {
        await using var home = new TemporaryHome();
        await using (await PrivateServer.AttachAsync(home.Place)) Assert.False(await PrivateServer.DeleteAsync(home.Place));
        Assert.True(ServerStatus.Of(home.Place).Created);
        Assert.True(await PrivateServer.DeleteAsync(home.Place));
        Assert.False(Directory.Exists(home.Place.State));
        Assert.False(Directory.Exists(home.Place.SocketDirectory));
    }

    [PostgresTheory]
    [InlineData("a-home-whose-path-is-far-too-long-for-a-socket-because-the-kernel-allows-only-107-bytes-of-it/really-and-truly")]
    [InlineData("it's a \"home\", with $HOME and `odd` \\ characters")]
    public async Task Homes_with_long_or_odd_paths_work(string name)
    {
        await using var home = new TemporaryHome(name);
        await using var server = await PrivateServer.AttachAsync(home.Place);
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder { Host = server.SocketDirectory, Username = "atomsets", Database = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT current_setting('data_directory') || current_setting('listen_addresses')", connection);
        Assert.Equal(home.Place.Data, await command.ExecuteScalarAsync());
    }

    [PostgresFact]
    public async Task Only_the_owner_can_enter_data_and_socket()
    {
        await using var home = new TemporaryHome();
        await using var server = await PrivateServer.AttachAsync(home.Place);
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(owner, File.GetUnixFileMode(home.Place.Data));
        Assert.Equal(owner, File.GetUnixFileMode(server.SocketDirectory));
        Assert.Equal(owner, File.GetUnixFileMode(home.Place.LogDirectory));
    }

    [PostgresFact]
    public async Task An_interrupted_creation_is_made_anew()
    {
        await using var home = new TemporaryHome();
        ServerControl.PrepareState(home.Place);
        Directory.CreateDirectory(home.Place.Data + ".new-123/base");
        await using var server = await PrivateServer.AttachAsync(home.Place);
        Assert.Equal([home.Place.Data], Directory.GetDirectories(home.Place.State, "data*"));
        Assert.True(ServerStatus.Of(home.Place).Ready);
    }

    [PostgresFact]
    public async Task A_failing_start_says_what_PostgreSQL_said()
    {
        await using var home = new TemporaryHome();
        await using (await PrivateServer.AttachAsync(home.Place)) { }
        File.Delete(Path.Combine(home.Place.Data, "global/pg_control"));
        var error = await Assert.ThrowsAsync<StorageException>(() => PrivateServer.AttachAsync(home.Place));
        Assert.Contains("pg_control", error.Message);
        Assert.Contains(home.Place.Log, error.Message);
    }

    [PostgresTheory]
    [InlineData(2, "open ")]
    [InlineData(9, "error PostgreSQL did not start: it was killed each time")]
    public async Task A_server_that_is_killed_while_it_starts_is_started_again(int kills, string said)
    {
        await using var home = new TemporaryHome();
        await using (await PrivateServer.AttachAsync(home.Place)) { }
        // In place of PostgreSQL's programs: a server that dies as often as asked for, after it has refused somebody.
        var binaries = Directory.CreateTempSubdirectory("atomsets-test-");
        try
        {
            const UnixFileMode all = (UnixFileMode)0b111_111_111;
            File.SetUnixFileMode(binaries.FullName, all);
            var (real, starts, script) = (ServerBinaries.Find(), Path.Combine(binaries.FullName, "starts"), Path.Combine(binaries.FullName, "postgres"));
            File.WriteAllText(script, $"""
                #!/bin/sh
                echo start >>{starts}
                if [ "$(wc -l <{starts})" -le {kills} ]; then
                  echo '2026-01-01 00:00:00.000 UTC [1] [unknown] FATAL:  the database system is starting up'
                  kill -9 $$
                fi
                exec {real.Postgres} "$@"
                """);
            File.SetUnixFileMode(script, all);
            File.CreateSymbolicLink(Path.Combine(binaries.FullName, "initdb"), real.Initdb);
            using var program = new HostProcess(home, new Dictionary<string, string>(StringComparer.Ordinal) { ["ATOMSETS_PG_BIN"] = binaries.FullName }, "open");
            Assert.StartsWith(said, await program.LineAsync(), StringComparison.Ordinal);
            Assert.Equal(3, File.ReadAllLines(starts).Length);
        }
        finally
        {
            binaries.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Without_PostgreSQL_the_message_says_how_to_get_it()
    {
        await using var home = new TemporaryHome();
        using var program = new HostProcess(home, new Dictionary<string, string>(StringComparer.Ordinal) { ["ATOMSETS_PG_BIN"] = "/nowhere" }, "open");
        Assert.StartsWith("error ATOMSETS_PG_BIN=/nowhere holds no PostgreSQL server", await program.LineAsync());
        Assert.Equal(2, await program.EndAsync());

        var missing = Assert.Throws<StorageException>(() => ServerBinaries.Find(null, null, "/nowhere", "/nowhere:/bin"));
        Assert.Contains("apt-get install postgresql", missing.Message);
        Assert.Contains("--db", missing.Message);
    }

    [Fact]
    public void The_binaries_are_the_newest_or_those_the_data_need()
    {
        var root = Directory.CreateTempSubdirectory("atomsets-test-").FullName;
        try
        {
            foreach (var version in new[] { "9.6", "15", "17" })
            {
                var bin = Directory.CreateDirectory(Path.Combine(root, version, "bin")).FullName;
                File.WriteAllText(Path.Combine(bin, "postgres"), "");
                File.WriteAllText(Path.Combine(bin, "initdb"), "");
            }
            Assert.Equal(17, ServerBinaries.Find(null, null, root, "").Major);
            Assert.Equal(Path.Combine(root, "15", "bin"), ServerBinaries.Find(15, null, root, "").Directory);
            var error = Assert.Throws<StorageException>(() => ServerBinaries.Find(16, null, root, "/nowhere"));
            Assert.Contains("PostgreSQL 16", error.Message);
            Assert.Contains("postgresql-16", error.Message);
            Assert.Equal(Path.Combine(root, "15", "bin"), ServerBinaries.Find(17, Path.Combine(root, "15", "bin"), root, "").Directory);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
