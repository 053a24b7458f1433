using System.Globalization;

namespace AtomSets.Acceptance.Tests;

/// <summary>What one process of the program occupied, by the trials that it had finished.</summary>
sealed class MemoryTrack(int process)
{
    readonly List<(int Finished, double MiB)> _samples = [];

    /// <summary>Resident memory at most, in MiB.</summary>
    public double Highest { get; private set; }

    /// <summary>Trials that were finished while it was looked at.</summary>
    public int Trials => _samples.Count < 2 ? 0 : _samples[^1].Finished - _samples[0].Finished;

    /// <summary>Looks once.</summary>
    /// <param name="finished">Trials of the study that are finished now.</param>
    public void Look(int finished)
    {
        if (Resident(process) is not { } resident) return;
        _samples.Add((finished, resident));
        Highest = Math.Max(Highest, resident);
    }

    /// <summary>Growth, by least squares over the samples behind the first <paramref name="warming"/> trials, in KiB a trial; null with fewer than thirty samples.</summary>
    public double? Slope(int warming)
    {
        var samples = _samples.Where(sample => sample.Finished >= _samples[0].Finished + warming).ToList();
        if (samples.Count < 30) return null;
        var (meanX, meanY) = (samples.Average(sample => (double)sample.Finished), samples.Average(sample => sample.MiB));
        var spread = samples.Sum(sample => (sample.Finished - meanX) * (sample.Finished - meanX));
        return spread == 0 ? null : 1024 * samples.Sum(sample => (sample.Finished - meanX) * (sample.MiB - meanY)) / spread;
    }

    public string Text(int warming)
    {
        double At(double share) => _samples[(int)(share * (_samples.Count - 1))].MiB;
        return string.Create(CultureInfo.InvariantCulture,
            $"{Trials} trials, {_samples.Count} looks: {At(0.25):0}, {At(0.5):0}, {At(0.75):0}, {At(1):0} MiB at the quarters, at most {Highest:0} MiB, {Slope(warming):+0.0;-0.0} KiB a trial behind the first {warming}");
    }

    /// <summary>VmRSS of Linux (man proc_pid_status), in MiB; null where the process is gone.</summary>
    static double? Resident(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null ? null : double.Parse(line["VmRSS:".Length..^"kB".Length], CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
