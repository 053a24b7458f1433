using AtomSets.Materials;

namespace AtomSets.Engine;

/// <summary>Which sources learn from which: chains of any length, without rings.</summary>
sealed class SourceChains
{
    readonly Dictionary<string, SourceEntry> _sources;

    /// <summary>Reports unknown names and rings; such sources then start no chain.</summary>
    public SourceChains(IReadOnlyList<SourceEntry> sources, ProblemList problems)
    {
        _sources = sources.ToDictionary(source => source.Name, StringComparer.Ordinal);
        var ordered = new List<SourceEntry>();
        foreach (var source in sources)
        {
            if (source.From is { } from && !_sources.ContainsKey(from))
                problems.Add(source.FromLine, $"source {source.Name}: the study has no source \"{from}\".{NearestName.Hint(from, [.. _sources.Keys])}");
            var way = new List<string> { source.Name };
            for (var at = source; at.From is { } next && _sources.TryGetValue(next, out at!);)
            {
                if (way.Contains(next))
                {
                    if (next == source.Name) problems.Add(source.FromLine, $"source {source.Name} learns from itself: {string.Join(" → ", way.Append(next).Reverse())}");
                    way.Clear();
                    break;
                }
                way.Add(next);
            }
            if (way.Count > 0) ordered.Add(source);
        }
        Ordered = [.. ordered.OrderBy(source => Ancestors(source).Count())];
    }

    /// <summary>Each source behind those that it learns from, without the members of rings.</summary>
    public IReadOnlyList<SourceEntry> Ordered { get; }

    /// <summary>The other way round: each source before those that it learns from.</summary>
    public IEnumerable<SourceEntry> LastFirst => Ordered.OrderByDescending(source => Ancestors(source).Count());

    /// <summary>The sources along whose chain this one lies: those that learn from it, directly or over others.</summary>
    public IEnumerable<SourceEntry> Descendants(SourceEntry source) => Ordered.Where(other => Ancestors(other).Contains(source.Name));

    IEnumerable<string> Ancestors(SourceEntry source)
    {
        for (var at = source; at.From is { } next && _sources.TryGetValue(next, out at!);) yield return next;
    }
}
