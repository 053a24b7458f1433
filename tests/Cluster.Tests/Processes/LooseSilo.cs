using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AtomSets.Acceptance.Tests;

namespace AtomSets.Cluster.Tests;

/// <summary>A silo that was started by hand, as on a machine of its own: its program's folder is its own, the database is another machine's.</summary>
sealed class LooseSilo : IDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    readonly Process _process;
    readonly StringBuilder _log = new();

    readonly Uri _ready;

    LooseSilo(Process process, string name, string home, int httpPort, string address)
    {
        (_process, Name, Home, HttpPort) = (process, name, home, httpPort);
        _ready = new Uri($"http://{address}:{Text(httpPort)}/readyz");
    }

    public string Name { get; }

    public string Home { get; }

    public int HttpPort { get; }

    public int Process => _process.Id;

    /// <summary>What it has written so far.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    /// <param name="name">Of the silo.</param>
    /// <param name="home">Its folder; made when missing.</param>
    /// <param name="database">Address of the database.</param>
    /// <param name="surroundings">Further environment variables.</param>
    /// <param name="arguments">Further options.</param>
    public static LooseSilo Start(string name, string home, string database, IReadOnlyDictionary<string, string>? surroundings = null, params string[] arguments)
    {
        var http = FreePort();
        string[] ports = ["--port", Text(FreePort()), "--gateway-port", Text(FreePort()), "--http-port", Text(http)];
        var start = Machine.Program(Path.Combine(AppContext.BaseDirectory, "atomsets-silo"), home, [.. (string[])["--name", name, "--workers", "1"], .. ports, .. arguments]);
        start.Environment["ATOMSETS_DB"] = database;
        foreach (var (variable, value) in surroundings ?? new Dictionary<string, string>()) start.Environment[variable] = value;
        var silo = new LooseSilo(System.Diagnostics.Process.Start(start)!, name, home, http, arguments is [.., "--address", var address] ? address : "127.0.0.1");
        silo._process.OutputDataReceived += (_, line) => silo.Keep(line.Data);
        silo._process.ErrorDataReceived += (_, line) => silo.Keep(line.Data);
        silo._process.BeginOutputReadLine();
        silo._process.BeginErrorReadLine();
        return silo;
    }

    /// <summary>Waits until it takes trials.</summary>
    public async Task ServesAsync(Machine machine)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        for (var (watch, isReady) = (Stopwatch.StartNew(), false); ; await Task.Delay(100))
        {
            if (_process.HasExited || watch.Elapsed > Limit) throw new InvalidOperationException($"{Name} did not come up:\n{Log}");
            // A verb takes seconds of a core: not before it can have the answer that is waited for.
            if (!(isReady = isReady || await IsReadyAsync(http))) continue;
            // The verb's status tells that another silo has died, and the like.
            if ((await machine.TryRunAsync(Machine.Client, "cluster", "status", "--format", "csv")).Output.Contains($"{Name},serving,", StringComparison.Ordinal)) return;
        }
    }

    async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(_ready);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Waits until it ends by itself.</summary>
    /// <returns>Its exit code, and how long it took.</returns>
    public async Task<(int Code, TimeSpan After)> EndAsync()
    {
        var watch = Stopwatch.StartNew();
        await _process.WaitForExitAsync().WaitAsync(Limit);
        return (_process.ExitCode, watch.Elapsed);
    }

    public void Terminate() => RunningProgram.TrySignal(Process, RunningProgram.TerminateSignal);

    public void Kill()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    /// <summary>A port that nobody has just now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    void Keep(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
