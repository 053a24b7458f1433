using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>A plan as a graph: alike steps (all sizes, seeds, folds and draws of one way) are one node.</summary>
sealed record PlanAnswer(IReadOnlyList<PlanGroup> Nodes, IReadOnlyList<PlanEdge> Edges)
{
    const int MostNodes = 150;

    /// <summary>From fine to coarse: the labels that tell groups apart.</summary>
    static readonly string[][] s_levels = [["role", "target", "mode", "source", "model"], ["role", "target", "mode", "model"], ["role", "target", "mode"], ["role", "mode"], ["role"]];

    public static PlanAnswer Of(StudyDetails details)
    {
        var level = LevelOf(details);
        var groups = details.Nodes.GroupBy(row => Id(row, level), StringComparer.Ordinal).ToList();
        var edges = EdgesOf(details, level);
        var depths = DepthsOf(groups.ConvertAll(group => group.Key), edges);
        return new PlanAnswer(
            [.. groups.Select(group =>
            {
                var (first, counts) = (group.First(), group.CountBy(row => row.Status).ToDictionary());
                int Of(NodeStatus status) => counts.GetValueOrDefault(status);
                return new PlanGroup(group.Key, first.Kind, Label(first, "role"), Label(first, "target") ?? Label(first, "source"), Label(first, "mode"), Label(first, "model"), Name(first, level), depths[group.Key], group.Count(),
                    Of(NodeStatus.Waiting), Of(NodeStatus.Requested), Of(NodeStatus.Finished), Of(NodeStatus.Failed), Of(NodeStatus.Blocked), Of(NodeStatus.Skipped));
            })],
            [.. edges.CountBy(edge => edge).Select(edge => new PlanEdge(edge.Key.From, edge.Key.To, edge.Value))]);
    }

    /// <summary>The steps of one node of the graph.</summary>
    public static IEnumerable<NodeRow> Members(StudyDetails details, string id)
    {
        var level = LevelOf(details);
        return details.Nodes.Where(row => Id(row, level) == id);
    }

    static string[] LevelOf(StudyDetails details) => s_levels.FirstOrDefault(level => details.Nodes.Select(row => Id(row, level)).Distinct(StringComparer.Ordinal).Count() <= MostNodes) ?? s_levels[^1];

    static string Id(NodeRow row, string[] level) => $"{row.Kind}|{string.Join('|', level.Select(label => Label(row, label)))}";

    static string Name(NodeRow row, string[] level)
    {
        var (role, subject) = (Label(row, "role"), Label(row, "target") ?? Label(row, "source"));
        var words = new[] { role == "pretrain" ? "pretrain" : null, level.Contains("target") || role == "pretrain" ? subject : null, role == "pretrain" || !level.Contains("mode") ? null : Label(row, "mode") };
        var text = string.Join(' ', words.OfType<string>());
        if (level.Contains("source") && role != "pretrain" && Label(row, "source") is { } source) text += $" from {source}";
        if (level.Contains("model") && Label(row, "model") is { } model) text += $" ({model})";
        return text.Length == 0 ? row.Kind : text;
    }

    /// <summary>Which group's steps wait for which; what a search draws waits for what its template names.</summary>
    static List<(string From, string To)> EdgesOf(StudyDetails details, string[] level)
    {
        var ids = details.Nodes.ToDictionary(row => row.Node, row => Id(row, level), StringComparer.Ordinal);
        var members = details.Nodes.Where(row => row.Group is not null).ToLookup(row => row.Group!, row => ids[row.Node], StringComparer.Ordinal);
        var edges = new List<(string From, string To)>();
        void Add(string? from, string to)
        {
            if (from is not null && from != to) edges.Add((from, to));
        }
        foreach (var node in details.Study.Nodes)
        {
            if (!ids.TryGetValue(node.Id, out var to)) continue;
            var parents = node switch
            {
                TrainNode train => train.Spec.Parents.Select(parent => parent.Node),
                EvaluateNode evaluate => evaluate.Spec.Parents.Select(parent => parent.Node),
                SearchNode search => search.Replicates.SelectMany(replicate => replicate.Parents).Select(parent => parent.Node).Distinct(StringComparer.Ordinal),
                _ => [],
            };
            foreach (var parent in parents) Add(ids.GetValueOrDefault(parent), to);
            if (node is not SelectNode select) continue;
            foreach (var candidate in select.Candidates)
            {
                if (ids.TryGetValue(candidate, out var search)) Add(search, to);
                else foreach (var from in members[candidate].Distinct(StringComparer.Ordinal)) Add(from, to);
            }
        }
        // A draw's group is its search's id and a number.
        foreach (var drawn in details.Nodes.Where(row => row.Group is not null && row.Group.LastIndexOf('/') is > 0 and var at && ids.ContainsKey(row.Group[..at])))
            Add(ids[drawn.Group![..drawn.Group!.LastIndexOf('/')]], ids[drawn.Node]);
        return edges;
    }

    /// <summary>Longest way from a node without parents. Alike steps may wait for each other both ways, so the length has an end.</summary>
    static Dictionary<string, int> DepthsOf(List<string> groups, List<(string From, string To)> edges)
    {
        var depths = groups.ToDictionary(group => group, _ => 0, StringComparer.Ordinal);
        var distinct = edges.Distinct().ToList();
        for (var (round, changed) = (0, true); changed && round < groups.Count && round < 20; round++)
        {
            changed = false;
            foreach (var (from, to) in distinct)
            {
                if (depths[to] > depths[from]) continue;
                depths[to] = depths[from] + 1;
                changed = true;
            }
        }
        return depths;
    }

    static string? Label(NodeRow row, string name) => row.Labels.GetValueOrDefault(name);
}

/// <param name="Kind">train, search, select or evaluate.</param>
/// <param name="Depth">Layer from the left; 0 waits for nothing.</param>
sealed record PlanGroup(
    string Id, string Kind, string? Role, string? Target, string? Mode, string? Model, string Label, int Depth, int Count, int Waiting, int Requested, int Finished, int Failed, int Blocked, int Skipped);

/// <param name="Count">So many steps wait for one.</param>
sealed record PlanEdge(string From, string To, int Count);
