using System.Diagnostics;
using System.Globalization;
using AtomSets.Commands;
using AtomSets.Engine;
using AtomSets.Materials;

namespace AtomSets.Client;

/// <summary>Starts silo processes of this machine, each on ports that are free; records and logs lie in a folder.</summary>
/// <param name="folder">For records and logs.</param>
/// <param name="environment">Reads an environment variable.</param>
sealed class SiloStarter(string folder, Func<string, string?> environment) : IDisposable
{
    const int FirstPort = 11111, FirstGatewayPort = 30000, Tries = 20;

    /// <summary>With which a silo ends whose port another program has taken since it was found free.</summary>
    const int PortTaken = 3;

    readonly Dictionary<string, Started> _started = new(StringComparer.Ordinal);

    sealed record Started(Process Process, int Index, int Workers, ClusterRequest Request, int Try);

    public string LogOf(string silo) => Path.Combine(folder, silo + ".log");

    public string[] Tail(string silo, int lines) => File.Exists(LogOf(silo)) ? [.. File.ReadLines(LogOf(silo)).TakeLast(lines)] : [];

    /// <param name="index">Of the silo on this machine, from 0. It has the same ports each time where they are free: a cluster that crashed then recognises the new silo as the heir of the old.</param>
    public void Start(string name, int index, int workers, ClusterRequest request) => Start(name, index, workers, request, tries: 0);

    /// <summary>Starts those again that found a port taken, on others.</summary>
    /// <exception cref="InputException">One has ended for another reason; the message shows the end of its log.</exception>
    public void Check()
    {
        foreach (var (name, started) in _started.Where(silo => silo.Value.Process.HasExited).ToArray())
        {
            if (started.Process.ExitCode != PortTaken || started.Try >= Tries)
                throw new InputException($"{name} did not come up. The end of its log:\n{string.Join('\n', Tail(name, 10))}");
            started.Process.Dispose();
            Start(name, started.Index, started.Workers, started.Request, started.Try + 1);
        }
    }

    public void Dispose()
    {
        foreach (var silo in _started.Values) silo.Process.Dispose();
    }

    void Start(string name, int index, int workers, ClusterRequest request, int tries)
    {
        var port = FreePort.From(FirstPort + index, skip: tries);
        var gateway = FreePort.From(FirstGatewayPort + index, skip: tries);
        string[] arguments =
        [
            "--name", name, "--workers", Text(workers), "--port", Text(port), "--gateway-port", Text(gateway), "--detach",
            .. request.Device is { } device ? (string[])["--device", device] : [],
        ];
        // The shell only sends the output to the log, and becomes the silo; an address with a password goes by the environment, which others cannot read.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" >>\"$ATOMSETS_SILO_LOG\" 2>&1 </dev/null", Executable(), .. arguments]) { UseShellExecute = false };
        start.Environment["ATOMSETS_SILO_LOG"] = LogOf(name);
        start.Environment["DOTNET_gcServer"] = "0";
        if (request.Database is { } database) start.Environment["ATOMSETS_DB"] = database;
        var process = Process.Start(start)!;
        _started[name] = new Started(process, index, workers, request, tries);
        new SiloRecord(name, ProcessOwner.Of(process.Id), process.Id, port, gateway).Write(folder);
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    string Executable()
    {
        var path = environment("ATOMSETS_SILO") is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "atomsets-silo");
        return File.Exists(path) ? path : throw new InputException($"the silo's program {path} is missing; start through the launcher ./atomsets, which builds it");
    }
}
