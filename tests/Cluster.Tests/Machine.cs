using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using AtomSets.Storage;

namespace AtomSets.Cluster.Tests;

/// <summary>A user's machine with a private database of its own; its programs run as processes. All is stopped and removed at the end.</summary>
sealed class Machine : IAsyncDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    readonly string _root = Directory.CreateTempSubdirectory("atomsets-cluster-").FullName;

    string Home => Path.Combine(_root, "home");

    /// <summary>The program of one machine.</summary>
    public static string Local { get; } = typeof(Machine).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == "LocalProgram").Value!;

    /// <summary>The cluster's program.</summary>
    public static string Client { get; } = Path.Combine(AppContext.BaseDirectory, "atomsets-client");

    /// <summary>Runs a program to its end and gives what it printed; it must do all that it was asked for.</summary>
    public async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        start.Environment["ATOMSETS_HOME"] = Home;
        foreach (var name in new[] { "ATOMSETS_DB", "ATOMSETS_DB_FILE", "ATOMSETS_DATA", "ATOMSETS_ROOT", "ATOMSETS_SILO" }) start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Limit);
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} gave {process.ExitCode}:\n{await output}{await error}");
        return await output;
    }

    /// <summary>Writes a file of the user's.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string text)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Rows of <c>results sql</c>, each a text.</summary>
    public async Task<List<string>> SqlAsync(string query) => [.. JsonDocument.Parse(await RunAsync(Local, "results", "sql", query, "--format", "json", "--limit", "100000"))
        .RootElement.EnumerateArray().Select(row => row.GetRawText())];

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
