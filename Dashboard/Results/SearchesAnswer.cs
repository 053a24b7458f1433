using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>Searches: rungs, what was pruned, what was kept.</summary>
sealed record SearchesAnswer(IReadOnlyList<SearchAnswer> Searches)
{
    /// <param name="rows">Finished runs, those that paused at a rung included.</param>
    public static SearchesAnswer Of(StudyDetails details, StudyProgress progress, IReadOnlyList<ResultRow> rows)
    {
        var rungs = progress.Searches.ToDictionary(search => search.Search, StringComparer.Ordinal);
        var nodes = details.Nodes.Where(node => node is { Kind: "train", Group: not null }).ToLookup(node => SearchOf(node.Group!), StringComparer.Ordinal);
        var results = rows.Where(row => row.Group is not null).DistinctBy(row => row.Node).ToDictionary(row => row.Node, StringComparer.Ordinal);
        return new SearchesAnswer([.. details.Study.Nodes.OfType<SearchNode>().Select(search => SearchAnswer.Of(
            search, rungs.GetValueOrDefault(search.Id), [.. nodes[search.Id]], results, [.. rows.Where(row => row.Group is not null && SearchOf(row.Group) == search.Id)], progress.Status == StudyStatus.Running))]);
    }

    static string SearchOf(string group) => group.LastIndexOf('/') is > 0 and var at ? group[..at] : "";
}

/// <param name="Kept">Settings of the draw that was kept; empty before.</param>
/// <param name="End">How its runs ended.</param>
sealed record SearchAnswer(
    string Search, string? Target, string? Mode, string? Model, string? Source, string? Size, string? Fold, int Draws, int Drawn, int Ended, string Sampler, IReadOnlyList<RungAnswer> Rungs,
    IReadOnlyDictionary<string, string> Kept, double? KeptValidation, double? KeptTest, string? Unit, string? End, IReadOnlyList<DrawAnswer> Trials)
{
    public static SearchAnswer Of(SearchNode search, SearchProgress? progress, IReadOnlyList<NodeRow> nodes, IReadOnlyDictionary<string, ResultRow> results, IReadOnlyList<ResultRow> rows, bool isRunning)
    {
        var summary = rows.Count > 0 ? SearchSummary.Of(rows) : null;
        var kept = summary?.Kept ?? [];
        string? Label(string name) => search.Labels.GetValueOrDefault(name);
        var answer = progress is null ? null : SearchProgressAnswer.Of(progress);
        return new SearchAnswer(
            search.Id, Label("target") ?? Label("source"), Label("mode"), Label("model"), Label("source"), Label("rows"), Label("fold"), answer?.Draws ?? search.Draws, answer?.Drawn ?? 0, answer?.Ended ?? 0, search.Sampler, answer?.Rungs ?? [],
            summary?.Drawn ?? new Dictionary<string, string>(), Mean(kept, row => row.ValidationError), Mean(kept, row => row.TestError), rows.Select(row => row.Unit).FirstOrDefault(unit => unit is not null),
            kept.Count > 0 ? summary!.EndText : null,
            [.. nodes.GroupBy(node => node.Group!, StringComparer.Ordinal).Select(draw => DrawAnswer.Of(draw.Key, [.. draw], results, kept.Any(row => row.Group == draw.Key), isRunning)).OrderBy(draw => draw.Draw)]);
    }

    static double? Mean(IReadOnlyList<ResultRow> rows, Func<ResultRow, double?> error) => rows.Select(error).OfType<double>().ToList() is { Count: > 0 } errors ? errors.Average() : null;
}

/// <param name="State">kept, ended, pruned, paused, training, failed or waiting.</param>
sealed record DrawAnswer(int Draw, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<RungScore> Scores, string State)
{
    public static DrawAnswer Of(string group, IReadOnlyList<NodeRow> nodes, IReadOnlyDictionary<string, ResultRow> results, bool isKept, bool isRunning)
    {
        var rows = nodes.Select(node => results.GetValueOrDefault(node.Node)).OfType<ResultRow>().ToList();
        var hasEnded = rows.Exists(row => row.Rung is null);
        var state = isKept ? "kept"
            : nodes.Any(node => node.Status is NodeStatus.Failed or NodeStatus.Blocked) ? "failed"
            : nodes.Any(node => node.Status == NodeStatus.Requested) ? "training"
            : hasEnded ? "ended"
            : rows.Count == 0 ? "waiting"
            : isRunning ? "paused" : "pruned";
        return new DrawAnswer(
            int.TryParse(group[(group.LastIndexOf('/') + 1)..], out var number) ? number : -1, rows.FirstOrDefault()?.Drawn ?? new Dictionary<string, string>(),
            [.. rows.GroupBy(row => row.Rung).OrderBy(rung => rung.Key ?? int.MaxValue).Select(rung => new RungScore(rung.Key, rung.Select(row => row.ValidationError).OfType<double>().DefaultIfEmpty(double.NaN).Average()))], state);
    }
}

/// <param name="Epochs">The rung; null for the end of the training.</param>
/// <param name="Validation">Mean over the replicates.</param>
sealed record RungScore(int? Epochs, double Validation);
