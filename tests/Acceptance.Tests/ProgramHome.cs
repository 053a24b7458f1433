using System.Text.Json;
using AtomSets.Storage;
using Npgsql;

namespace AtomSets.Acceptance.Tests;

/// <summary>A user's machine: a home of its own with a private database, stopped and removed at the end.</summary>
public sealed class ProgramHome : IAsyncDisposable
{
    readonly Dictionary<string, string?> _environment;

    public ProgramHome()
    {
        Root = Directory.CreateTempSubdirectory("atomsets-accept-").FullName;
        Path = System.IO.Path.Combine(Root, "home");
        Place = ServerPlace.OfHome(Path);
        _environment = new(StringComparer.Ordinal)
        {
            ["ATOMSETS_HOME"] = Path,
            ["ATOMSETS_DB"] = null,
            ["ATOMSETS_DB_FILE"] = null,
            ["ATOMSETS_DATA"] = null,
            ["ATOMSETS_ROOT"] = null,
            // As ./atomsets sets them.
            ["DOTNET_gcServer"] = "0",
            ["DOTNET_TieredPGO"] = "0",
        };
    }

    /// <summary>Everything that goes away at the end.</summary>
    public string Root { get; }

    /// <summary><c>ATOMSETS_HOME</c>.</summary>
    public string Path { get; }

    public ServerPlace Place { get; }

    /// <summary>Connection string of the running database, past the program.</summary>
    public string Address => AddressOf(Place);

    /// <summary>The last server that <see cref="KillServer"/> has killed.</summary>
    public int? KilledServer { get; private set; }

    /// <summary>kill -9 of the private server, where one runs.</summary>
    public void KillServer()
    {
        // It may end by itself meanwhile.
        if (ServerStatus.Of(Place).Pid is { } server && RunningProgram.TrySignal(server, RunningProgram.KillSignal)) KilledServer = server;
    }

    /// <summary>A variable of the program's environment.</summary>
    public ProgramHome With(string variable, string? value)
    {
        _environment[variable] = value;
        return this;
    }

    /// <summary>Writes a file beside the home and gives its path.</summary>
    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Root, name);
        File.WriteAllText(path, text);
        return path;
    }

    public RunningProgram Start(params string[] arguments) => new(_environment, arguments);

    /// <summary>Starts another executable in the same environment.</summary>
    public RunningProgram StartOther(string program, params string[] arguments) => new(_environment, arguments, program);

    /// <summary>Runs the program to its end.</summary>
    public async Task<ProgramResult> RunAsync(params string[] arguments)
    {
        using var program = Start(arguments);
        return await program.EndAsync();
    }

    /// <summary>Runs the program with one variable more.</summary>
    public async Task<ProgramResult> RunWithAsync(string variable, string? value, params string[] arguments)
    {
        using var program = new RunningProgram(new Dictionary<string, string?>(_environment, StringComparer.Ordinal) { [variable] = value }, arguments);
        return await program.EndAsync();
    }

    /// <summary>Rows of the database, each an object; it is started for them where it does not run.</summary>
    public async Task<List<JsonElement>> SqlAsync(string query) => [.. (await AskAsync(Place, query)).Select(row => JsonDocument.Parse(row).RootElement)];

    /// <summary>Rows of the running database, each a text.</summary>
    public Task<List<string>> RowsAsync(string query) => RowsAsync(Place, query);

    /// <summary>Rows of a home's database, each a JSON text, one query after the other. It is started for them where it does not run, as any program does; a program
    /// for each question would take seconds.</summary>
    public static async Task<List<string>> AskAsync(ServerPlace place, params string[] queries)
    {
        await using var server = await PrivateServer.AttachAsync(place);
        var rows = new List<string>();
        foreach (var query in queries) rows.AddRange(await RowsAsync(place, query));
        return rows;
    }

    static async Task<List<string>> RowsAsync(ServerPlace place, string query)
    {
        await using var connection = new NpgsqlConnection(AddressOf(place));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT row_to_json(q)::text FROM ({query}) q", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        return rows;
    }

    static string AddressOf(ServerPlace place) => new NpgsqlConnectionStringBuilder
    {
        Host = place.SocketDirectory, Username = "atomsets", Database = "atomsets", Timeout = 5, Pooling = false, SearchPath = "atomsets",
    }.ConnectionString;

    /// <summary>As <see cref="RowsAsync(string)"/>, but nothing while the server does not answer or has no tables yet: so that it can be asked many times a second.</summary>
    public async Task<List<string>> PeekAsync(string query)
    {
        try
        {
            return await RowsAsync(query);
        }
        catch (NpgsqlException)
        {
            return [];
        }
    }

    /// <summary>Waits until a query over the running database gives true.</summary>
    public async Task WaitUntilAsync(string condition, RunningProgram program)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while ((await PeekAsync($"SELECT ({condition}) AS yes")) is not [var row] || !row.Contains("true", StringComparison.Ordinal))
        {
            if (program.HasExited) throw new InvalidOperationException($"the program ended before `{condition}`:\n{(await program.EndAsync()).Error}");
            if (limit.IsCancellationRequested) throw new TimeoutException($"waited 2 minutes for `{condition}`:\n{program.ErrorSoFar}");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await PrivateServer.StopAsync(Place, force: true);
        foreach (var folder in new[] { Place.SocketDirectory, Place.State, Root })
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
