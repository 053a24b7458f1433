using System.Globalization;
using System.Text;
using System.Text.Json;
using AtomSets.Acceptance.Tests;

namespace AtomSets.Cluster.Tests;

/// <summary>What only a cluster's campaign measures: how soon the work of a silo that is gone was claimed again, and what became of those that stood still.</summary>
sealed class FaultFigures
{
    static readonly TimeSpan Wanted = TimeSpan.FromSeconds(10);

    readonly SortedDictionary<FaultKind, List<double>> _recoveries = [];
    readonly List<(FaultKind Kind, DateTime At, (string Key, long Epoch)[] Lost)> _faults = [];
    readonly SortedDictionary<string, int> _notes = new(StringComparer.Ordinal);

    /// <summary>A fault that is about to come.</summary>
    /// <param name="lost">Trials with lease epochs that the silo holds.</param>
    public void Count(FaultKind kind, (string Key, long Epoch)[] lost) => _faults.Add((kind, DateTime.UtcNow, lost));

    public void Note(string what, int count = 1) => _notes[what] = _notes.GetValueOrDefault(what) + count;

    /// <summary>A study has ended: looks for the next claim of what was lost, or, where only the database was gone, for the next write.</summary>
    public async Task EndStudyAsync(ProgramHome home)
    {
        var writes = (await home.RowsAsync("SELECT kind, key, epoch, at FROM campaign.writes")).Select(row => JsonDocument.Parse(row).RootElement)
            .Select(row => (Kind: row.GetProperty("kind").GetString(), Key: row.GetProperty("key").GetString(), Epoch: row.GetProperty("epoch").GetInt64(), At: row.GetProperty("at").GetDateTimeOffset().UtcDateTime))
            .OrderBy(write => write.At).ToArray();
        foreach (var (kind, at, lost) in _faults)
        {
            var after = writes.SkipWhile(write => write.At <= at).ToArray();
            if (IsOfDatabase(kind) && after.Length > 0) Add(kind, after[0].At - at);
            foreach (var (key, epoch) in lost)
            {
                if (after.FirstOrDefault(write => write.Kind == "claim" && write.Key == key && write.Epoch > epoch) is { Kind: not null } again)
                {
                    Add(kind, again.At - at);
                    if (again.At - at < Wanted) continue;
                    // With all workers at work it waits for the first that is free; then nothing else may go before it.
                    var others = after.Count(write => write.Kind == "claim" && write.At > at + Wanted && write.At < again.At && lost.All(trial => trial.Key != write.Key));
                    Note(others == 0 ? "lost work claimed after more than 10 s, by the first worker that was free" : "lost work claimed after more than 10 s and after others");
                }
                else Note("work of a silo that was finished before it was gone, or withdrawn");
            }
        }
        _faults.Clear();
        foreach (var row in await home.RowsAsync("SELECT report, count(*)::int AS n FROM stale_reports GROUP BY report"))
        {
            var counted = JsonDocument.Parse(row).RootElement;
            Note($"late report ignored: {counted.GetProperty("report").GetString()}", counted.GetProperty("n").GetInt32());
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (kind, times) in _recoveries)
        {
            var sorted = times.Order().ToArray();
            text.Append(CultureInfo.InvariantCulture, $"  {kind}: {(IsOfDatabase(kind) ? "until the next write" : "until the lost work was claimed again")}: median {sorted[sorted.Length / 2]:0.00} s, longest {sorted[^1]:0.00} s ({sorted.Length})\n");
        }
        foreach (var (note, count) in _notes) text.Append(CultureInfo.InvariantCulture, $"  {count} × {note}\n");
        return text.ToString();
    }

    static bool IsOfDatabase(FaultKind kind) => kind is FaultKind.Database or FaultKind.Restart;

    void Add(FaultKind kind, TimeSpan time)
    {
        if (!_recoveries.TryGetValue(kind, out var times)) _recoveries[kind] = times = [];
        times.Add(time.TotalSeconds);
    }
}
