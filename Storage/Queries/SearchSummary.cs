using System.Globalization;

namespace AtomSets.Storage;

/// <summary>What the search of one configuration did: how far its draws came, and which settings it kept.</summary>
/// <param name="Kept">The replicates of the draw that was kept.</param>
/// <param name="Drawn">Its settings, by name.</param>
/// <param name="Rungs">Epochs and draws that were trained so far, the last (null) to their end.</param>
/// <param name="Seconds">Computing time of all its trials.</param>
public sealed record SearchSummary(IReadOnlyList<ResultRow> Kept, IReadOnlyDictionary<string, string> Drawn, IReadOnlyList<(int? Epochs, int Draws)> Rungs, double Seconds)
{
    /// <summary>Among rows of one configuration: the draw with test results was kept; without test rows, the one with the lowest mean validation error.</summary>
    /// <param name="rows">Finished runs, paused ones included.</param>
    public static SearchSummary Of(IReadOnlyList<ResultRow> rows)
    {
        rows = [.. rows.DistinctBy(row => row.Node)]; // a run with several evaluations has several rows
        var ended = rows.Where(row => row.Rung is null && row.ValidationError is not null).GroupBy(row => row.Group).ToList();
        var kept = ended.Find(draw => draw.Any(row => row.TestError is not null)) ?? ended.MinBy(draw => draw.Average(row => row.ValidationError!.Value));
        var rungs = rows.GroupBy(row => row.Rung).OrderBy(rung => rung.Key ?? int.MaxValue).Select(rung => (rung.Key, rung.Select(row => row.Group).Distinct().Count()));
        return new SearchSummary([.. kept ?? Enumerable.Empty<ResultRow>()], kept?.First().Drawn ?? new Dictionary<string, string>(), [.. rungs], rows.Sum(row => row.Seconds ?? 0));
    }

    /// <summary>The configuration whose search, or whose group of replicates, a run belongs to.</summary>
    public static string? ConfigurationOf(ResultRow row) => row.Group?.Split("/search/")[0];

    /// <summary>Whether there was a choice.</summary>
    public bool IsSearch => Drawn.Count > 0;

    /// <summary>Such as <c>9 to 1, 4 to 3, 1 to 9, 1 to the end</c>; with one number of draws only where nothing was pruned.</summary>
    public string RungText => Rungs.Count == 1
        ? string.Create(CultureInfo.InvariantCulture, $"{Rungs[0].Draws}")
        : string.Join(", ", Rungs.Select(rung => string.Create(CultureInfo.InvariantCulture, $"{rung.Draws} to {rung.Epochs?.ToString(CultureInfo.InvariantCulture) ?? "the end"}")));

    /// <summary>How the kept runs ended: <c>plateau</c>, <c>cap</c>, or <c>2 plateau, 1 cap</c>.</summary>
    public string EndText
    {
        get
        {
            var ends = Kept.GroupBy(row => row.Stop ?? "unknown").OrderByDescending(end => end.Key, StringComparer.Ordinal).ToList();
            return ends.Count == 1 && Kept.Count == 1 ? ends[0].Key : string.Join(", ", ends.Select(end => string.Create(CultureInfo.InvariantCulture, $"{end.Count()} {end.Key}")));
        }
    }

    /// <summary>A drawn value; numbers with three digits.</summary>
    public string? Setting(string name) => !Drawn.TryGetValue(name, out var text) ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number.ToString("G3", CultureInfo.InvariantCulture) : text;
}
