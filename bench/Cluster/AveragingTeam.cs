using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace AtomSets.Bench;

/// <summary>Silo processes that average together: <see cref="AveragingSilo"/>.</summary>
sealed class AveragingTeam : IRival, IDisposable
{
    const int FirstPort = 21_500, LastPort = 29_000;

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    readonly Process[] _silos;

    /// <exception cref="BenchException">A silo did not start, or averages wrongly.</exception>
    public AveragingTeam(int processes, int length)
    {
        var port = FirstPort + Environment.ProcessId * 16 % (LastPort - FirstPort);
        string[] entry = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(AveragingTeam).Assembly.Location] : [];
        _silos = [.. Enumerable.Range(0, processes).Select(rank => Process.Start(new ProcessStartInfo(Environment.ProcessPath!,
            [.. entry, AveragingSilo.Verb, Text(rank), Text(processes), Text(length), Text(port)])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        })!)];
        foreach (var silo in _silos) Answer(silo);
        Ask("check");
    }

    public string What => "silo processes";

    public double Run(int count) => Ask($"run {Text(count)}");

    public void Dispose()
    {
        foreach (var silo in _silos) silo.StandardInput.Close();
        foreach (var silo in _silos)
        {
            if (!silo.WaitForExit(TimeSpan.FromSeconds(10))) silo.Kill();
            silo.Dispose();
        }
    }

    double Ask(string command)
    {
        foreach (var silo in _silos)
        {
            silo.StandardInput.WriteLine(command);
            silo.StandardInput.Flush();
        }
        return _silos.Select(Answer).ToArray()[0]["seconds"]!.GetValue<double>();
    }

    static JsonNode Answer(Process silo)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var line = silo.StandardOutput.ReadLineAsync(patience.Token).AsTask().GetAwaiter().GetResult() ?? throw new BenchException("a silo ended; its message is above");
            var answer = JsonNode.Parse(line)!;
            return answer["missing"] is { } problem ? throw new BenchException(problem.GetValue<string>()) : answer;
        }
        catch (OperationCanceledException)
        {
            throw new BenchException($"a silo did not answer within {Patience.TotalSeconds:F0} s");
        }
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
