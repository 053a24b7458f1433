using System.Diagnostics;
using Npgsql;
using Xunit;

namespace AtomSets.Storage.Tests;

/// <summary>The documented script of roles: the program's role does all that the program does, and no more.</summary>
public sealed class DatabaseRolesTests : IAsyncLifetime
{
    static readonly string[] Roles = ["atomsets_owner", "atomsets_program", "atomsets_reader"];

    NpgsqlConnectionStringBuilder _address = null!;

    public async Task InitializeAsync()
    {
        if (PostgresPresence.SkipReason is null) _address = await TestServer.NewDatabaseAsync();
    }

    [PostgresFact]
    public async Task Silos_run_without_the_right_to_change_tables_and_readers_without_that_to_write()
    {
        await ApplyAsync();
        var early = await Assert.ThrowsAsync<StorageException>(() => Database.OpenAsync(As("atomsets_program")));
        Assert.Contains("may not set up the schema", early.Message, StringComparison.Ordinal);
        await using (var owner = await Database.OpenAsync(As("atomsets_owner"))) await ClusterTables.EnsureAsync(owner, CancellationToken.None);

        await using var program = await Database.OpenAsync(As("atomsets_program"));
        await ClusterTables.EnsureAsync(program, CancellationToken.None);
        await new StudyFixture(program).AddAsync("study", new StudyFixture.Run("a", "scratch", 100, 1, 0.5, 0.6));
        await RunAsync(program, "INSERT INTO silo_versions (deployment) VALUES ('cluster')");
        Assert.Single(await new PostgresStudyLog(program).ListAsync(CancellationToken.None));
        foreach (var statement in new[] { "CREATE TABLE mine (x int)", "DROP TABLE silos", "ALTER TABLE trials ADD COLUMN x int", "TRUNCATE trials CASCADE", "CREATE SCHEMA mine", "CREATE TABLE public.mine (x int)" })
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => RunAsync(program, statement))).SqlState);

        await using var reader = await Database.OpenAsync(As("atomsets_reader"));
        Assert.Single(await new PostgresStudyLog(reader).ListAsync(CancellationToken.None));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => RunAsync(reader, "DELETE FROM studies"))).SqlState);
    }

    public async Task DisposeAsync()
    {
        if (_address is null) return;
        await TestServer.ExecuteAsync($"ALTER DATABASE {_address.Database} OWNER TO atomsets");
        await using (var admin = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_address.ConnectionString) { Pooling = false }))
        {
            foreach (var role in Roles)
            {
                await using var disown = admin.CreateCommand($"DROP OWNED BY {role} CASCADE");
                await disown.ExecuteNonQueryAsync();
            }
        }
        foreach (var role in Roles) await TestServer.ExecuteAsync($"DROP ROLE {role}");
        await TestServer.DropAsync(_address);
    }

    DatabaseOptions As(string role) => new(new NpgsqlConnectionStringBuilder(_address.ConnectionString) { Username = role, Password = role + "-secret" }.ConnectionString);

    static async Task RunAsync(Database database, string sql)
    {
        await using var command = database.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    async Task ApplyAsync()
    {
        var start = new ProcessStartInfo(Path.Combine(ServerBinaries.Find().Directory, "psql"))
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
            ArgumentList =
            {
                "-X", "-q", "-h", _address.Host!, "-U", _address.Username!, "-d", _address.Database!, "-v", "owner_password=atomsets_owner-secret",
                "-v", "program_password=atomsets_program-secret", "-v", "reader_password=atomsets_reader-secret", "-f", Path.Combine(AppContext.BaseDirectory, "roles.sql"),
            },
        };
        using var psql = Process.Start(start)!;
        var (output, error) = (psql.StandardOutput.ReadToEndAsync(), psql.StandardError.ReadToEndAsync());
        await psql.WaitForExitAsync();
        Assert.True(psql.ExitCode == 0, $"{await output}{await error}");
    }
}
