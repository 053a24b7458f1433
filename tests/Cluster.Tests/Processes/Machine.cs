using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using AtomSets.Acceptance.Tests;
using AtomSets.Storage;

namespace AtomSets.Cluster.Tests;

/// <summary>A user's machine with a private database of its own; its programs run as processes. All is stopped and removed at the end.</summary>
sealed class Machine : IAsyncDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    readonly string _root = Directory.CreateTempSubdirectory("atomsets-cluster-").FullName;

    /// <summary>Its program's folder.</summary>
    public string Home => Path.Combine(_root, "home");

    /// <summary>The program of one machine.</summary>
    public static string Local { get; } = typeof(Machine).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == "LocalProgram").Value!;

    /// <summary>The cluster's program.</summary>
    public static string Client { get; } = Path.Combine(AppContext.BaseDirectory, "atomsets-client");

    /// <summary>A program that sees nothing of the tests' surroundings but a folder of its own.</summary>
    public static ProcessStartInfo Program(string program, string home, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        start.Environment["ATOMSETS_HOME"] = home;
        string[] own = ["ATOMSETS_DB", "ATOMSETS_DB_FILE", "ATOMSETS_DATA", "ATOMSETS_ROOT", "ATOMSETS_SILO", "ATOMSETS_TOKEN", "ATOMSETS_TOKEN_FILE", "ATOMSETS_CHECKPOINT_SECONDS"];
        foreach (var name in own) start.Environment.Remove(name);
        return start;
    }

    /// <summary>Runs a program to its end and gives what it printed; it must do all that it was asked for.</summary>
    public Task<string> RunAsync(string program, params string[] arguments) => RunInAsync(Home, program, arguments);

    /// <summary>As <see cref="RunAsync"/>, with another folder.</summary>
    public async Task<string> RunInAsync(string home, string program, params string[] arguments)
    {
        var (code, output, error) = await TryRunInAsync(home, program, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} gave {code}:\n{output}{error}");
    }

    /// <summary>Runs a program to its end, whatever that is.</summary>
    public Task<(int Code, string Output, string Error)> TryRunAsync(string program, params string[] arguments) => TryRunInAsync(Home, program, arguments);

    static async Task<(int Code, string Output, string Error)> TryRunInAsync(string home, string program, string[] arguments)
    {
        using var process = Process.Start(Program(program, home, arguments))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Limit);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Writes a file of the user's.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string text)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Rows of its database, each a text, one query after the other.</summary>
    public Task<List<string>> SqlAsync(params string[] queries) => ProgramHome.AskAsync(ServerPlace.OfHome(Home), queries);

    /// <summary>Starts the database, to which other machines' silos come, makes its tables, and gives its address.</summary>
    public async Task<string> ShareDatabaseAsync()
    {
        await RunAsync(Local, "db", "start");
        await RunAsync(Local, "study", "list");
        return (await RunAsync(Local, "db", "url")).Trim();
    }

    /// <summary>Stops the private database under whoever uses it.</summary>
    public Task StopDatabaseAsync() => PrivateServer.StopAsync(ServerPlace.OfHome(Home), force: true);

    public async ValueTask DisposeAsync()
    {
        await RunAsync(Client, "cluster", "down");
        var place = ServerPlace.OfHome(Home);
        await PrivateServer.StopAsync(place, force: true);
        foreach (var folder in new[] { place.SocketDirectory, place.State, _root })
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
