using System.Collections.Immutable;
using System.Globalization;

namespace AtomSets.Engine;

/// <summary>
/// Collects the configurations that compete in the groups of a study, and writes their end: for each group, target and size one choice by
/// validation error, and the evaluation of its winner alone.
/// </summary>
sealed class GroupPlanner(PlanBuilder builder)
{
    readonly Dictionary<(string Target, string Group, int Size, string? Fold), Competition> _competitions = [];

    /// <summary>Enters a configuration that was added without an evaluation.</summary>
    public void Enter(TransferEntry entry, string target, int size, string? fold, string id, PlannedRows rows, IReadOnlyList<Replicate> repetitions)
    {
        foreach (var group in entry.Groups)
        {
            var key = (target, group, size, fold);
            if (!_competitions.TryGetValue(key, out var competition)) _competitions.Add(key, competition = new Competition([], rows, repetitions));
            if (!competition.Configurations.Contains(id)) competition.Configurations.Add(id);
            competition.HasEnsemble |= entry.Ensemble.Count > 0;
        }
    }

    /// <summary>Writes the nodes of a target's groups, in the order in which they were first entered.</summary>
    public void Close(string target, EnsemblePlanner ensembles)
    {
        foreach (var (key, competition) in _competitions.Where(pair => pair.Key.Target == target).ToArray())
        {
            var (configurations, rows, repetitions) = (competition.Configurations, competition.Rows, competition.Repetitions);
            var id = string.Create(CultureInfo.InvariantCulture, $"select/{target}/{key.Group}/n{key.Size}{(key.Fold is null ? "" : $"/f{key.Fold}")}");
            var labels = ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal)
                .Add("role", "transfer").Add("data", rows.Set).Add("property", rows.Request.Target).Add("unit", rows.Unit)
                .Add("rows", key.Size.ToString(CultureInfo.InvariantCulture)).Add("target", target).Add("mode", key.Group).Add("group", key.Group);
            if (rows.Top is { } top) labels = labels.Add("top", top.ToString(CultureInfo.InvariantCulture));
            if (key.Fold is not null) labels = labels.Add("fold", key.Fold);
            ensembles.Know(key.Group, key.Size, builder.AddGroupBest(id, configurations, rows, repetitions, labels, competition.HasEnsemble), repetitions);
            _competitions.Remove(key);
        }
    }

    sealed record Competition(List<string> Configurations, PlannedRows Rows, IReadOnlyList<Replicate> Repetitions)
    {
        /// <summary>Whether one predictor of several seeds may win.</summary>
        public bool HasEnsemble { get; set; }
    }
}
