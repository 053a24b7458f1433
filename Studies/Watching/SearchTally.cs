using System.Collections.Immutable;
using System.Globalization;

namespace AtomSets.Studies;

/// <summary>How many draws of each search stand at each rung, kept up to date draw by draw.</summary>
sealed class SearchTally
{
    const int End = int.MaxValue;

    readonly Dictionary<string, SortedDictionary<int, int[]>> _rungs = new(StringComparer.Ordinal);
    readonly Dictionary<string, Place> _draws = new(StringComparer.Ordinal);
    readonly Dictionary<(string Search, int Bracket, int Level), int> _decided = [];

    enum Standing
    {
        Training,
        Paused,
        Done,
        Pruned,
        Failed,
    }

    readonly record struct Place(string Search, int Bracket, int Level, Standing Standing);

    /// <summary>Draws that have arrived at a rung and wait for a decision, over all searches.</summary>
    public int Paused => _rungs.Values.Sum(search => search.Values.Sum(rung => rung[(int)Standing.Paused]));

    public void Clear()
    {
        _rungs.Clear();
        _draws.Clear();
        _decided.Clear();
    }

    /// <summary>A draw has come further.</summary>
    public void Touch(StudyState state, string groupId)
    {
        if (_draws.Remove(groupId, out var before)) Count(state, before, -1);
        if (state.Groups.GetValueOrDefault(groupId) is not { Draw: { } draw } group) return;
        var standing = draw.Pruned ? Standing.Pruned
            : group.Failure is not null ? Standing.Failed
            : group.Mean is not null ? Standing.Done
            : draw.Scores.Length > draw.Level ? Standing.Paused
            : Standing.Training;
        var place = new Place(draw.Search, draw.Bracket, draw.Level, standing);
        _draws[groupId] = place;
        Count(state, place, 1);
    }

    /// <summary>Draws about which a rung has decided since the last call: a pruned draw changes no node.</summary>
    public IEnumerable<string> NewlyDecided(StudyState state, string searchId)
    {
        if (!state.Searches.TryGetValue(searchId, out var search)) yield break;
        for (var bracket = 0; bracket < search.Rungs.Length; bracket++)
        {
            for (var level = 0; level < search.Rungs[bracket].Length; level++)
            {
                var rung = search.Rungs[bracket][level];
                var known = _decided.GetValueOrDefault((searchId, bracket, level));
                _decided[(searchId, bracket, level)] = rung.Decided;
                for (var place = known; place < rung.Decided; place++)
                    yield return string.Create(CultureInfo.InvariantCulture, $"{searchId}/{rung.Line[place]}");
            }
        }
    }

    public ImmutableArray<SearchProgress> Progress(StudyState state) => [.. state.Searches
        .OrderBy(search => state.Nodes[search.Key].Order)
        .Select(search => new SearchProgress(search.Key, search.Value.Total, search.Value.Drawn, search.Value.Ended, Rungs(search.Key)))];

    ImmutableArray<RungProgress> Rungs(string searchId) => _rungs.TryGetValue(searchId, out var rungs)
        ? [.. rungs.Select(rung => new RungProgress(rung.Key == End ? null : rung.Key, rung.Value[0], rung.Value[1], rung.Value[2], rung.Value[3], rung.Value[4]))]
        : [];

    void Count(StudyState state, Place place, int by)
    {
        var pruning = ((SearchNode)state.Nodes[place.Search].Node).Pruning;
        if (!_rungs.TryGetValue(place.Search, out var rungs)) _rungs.Add(place.Search, rungs = All(pruning));
        for (var level = 0; level <= place.Level; level++)
            rungs[pruning?.Until(place.Bracket, level) ?? End][(int)(level == place.Level ? place.Standing : Standing.Done)] += by;
    }

    static SortedDictionary<int, int[]> All(Pruning? pruning)
    {
        var rungs = new SortedDictionary<int, int[]> { [End] = new int[5] };
        foreach (var epochs in pruning?.Rungs ?? []) rungs[epochs] = new int[5];
        return rungs;
    }
}
