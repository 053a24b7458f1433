using System.Globalization;
using System.Text;

namespace AtomSets.Acceptance.Tests;

/// <summary>What a campaign did, for people.</summary>
sealed class CampaignFigures
{
    readonly SortedDictionary<string, int> _hits = new(StringComparer.Ordinal), _victims = new(StringComparer.Ordinal);
    readonly SortedDictionary<string, int> _reasons = new(StringComparer.Ordinal);
    readonly Dictionary<string, List<DateTime>> _times = new(StringComparer.Ordinal);
    readonly List<double> _recoveries = [];
    int _inARow;

    public int Kills { get; private set; }

    public int Studies { get; set; }

    public TimeSpan Elapsed { get; set; }

    /// <summary>Trials that the ended studies hold, claims of them, and results.</summary>
    public (int Trials, int Claims, int Results) Trials { get; private set; }

    /// <summary>Files in the artifact store that nothing names: unfinished ones of killed writers, and whole ones.</summary>
    public (int Unfinished, int Whole, int All) Files { get; private set; }

    /// <summary>A kill that is about to be done.</summary>
    /// <param name="reached">Whether its place was reached; else it is done at any time.</param>
    /// <param name="round">The home.</param>
    public void Count(Moment moment, bool reached, string round)
    {
        var place = reached ? moment.Place : Place.AnyTime;
        Count(moment.Victim.ToString(), place >= Place.Claim ? $"{place}/{moment.Side}" : place.ToString(), round);
    }

    /// <summary>As <see cref="Count(Moment, bool, string)"/>, in words.</summary>
    public void Count(string victim, string place, string round)
    {
        Kills++;
        _inARow = 0;
        _hits[place] = _hits.GetValueOrDefault(place) + 1;
        _victims[victim] = _victims.GetValueOrDefault(victim) + 1;
        if (!_times.TryGetValue(round, out var times)) _times[round] = times = [];
        times.Add(DateTime.UtcNow);
    }

    /// <summary>The program ended by itself with an error.</summary>
    /// <returns>False when that happens again and again without a kill between.</returns>
    public bool GaveUp(ProgramResult end)
    {
        var reason = end.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";
        reason = string.Create(CultureInfo.InvariantCulture, $"{end.ExitCode}: {reason}");
        _reasons[reason] = _reasons.GetValueOrDefault(reason) + 1;
        return ++_inARow < 3;
    }

    /// <summary>A study has ended: what it held, and what was written about trials when.</summary>
    public void Add(string round, int trials, IReadOnlyList<(string Kind, DateTime At)> writes, (int Unfinished, int Whole, int All) files)
    {
        Trials = (Trials.Trials + trials, Trials.Claims + writes.Count(write => write.Kind == "claim"), Trials.Results + writes.Count(write => write.Kind == "result"));
        Files = (Files.Unfinished + files.Unfinished, Files.Whole + files.Whole, Files.All + files.All);
        var times = _times.GetValueOrDefault(round) ?? [];
        for (var i = 0; i < times.Count; i++)
        {
            var next = writes.Where(write => write.At > times[i]).Select(write => write.At).DefaultIfEmpty(DateTime.MaxValue).Min();
            if (next < (i + 1 < times.Count ? times[i + 1] : DateTime.MaxValue)) _recoveries.Add((next - times[i]).TotalSeconds);
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Kills} kills in {Studies} studies, {Elapsed.TotalSeconds:0} s\n");
        text.Append(CultureInfo.InvariantCulture, $"  killed: {string.Join(", ", _victims.Select(pair => $"{pair.Key} {pair.Value}"))}\n");
        text.Append(CultureInfo.InvariantCulture, $"  where: {string.Join(", ", _hits.Select(pair => $"{pair.Key} {pair.Value}"))}\n");
        text.Append(CultureInfo.InvariantCulture, $"  trials: {Trials.Trials}, recorded {Trials.Claims} claims and {Trials.Results} results\n");
        var sorted = _recoveries.Order().ToArray();
        if (sorted.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"  from a kill to the next claim, checkpoint or result: median {sorted[sorted.Length / 2]:0.00} s, 90 % {sorted[sorted.Length * 9 / 10]:0.00} s, longest {sorted[^1]:0.00} s ({sorted.Length} kills that were followed by one)\n");
        text.Append(CultureInfo.InvariantCulture, $"  artifact files: {Files.All}, of these named by nothing {Files.Whole}, and unfinished {Files.Unfinished}\n");
        foreach (var (reason, count) in _reasons) text.Append(CultureInfo.InvariantCulture, $"  the program stopped {count} times with {reason}\n");
        return text.ToString();
    }
}
