using System.Collections.Immutable;
using System.Globalization;

namespace AtomSets.Studies;

/// <summary>The best configuration of each comparison, by validation, kept up to date group by group.</summary>
/// <remarks>
/// Compared are groups with the same role, target (or source) and size, and the same measure. One whose replicates have all been trained to the end
/// stands before one at a rung, that before one of which replicates are missing: a lucky seed leads only while nothing better is known.
/// </remarks>
sealed class LeaderBoard
{
    const int Missing = int.MaxValue;

    readonly Dictionary<string, Comparison> _comparisons = new(StringComparer.Ordinal);
    readonly Dictionary<string, (string Comparison, Entry Entry)> _entries = new(StringComparer.Ordinal);
    readonly HashSet<string> _models = new(StringComparer.Ordinal);

    sealed record Comparison(string What, string Role, long Order)
    {
        public SortedSet<Entry> Entries { get; } = [];
    }

    /// <param name="Tier">0: complete; else the number of levels that are missing, or <see cref="Missing"/>.</param>
    readonly record struct Entry(int Tier, double Score, long Order, string Group) : IComparable<Entry>
    {
        public int CompareTo(Entry other) => (Tier, Score, Order).CompareTo((other.Tier, other.Score, other.Order));
    }

    readonly record struct Measured(int Tier, int? Epochs, int Of, ImmutableArray<ValidationScore> Scores)
    {
        public double Mean => Scores.Sum(score => score.Value) / Scores.Length;
    }

    public void Clear()
    {
        _comparisons.Clear();
        _entries.Clear();
        _models.Clear();
    }

    /// <summary>A trial of the group has ended, or the group has.</summary>
    public void Touch(StudyState state, string groupId)
    {
        if (_entries.Remove(groupId, out var before)) _comparisons[before.Comparison].Entries.Remove(before.Entry);
        if (state.Groups.GetValueOrDefault(groupId) is not { } group || Measure(state, groupId, group) is not { } measured) return;
        var node = state.Nodes[group.Members[0].Node];
        var labels = Shared(state, group);
        // What a round of active learning chose is no configuration.
        if (labels.GetValueOrDefault("role") == "acquisition") return;
        if (labels.GetValueOrDefault("model") is { } model) _models.Add(model);
        var (role, what) = (labels.GetValueOrDefault("role") ?? "", What(labels, group.Draw?.Search));
        var key = string.Join('\n', role, what, measured.Scores[0].Metric, measured.Scores[0].Unit);
        if (!_comparisons.TryGetValue(key, out var comparison)) _comparisons.Add(key, comparison = new Comparison(what, role, node.Order));
        var entry = new Entry(measured.Tier, measured.Mean, node.Order, groupId);
        comparison.Entries.Add(entry);
        _entries[groupId] = (key, entry);
    }

    public ImmutableArray<LeaderProgress> Leaders(StudyState state) => [.. _comparisons.Values
        .Where(comparison => comparison.Entries.Count > 0).OrderBy(comparison => comparison.Order).Select(comparison => Leader(state, comparison))];

    /// <summary>The best score of the measure that most transfers have; of pre-trainings where there are no transfers.</summary>
    public ValidationScore? Best(StudyState state)
    {
        var transfers = _comparisons.Values.Where(comparison => comparison.Entries.Count > 0).ToArray();
        if (Array.Exists(transfers, comparison => comparison.Role != "pretrain")) transfers = Array.FindAll(transfers, comparison => comparison.Role != "pretrain");
        return transfers.Select(comparison => (comparison.Entries.Count, Leader(state, comparison).Score))
            .GroupBy(leader => (leader.Score.Metric, leader.Score.Unit)).OrderByDescending(measure => measure.Sum(leader => leader.Count)).FirstOrDefault()?
            .MinBy(leader => leader.Score.Value).Score;
    }

