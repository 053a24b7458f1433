using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using AtomSets.Commands;
using AtomSets.Engine;
using AtomSets.Grains.Interfaces;
using AtomSets.Materials;
using AtomSets.Storage;

namespace AtomSets.Client;

/// <summary>Silo processes of this machine. Their records and logs lie in <c>cluster</c> under the program's folder.</summary>
/// <param name="environment">Reads an environment variable.</param>
/// <param name="time">The clock.</param>
sealed partial class LocalSilos(Func<string, string?> environment, TimeProvider time) : IClusterControl
{
    const int TerminateSignal = 15, FirstPort = 11111, FirstGatewayPort = 30000;

    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2), StopLimit = TimeSpan.FromSeconds(90), Look = TimeSpan.FromMilliseconds(200);

    readonly string _folder = Path.Combine(DataLocations.FromEnvironment().Home, "cluster");

    /// <inheritdoc/>
    public async Task UpAsync(ClusterRequest request, Action<string> say, CancellationToken cancellation)
    {
        Directory.CreateDirectory(_folder);
        // Keeps a private server up until the silos have shares of their own.
        await using var database = await Database.OpenAsync(new DatabaseOptions(request.Database, say), cancellation);
        var workers = request.Workers ?? Math.Max(1, Environment.ProcessorCount / request.Silos);
        var live = Live().Select(silo => silo.Name).ToHashSet(StringComparer.Ordinal);
        var names = Enumerable.Range(1, request.Silos).Select(i => string.Create(CultureInfo.InvariantCulture, $"silo-{i}")).ToArray();
        for (var i = 0; i < names.Length; i++)
        {
            if (live.Contains(names[i])) continue;
            // A silo has the same ports each time where they are free: a cluster that crashed then recognises the new one as the heir of the old.
            var port = FreePort.From(FirstPort + i);
            var gateway = FreePort.From(FirstGatewayPort + i);
            Start(names[i], workers, port, gateway, request);
            say($"{names[i]}: started, {workers} worker{(workers == 1 ? "" : "s")}");
        }
        await WaitAsync(database, names, cancellation);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SiloRow>> StatusAsync(string? database, CancellationToken cancellation)
    {
        var records = SiloRecord.ReadAll(_folder);
        if (records.Count == 0 && database is null && DatabaseSetting.Read(environment) is null) return [];
        await using var open = await Database.OpenAsync(new DatabaseOptions(database), cancellation);
        SiloWire[] known = [];
        try
        {
            await using var connection = await ClusterConnection.OpenAsync(open, cancellation);
            known = await SilosAsync(connection, cancellation);
        }
        catch (InputException)
        {
            // No silo serves: the records say which should.
        }
        return [.. known.Select(silo => Describe(silo, records)),
            .. records.Where(record => !known.Any(silo => silo.Silo == record.Name))
                .Select(record => new SiloRow(record.Name, IsLive(record) ? "starting" : "dead", record.Process, 0, 0, ""))];
    }

    /// <inheritdoc/>
    public Task DrainAsync(string silo, CancellationToken cancellation) => StopAsync([Find(silo)], cancellation);

    /// <inheritdoc/>
    public async Task<int> DownAsync(CancellationToken cancellation)
    {
        var live = Live();
        await StopAsync(live, cancellation);
        foreach (var record in SiloRecord.ReadAll(_folder)) record.Delete(_folder);
        return live.Count;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Logs(string? silo, int lines)
    {
        string[] paths = silo is null ? (Directory.Exists(_folder) ? [.. Directory.GetFiles(_folder, "*.log").Order(StringComparer.Ordinal)] : []) : [LogOf(silo)];
        if (silo is not null && !File.Exists(paths[0])) throw new InputException($"no silo '{silo}' was started on this machine; cluster status shows those that were");
        return [.. paths.SelectMany(path => Tail(path, lines).Select(line => paths.Length == 1 ? line : $"{Path.GetFileNameWithoutExtension(path)}: {line}"))];
    }

    void Start(string name, int workers, int port, int gateway, ClusterRequest request)
    {
        string[] arguments =
        [
            "--name", name, "--workers", workers.ToString(CultureInfo.InvariantCulture), "--port", port.ToString(CultureInfo.InvariantCulture),
            "--gateway-port", gateway.ToString(CultureInfo.InvariantCulture), "--detach",
            .. request.Device is { } device ? (string[])["--device", device] : [],
        ];
        // The shell only sends the output to the log, and becomes the silo; an address with a password goes by the environment, which others cannot read.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" >>\"$ATOMSETS_SILO_LOG\" 2>&1 </dev/null", Executable(), .. arguments]) { UseShellExecute = false };
        start.Environment["ATOMSETS_SILO_LOG"] = LogOf(name);
        start.Environment["DOTNET_gcServer"] = "0";
        if (request.Database is { } database) start.Environment["ATOMSETS_DB"] = database;
        using var process = Process.Start(start)!;
        new SiloRecord(name, ProcessOwner.Of(process.Id), process.Id, port, gateway).Write(_folder);
    }

    async Task WaitAsync(Database database, string[] names, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            foreach (var name in names)
            {
                if (!Live().Any(silo => silo.Name == name)) throw new InputException($"{name} did not come up. The end of its log:\n{string.Join('\n', Tail(LogOf(name), 10))}");
            }
            try
            {
                await using var connection = await ClusterConnection.OpenAsync(database, cancellation);
                while (time.GetElapsedTime(began) < StartLimit)
                {
                    var serving = await SilosAsync(connection, cancellation);
                    if (names.All(name => serving.Any(silo => silo.Silo == name && silo.Workers.Length > 0))) return;
                    await Task.Delay(Look, time, cancellation);
                }
            }
            catch (InputException)
            {
                // None serves yet.
            }
            if (time.GetElapsedTime(began) >= StartLimit) throw new InputException($"the silos did not serve within {StartLimit.TotalSeconds} s; see: atomsets cluster logs");
            await Task.Delay(Look, time, cancellation);
        }
    }

    async Task StopAsync(IReadOnlyList<SiloRecord> silos, CancellationToken cancellation)
    {
        // One after the other: each says goodbye to a pool that still serves.
        foreach (var silo in silos)
        {
            _ = Kill(silo.Process, TerminateSignal);
            var began = time.GetTimestamp();
            while (IsLive(silo))
            {
                if (time.GetElapsedTime(began) > StopLimit) throw new InputException($"{silo.Name} has not stopped within {StopLimit.TotalSeconds} s; see: atomsets cluster logs");
                await Task.Delay(Look, time, cancellation);
            }
            silo.Delete(_folder);
        }
    }

    SiloRecord Find(string name) => Live().FirstOrDefault(silo => silo.Name == name)
        ?? throw new InputException($"no silo '{name}' runs on this machine; cluster status shows those that do");

    IReadOnlyList<SiloRecord> Live() => [.. SiloRecord.ReadAll(_folder).Where(IsLive)];

    static bool IsLive(SiloRecord silo) => !ProcessOwner.IsDead(silo.Owner);

    static SiloRow Describe(SiloWire silo, IReadOnlyList<SiloRecord> records)
    {
        var workers = silo.Workers.Select(worker => (worker.IsIdle, Now: worker.Open())).ToArray();
        var doing = workers.Where(worker => !worker.IsIdle).Select(worker => $"{worker.Now.Node} {worker.Now.Activity}".Trim());
        return new SiloRow(silo.Silo, "serving", records.FirstOrDefault(record => record.Name == silo.Silo)?.Process, workers.Length, workers.Count(worker => !worker.IsIdle), string.Join(", ", doing));
    }

    Task<SiloWire[]> SilosAsync(ClusterConnection connection, CancellationToken cancellation) =>
        GrainCalls.RetryAsync(() => connection.Grains.GetGrain<IWorkerPoolGrain>(0).SilosAsync(), StopLimit, time, cancellation);

    string LogOf(string silo) => Path.Combine(_folder, silo + ".log");

    static string[] Tail(string path, int lines) => File.Exists(path) ? [.. File.ReadLines(path).TakeLast(lines)] : [];

    string Executable()
    {
        var path = environment("ATOMSETS_SILO") is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "atomsets-silo");
        return File.Exists(path) ? path : throw new InputException($"the silo's program {path} is missing; start through the launcher ./atomsets, which builds it");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
