using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AtomSets.Acceptance.Tests;
using AtomSets.Grains.Interfaces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace AtomSets.Cluster.Tests;

/// <summary>The silos of a home, started and stopped as users do, and looked into past the program.</summary>
sealed class SiloProcesses(ProgramHome home, int silos, int workers)
{
    /// <summary>Of a line of a log: stack traces follow the message.</summary>
    const int LogWidth = 300;

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), AnswerLimit = TimeSpan.FromSeconds(15);

    /// <summary>Processes and ports of the silos that were started last, by name.</summary>
    public IReadOnlyDictionary<string, (int Process, int Port)> Records => Directory.GetFiles(Folder, "*.json").Select(path => JsonDocument.Parse(File.ReadAllText(path)).RootElement)
        .ToDictionary(record => record.GetProperty("Name").GetString()!, record => (record.GetProperty("Process").GetInt32(), record.GetProperty("Port").GetInt32()), StringComparer.Ordinal);

    string Folder => Path.Combine(home.Path, "cluster");

    /// <summary>Starts those that do not run, and waits until all serve.</summary>
    public async Task UpAsync()
    {
        string[] command = ["cluster", "up", "--silos", silos.ToString(CultureInfo.InvariantCulture), "--workers", workers.ToString(CultureInfo.InvariantCulture)];
        for (var watch = Stopwatch.StartNew(); ;)
        {
            using var up = Client(command);
            var end = await up.EndAsync();
            // One that the others have given up may end while we look.
            if (end.ExitCode == 0) return;
            if (watch.Elapsed > Patience) throw new InvalidOperationException($"the silos did not come up:\n{end.Error}");
        }
    }

    public async Task DownAsync()
    {
        using var down = Client("cluster", "down");
        (await down.EndAsync()).MustExit(0);
    }

    /// <summary>After a failure: nobody is asked.</summary>
    public void KillAll()
    {
        if (!Directory.Exists(Folder)) return;
        foreach (var (process, _) in Records.Values.Where(record => IsAlive(record.Process))) RunningProgram.TrySignal(process, RunningProgram.KillSignal);
    }

    public RunningProgram Client(params string[] arguments) => home.StartOther(Machine.Client, arguments);

    /// <summary>Process of the silo that hosts the pool; null while none does or nobody answers.</summary>
    public Task<int?> PoolHostAsync() => HostAsync(grains => grains.GetGrain<IWorkerPoolGrain>(0));

    /// <summary>As <see cref="PoolHostAsync"/>.</summary>
    public Task<int?> StudyHostAsync(string study) => HostAsync(grains => grains.GetGrain<IStudyGrain>(study));

    /// <summary>Process of a silo whose workers are busy and hold no lease: they help with another's trial. Null while none does.</summary>
    public async Task<int?> ShardHostAsync()
    {
        var rows = await AskAsync<SiloWire[]>(async grains => await grains.GetGrain<IWorkerPoolGrain>(0).SilosAsync());
        var owners = await home.PeekAsync("SELECT owner FROM trials WHERE status = 'claimed' AND lease_until > now()");
        if (rows is null || owners.Count == 0) return null;
        return rows.Where(silo => silo.Workers.Any(worker => !worker.IsIdle)).Select(silo => Records.GetValueOrDefault(silo.Silo).Process)
            .Where(process => process != 0 && IsAlive(process) && !owners.Any(owner => IsOf(owner, process))).Select(process => (int?)process).FirstOrDefault();
    }

    /// <summary>Process of a silo that runs a trial; null while none does.</summary>
    /// <param name="condition">Which trials; an SQL condition.</param>
    public async Task<int?> TrialHostAsync(string condition = "true")
    {
        var owners = await home.PeekAsync($"SELECT owner FROM trials WHERE status = 'claimed' AND lease_until > now() AND {condition} ORDER BY key");
        var live = Records.Values.Select(record => record.Process).Where(IsAlive).ToArray();
        foreach (var owner in owners)
        {
            if (live.FirstOrDefault(process => IsOf(owner, process)) is var found and not 0) return found;
        }
        return null;
    }

    /// <summary>The end of every silo's log.</summary>
    public string Logs(int lines) => !Directory.Exists(Folder) ? "" : string.Join('\n', Directory.GetFiles(Folder, "*.log").Order(StringComparer.Ordinal)
        .Select(path => $"{Path.GetFileName(path)}:\n{string.Join('\n', File.ReadLines(path).TakeLast(lines).Select(line => line[..Math.Min(line.Length, LogWidth)]))}"));

    /// <summary>Whether a process runs; one that only waits for its parent to ask after it does not.</summary>
    public static bool IsAlive(int process)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    static bool IsOf(string owner, int process) => owner.Contains(string.Create(CultureInfo.InvariantCulture, $":{process}:"), StringComparison.Ordinal);

    async Task<int?> HostAsync(Func<IGrainFactory, IAddressable> grain)
    {
        var address = await AskAsync(async grains => await grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain(grains)));
        return address is null ? null : Records.Values.Where(record => record.Port == address.Endpoint.Port && IsAlive(record.Process)).Select(record => (int?)record.Process).FirstOrDefault();
    }

    /// <summary>Asks the cluster over a client of our own; null while nobody answers.</summary>
    async Task<T?> AskAsync<T>(Func<IGrainFactory, Task<T?>> question)
        where T : class
    {
        if (await home.PeekAsync("SELECT querytext AS name FROM orleansquery WHERE querykey = 'ClusterName'") is not [var row]) return null;
        var name = JsonDocument.Parse(row).RootElement.GetProperty("name").GetString()!;
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (name, ClusterNames.Service));
            client.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (ClusterNames.Database, home.Address));
        });
        using var host = builder.Build();
        try
        {
            await host.StartAsync().WaitAsync(AnswerLimit);
            return await question(host.Services.GetRequiredService<IGrainFactory>()).WaitAsync(AnswerLimit);
        }
        catch (Exception e) when (GrainCalls.IsPassing(e) || e is Npgsql.NpgsqlException or OrleansException)
        {
            return null;
        }
        finally
        {
            await host.StopAsync();
        }
    }
}
