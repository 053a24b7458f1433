using System.Globalization;
using AtomSets.Tensors;

namespace AtomSets.Bench;

/// <summary>What the numbers were measured on.</summary>
static class Machine
{
    /// <summary>Processor, cores, instruction set and load averages, in a line.</summary>
    public static string Describe()
    {
        var load = LoadAverages();
        return string.Create(CultureInfo.InvariantCulture,
            $"{Processor()}, {Environment.ProcessorCount} cores, kernels for {CpuKernels.BestPath}{(load is null ? "" : $", load averages {string.Join(' ', load)}")}");
    }

    /// <summary>Whether other programs are at work, as far as the system says.</summary>
    public static bool IsBusy => LoadAverages() is [var lastMinute, ..] && double.Parse(lastMinute, CultureInfo.InvariantCulture) >= 1;

    static string Processor()
    {
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? "unknown processor" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    static string[]? LoadAverages() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[..3] : null;
}