    LeaderProgress Leader(StudyState state, Comparison comparison)
    {
        var best = comparison.Entries.Min;
        var group = state.Groups[best.Group];
        var measured = Measure(state, best.Group, group)!.Value;
        var n = measured.Scores.Length;
        var error = n < 2 ? (double?)null : Math.Sqrt(measured.Scores.Sum(score => (score.Value - measured.Mean) * (score.Value - measured.Mean)) / (n - 1) / n);
        return new LeaderProgress(
            comparison.What, Configuration(state, group), measured.Scores[0] with { Value = measured.Mean }, error, n, measured.Of, measured.Epochs, comparison.Entries.Count);
    }

    static Measured? Measure(StudyState state, string groupId, GroupState group)
    {
        if (group.Mean is null && group.Failure is not null) return null;
        var newest = Scores(state, group.Members.Select(member => member.Node));
        if (group.Draw is not { } draw)
            return newest.IsEmpty ? null : new Measured(group.Mean is null ? Missing : 0, null, group.Members.Length, newest);
        var pruning = ((SearchNode)state.Nodes[draw.Search].Node).Pruning;
        if (draw.Scores.IsEmpty) return newest.IsEmpty ? null : new Measured(Missing, pruning?.Until(draw.Bracket, 0), group.Members.Length, newest);
        var level = draw.Scores.Length - 1;
        var until = pruning?.Until(draw.Bracket, level);
        var nodes = group.Members.Select(member => string.Create(CultureInfo.InvariantCulture, $"{groupId}/{member.Replicate}{(until is null ? "" : $"@{until}")}"));
        return new Measured((pruning?.Levels(draw.Bracket) ?? 1) - 1 - level, until, group.Members.Length, Scores(state, nodes));
    }

    static ImmutableArray<ValidationScore> Scores(StudyState state, IEnumerable<string> nodes) => [.. nodes
        .Select(node => state.Nodes[node].Key is { } key ? state.Trials.GetValueOrDefault(key)?.Score : null).OfType<ValidationScore>()];

    /// <summary>What all replicates have in common: not the seed, and the fold only where it selects for itself.</summary>
    static ImmutableSortedDictionary<string, string> Shared(StudyState state, GroupState group)
    {
        var first = state.Nodes[group.Members[0].Node].Node.Labels;
        var last = state.Nodes[group.Members[^1].Node].Node.Labels;
        return first.Remove("seed").RemoveRange(first.Where(label => last.GetValueOrDefault(label.Key) != label.Value).Select(label => label.Key));
    }

    static string What(ImmutableSortedDictionary<string, string> labels, string? search)
    {
        var rows = labels.GetValueOrDefault("rows");
        var name = labels.GetValueOrDefault("target") ?? labels.GetValueOrDefault("source");
        if (name is null) return search ?? "";
        var fold = labels.GetValueOrDefault("fold");
        return $"{name}{(rows is null ? "" : $" {rows}")}{(fold is null ? "" : $" fold {fold}")}";
    }

    string Configuration(StudyState state, GroupState group)
    {
        var labels = Shared(state, group);
        var parts = new List<string>();
        if (labels.ContainsKey("target"))
        {
            parts.Add(labels.GetValueOrDefault("mode") ?? "");
            if (labels.GetValueOrDefault("source") is { } source) parts[0] += $" from {source}{(labels.GetValueOrDefault("source_rows") is { } rows ? $" {rows}" : "")}";
        }
        else if (!labels.ContainsKey("source"))
        {
            parts.Add(state.Nodes[group.Members[0].Node].Node is TrainNode train ? train.Group : "");
        }
        if (_models.Count > 1 && labels.GetValueOrDefault("model") is { } model) parts.Add(model);
        if (group.Draw is { } draw) parts.AddRange(draw.Values.Select(value => $"{value.Key} {Short(value.Value)}"));
        return string.Join(", ", parts);
    }

    static string Short(ParameterValue value) => value is ParameterValue.Real real ? real.Value.ToString("G4", CultureInfo.InvariantCulture) : value.ToString();
}
