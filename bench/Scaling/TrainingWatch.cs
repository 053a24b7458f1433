using System.Globalization;
using AtomSets.Training;

namespace AtomSets.Bench;

/// <summary>Watches this process while it trains: the processor's time, and its own memory, managed and native, without what is mapped from files.</summary>
sealed class TrainingWatch : ITrainObserver
{
    const double Mebi = 1 << 20;
    TimeSpan _spent = Environment.CpuUsage.TotalTime;

    /// <summary>Largest so far, in MiB.</summary>
    public double PeakMebibytes { get; private set; }

    /// <summary>Processor time of each epoch so far: what other programs take meanwhile does not count.</summary>
    public List<double> EpochSeconds { get; } = [];

    /// <summary>Anonymous resident memory now, in MiB.</summary>
    /// <exception cref="BenchException">The system does not say.</exception>
    public static double Mebibytes()
    {
        const string file = "/proc/self/status", key = "RssAnon:";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) : null;
        return line is null
            ? throw new BenchException($"{file} has no {key} this needs Linux")
            : long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024 / Mebi;
    }

    public void EpochEnded(in EpochRow row)
    {
        var spent = Environment.CpuUsage.TotalTime;
        EpochSeconds.Add((spent - _spent).TotalSeconds);
        _spent = spent;
        Look();
    }

    public void Progressed(in TrainProgress progress) => Look();

    void Look() => PeakMebibytes = Math.Max(PeakMebibytes, Mebibytes());
}
