namespace AtomSets.Studies;

/// <summary>Groups, and selections among them.</summary>
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
        if (odd >= 0)
        {
            group = group with { Failure = $"its replicates are not comparable: {Text(scores[0])} and {Text(scores[odd])}" };
        }
        else
        {
            var mean = scores[0] with { Value = scores.Sum(score => score.Value) / scores.Length };
            if (group.Draw is { } draw) group = group with { Draw = draw with { Scores = draw.Scores.Add(mean.Value), Epochs = draw.Epochs.Add(EpochsOf(group)) } };
            if (group.Draw is null || IsLast(group.Draw)) group = group with { Mean = mean };
        }
        _groups[groupId] = group;
        if (group.Ended) GroupEnded(groupId, group);
        else _moved.Enqueue(group.Draw!.Search);
    }

    void MemberFailed(string groupId, string reason, bool leftOut)
    {
        var group = _groups[groupId];
        if (group.Ended) return;
        group = group with { Failure = reason, IsLeftOut = leftOut };
        _groups[groupId] = group;
        GroupEnded(groupId, group);
    }

    void GroupEnded(string groupId, GroupState group)
    {
        if (group.Draw is { } draw) DrawEnded(draw.Search);
        else _endings.Enqueue(new Ending(groupId, Unit: true, group.Failure));
    }

    /// <summary>By validation alone: test results never enter the state.</summary>
    void Choose(SelectNode select)
    {
        var candidates = select.Candidates.SelectMany(GroupsOf).ToArray();
        var standing = candidates.Where(id => _groups[id].Mean is not null).ToArray();
        if (standing.Length == 0)
        {
            if (NeverBegun(select, candidates)) return;
            var first = candidates.Where(id => !_groups[id].IsLeftOut).Select(id => _groups[id].Failure).FirstOrDefault(failure => failure is not null);
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
        Set(_nodes[select.Id] with { Winner = winner, Reason = Verdict(winner, ranked, Failures(candidates)) });
        FinishNode(select.Id, $"chose '{winner}': {Verdict(winner, ranked, Failures(candidates))}");
    }

    /// <summary>Where nothing that could be chosen has even been tried: the choice then ends as they did.</summary>
    bool NeverBegun(SelectNode select, string[] candidates)
    {
        if (candidates.Any(id => !_groups[id].IsLeftOut)) return false;
        var searches = select.Candidates.Select(id => _nodes.GetValueOrDefault(id)).OfType<NodeState>().ToArray();
        if (Array.Find(searches, node => node.Status == NodeStatus.Blocked) is { } blocked) Block(select.Id, blocked.Reason!);
        else Skip(select.Id, Array.Find(searches, node => node.Status == NodeStatus.Skipped)?.Reason ?? SpentBudget());
        return true;
    }

    int Failures(string[] candidates) => candidates.Count(id => _groups[id] is { Failure: not null, IsLeftOut: false });

    string Verdict(string winner, string[] ranked, int failed)
    {
        var mean = $"mean validation {Text(_groups[winner].Mean!.Value)} over {Count(_groups[winner].Members.Length, "replicate")}";
        var next = ranked.Length > 1 ? $", before '{ranked[1]}' with {Text(_groups[ranked[1]].Mean!.Value)}" : ", the only candidate";
        return mean + next + (failed > 0 ? $"; {Count(failed, "candidate")} failed" : "");
    }

    IEnumerable<string> GroupsOf(string candidate) => _searches.TryGetValue(candidate, out var search)
        ? Enumerable.Range(0, search.Drawn).Select(number => $"{candidate}/{number}")
        : _groups.ContainsKey(candidate) ? [candidate] : [];
}
