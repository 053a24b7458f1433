using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace AtomSets.Bench;

/// <summary>Measures a row in a process of its own: held to its cores with the peers that it starts, and without AVX-512 where the row says so.</summary>
static class RowProcess
{
    /// <summary>The option that makes a process measure one row itself and print its lines as JSON.</summary>
    public const string Here = "--here";

    /// <param name="row">What to measure.</param>
    /// <param name="firstCore">The first core that it may use.</param>
    /// <param name="runs">Runs of each side.</param>
    /// <exception cref="BenchException">The row could not be measured; its process has said why on standard error.</exception>
    public static IReadOnlyList<Measurement> Measure(NamedRow row, int firstCore, int runs)
    {
        string[] own = [.. Entry(), row.Name, "--runs", runs.ToString(CultureInfo.InvariantCulture), Here];
        if (row.Row.Cores > Environment.ProcessorCount - firstCore)
            throw new BenchException($"needs {row.Row.Cores} cores from {firstCore} on, here are {Environment.ProcessorCount}");
        var cores = string.Join(',', PhysicalCores.Take(firstCore, row.Row.Cores));
        using var process = Start("taskset", ["-c", cores, Environment.ProcessPath!, .. own], row) ?? Start(Environment.ProcessPath!, own, row)
            ?? throw new BenchException("cannot start this program again");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new BenchException("not measured; the reason is above");
        return JsonSerializer.Deserialize<Measurement[]>(output)!;
    }

    /// <summary>What the process of a row does: measures and prints.</summary>
    public static void MeasureHere(NamedRow row, int runs)
    {
        if (row.IsNarrow && Tensors.CpuKernels.BestPath != Tensors.CpuPath.Avx2)
            throw new BenchException($"a row on AVX2 needs a processor with AVX2; here the kernels take {Tensors.CpuKernels.BestPath}");
        var lines = row.Row.Measure(runs);
        if (row.IsNarrow) lines = [.. lines.Select(line => line with { Name = line.Name + NamedRow.Narrow })];
        Console.WriteLine(JsonSerializer.Serialize(lines));
    }

    static Process? Start(string program, IEnumerable<string> arguments, NamedRow row)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        if (row.IsNarrow) start.Environment["DOTNET_EnableAVX512"] = "0";
        PeerProcess.SetLibraries(start, threads: 1);
        try
        {
            return Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No taskset (package util-linux): both sides may use every core.
            return null;
        }
    }

    // Started as "dotnet AtomSets.Bench.dll" the process is the host and needs the assembly again.
    static string[] Entry() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(RowProcess).Assembly.Location] : [];
}
