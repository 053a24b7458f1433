using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>Groups, selections among them, and searches that make them.</summary>
sealed partial class StudyTransition
{
    void MemberFinished(string groupId)
    {
        var group = _groups[groupId] with { Finished = _groups[groupId].Finished + 1 };
        if (group.Ended || group.Finished < group.Members.Length)
        {
            _groups[groupId] = group;
            return;
        }
        var scores = group.Members.Select(member => _trials[_nodes[member.Node].Key!.Value].Score!.Value).ToArray();
        var odd = Array.FindIndex(scores, score => score.Metric != scores[0].Metric || score.Unit != scores[0].Unit);
        group = odd < 0
            ? group with { Mean = scores[0] with { Value = scores.Sum(score => score.Value) / scores.Length } }
            : group with { Failure = $"its replicates are not comparable: {Text(scores[0])} and {Text(scores[odd])}" };
        _groups[groupId] = group;
        GroupEnded(groupId, group);
    }

    void MemberFailed(string groupId, string reason)
    {
        var group = _groups[groupId];
        if (group.Ended) return;
        group = group with { Failure = reason };
        _groups[groupId] = group;
        GroupEnded(groupId, group);
    }

    void GroupEnded(string groupId, GroupState group)
    {
        if (group.Search is not { } searchId)
        {
            _endings.Enqueue(new Ending(groupId, Unit: true, group.Failure));
            return;
        }
        var search = _searches[searchId] with { EndedGroups = _searches[searchId].EndedGroups + 1 };
        _searches[searchId] = search;
        if (search.EndedGroups < search.Total) return;
        FinishNode(searchId, $"all {Count(search.Total, "draw")} ended");
        _endings.Enqueue(new Ending(searchId, Unit: true, Failure: null));
    }

    /// <summary>By validation alone: test results never enter the state.</summary>
    void Choose(SelectNode select)
    {
        var candidates = select.Candidates.SelectMany(GroupsOf).ToArray();
        var standing = candidates.Where(id => _groups[id].Mean is not null).ToArray();
        if (standing.Length == 0)
        {
            var first = candidates.Select(id => _groups[id].Failure).FirstOrDefault(failure => failure is not null);
            FailNode(select.Id, $"none of its {Count(candidates.Length, "candidate")} ended well{(first is null ? "" : $"; the first: {first}")}");
            return;
        }
        var measure = _groups[standing[0]].Mean!.Value;
        var odd = Array.Find(standing, id => _groups[id].Mean is { } mean && (mean.Metric != measure.Metric || mean.Unit != measure.Unit));
        if (odd is not null)
        {
            FailNode(select.Id, $"its candidates are not comparable: '{standing[0]}' has {Text(measure)}, '{odd}' {Text(_groups[odd].Mean!.Value)}");
            return;
        }
        var ranked = standing.OrderBy(id => _groups[id].Mean!.Value.Value).Take(2).ToArray(); // a stable sort: ties go to the earlier
        var winner = ranked[0];
        Set(_nodes[select.Id] with { Winner = winner, Reason = Verdict(winner, ranked, candidates.Length - standing.Length) });
        FinishNode(select.Id, $"chose '{winner}': {Verdict(winner, ranked, candidates.Length - standing.Length)}");
    }

    string Verdict(string winner, string[] ranked, int failed)
    {
        var mean = $"mean validation {Text(_groups[winner].Mean!.Value)} over {Count(_groups[winner].Members.Length, "replicate")}";
        var next = ranked.Length > 1 ? $", before '{ranked[1]}' with {Text(_groups[ranked[1]].Mean!.Value)}" : ", the only candidate";
        return mean + next + (failed > 0 ? $"; {Count(failed, "candidate")} failed" : "");
    }

    IEnumerable<string> GroupsOf(string candidate) => _searches.TryGetValue(candidate, out var search)
        ? Enumerable.Range(0, search.Total).Select(number => $"{candidate}/{number}")
        : _groups.ContainsKey(candidate) ? [candidate] : [];

    void DrawAll(SearchNode search)
    {
        var sampler = Samplers.Find(search.Sampler);
        var total = sampler.Count(search);
        _searches[search.Id] = new SearchState(total, 0);
        var order = _nodes[search.Id].Order;
        Set(_nodes[search.Id] with { Status = NodeStatus.Requested });
        Say(search.Id, $"draws {Count(total, "configuration")} with the {search.Sampler} sampler");
        var made = new List<string>(total * search.Replicates.Length);
        for (var number = 0; number < total; number++)
        {
            var draws = sampler.Draw(search, _plan.Study.Seed, number, []);
            var group = $"{search.Id}/{number}";
            var labels = search.Labels.SetItems(draws.Select(draw => KeyValuePair.Create(draw.Key, draw.Value.ToString())));
            var members = ImmutableArray.CreateBuilder<(int, string)>(search.Replicates.Length);
            for (var replicate = 0; replicate < search.Replicates.Length; replicate++)
            {
                var node = new TrainNode($"{group}/{replicate}", group, replicate, search.Replicates[replicate]) { Labels = labels };
                Add(node, ++order, pending: 0, draws);
                members.Add((replicate, node.Id));
                made.Add(node.Id);
            }
            _groups[group] = new GroupState(members.MoveToImmutable(), search.Id, 0, null, null);
        }
        foreach (var id in made) Resolve(id);
    }

    void Add(PlanNode node, long order, int pending, ImmutableSortedDictionary<string, ParameterValue>? draws = null)
    {
        if (!_nodes.TryAdd(node.Id, new NodeState(node, order, NodeStatus.Waiting, pending, Draws: draws)))
            throw new StudyInputException($"A search makes the node '{node.Id}', but the plan has a node of that id; choose another.");
        _counts = _counts with { Nodes = _counts.Nodes + 1 };
        _changed.Add(node.Id);
    }
}
