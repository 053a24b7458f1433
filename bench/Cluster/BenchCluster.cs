using System.Diagnostics;
using System.Globalization;
using AtomSets.Storage;
using Npgsql;

namespace AtomSets.Bench;

/// <summary>Silo processes with one worker each over a private database of their own, started and used as users do.</summary>
sealed class BenchCluster : IAsyncDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    readonly TemporaryFolder _home = new();
    readonly ServerPlace _place;
    Database? _database;

    BenchCluster() => _place = ServerPlace.OfHome(_home.Path);

    /// <exception cref="BenchException">They did not come up.</exception>
    public static async Task<BenchCluster> StartAsync(int silos)
    {
        var cluster = new BenchCluster();
        try
        {
            cluster._database = await Database.OpenAsync(new DatabaseOptions { Place = cluster._place });
            await cluster.ProgramAsync("cluster", "up", "--silos", silos.ToString(CultureInfo.InvariantCulture), "--workers", "1");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a study to its end.</summary>
    public async Task RunAsync(string study)
    {
        var path = Path.Combine(_home.Path, "study.yaml");
        await File.WriteAllTextAsync(path, study);
        await ProgramAsync("study", "run", path);
    }

    /// <summary>A number of each row of a query.</summary>
    public async Task<List<double>> NumbersAsync(string query)
    {
        await using var command = _database!.Source.CreateCommand(query);
        await using var reader = await command.ExecuteReaderAsync();
        var numbers = new List<double>();
        while (await reader.ReadAsync()) numbers.Add(Convert.ToDouble(reader.GetValue(0), CultureInfo.InvariantCulture));
        return numbers;
    }

    public async ValueTask DisposeAsync()
    {
        await ProgramAsync("cluster", "down");
        if (_database is not null) await _database.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await PrivateServer.StopAsync(_place, force: true);
        foreach (var folder in new[] { _place.SocketDirectory, _place.State })
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        _home.Dispose();
    }

    async Task ProgramAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "atomsets-client"), arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        start.Environment["ATOMSETS_HOME"] = _home.Path;
        foreach (var name in (string[])["ATOMSETS_DB", "ATOMSETS_DB_FILE", "ATOMSETS_SILO"]) start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Limit);
        if (process.ExitCode != 0) throw new BenchException($"{string.Join(' ', arguments)} gave {process.ExitCode}: {await error}{await output}");
    }
}
