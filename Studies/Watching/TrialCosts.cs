using System.Globalization;

namespace AtomSets.Studies;

/// <summary>The trials of a study by class, with what finished ones have taken.</summary>
/// <param name="sizeOf">Reads a template; the scheduling core itself does not know what a training is.</param>
sealed class TrialCosts(Func<SpecTemplate, TrainingSize> sizeOf)
{
    const string Evaluations = "";
    const int LevelBits = 8;

    readonly Dictionary<string, TrialClass> _classes = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> _depths = new(StringComparer.Ordinal);

    public IReadOnlyCollection<TrialClass> All => _classes.Values;

    public void Clear()
    {
        _classes.Clear();
        _depths.Clear();
    }

    /// <returns>Null for nodes that have no trial.</returns>
    public TrialClass? Of(StudyState state, NodeState node)
    {
        switch (node.Node)
        {
            case EvaluateNode:
                return Find(Evaluations, () => new TrialClass(long.MaxValue, 0, null));
            case TrainNode train when state.Groups.GetValueOrDefault(train.Group)?.Draw is { } draw:
                var search = (SearchNode)state.Nodes[draw.Search].Node;
                var level = search.Pruning is not { } pruning ? 0
                    : node.Rung?.Until is { } until ? pruning.Rungs.IndexOf(until) - draw.Bracket
                    : pruning.Levels(draw.Bracket) - 1;
                return OfDraws(state, search, draw.Bracket, level);
            case TrainNode train:
                return Find(train.Group, () =>
                {
                    var size = sizeOf(train.Spec);
                    return new TrialClass((long)Depth(state.Plan, train.Id) << LevelBits, size.Rows * (size.Epochs ?? 1), size.Epochs);
                });
            default:
                return null;
        }
    }

    /// <summary>The draws of a search on their way to a rung.</summary>
    public TrialClass OfDraws(StudyState state, SearchNode search, int bracket, int level)
    {
        var until = search.Pruning?.Until(bracket, level);
        var from = level == 0 ? 0 : search.Pruning?.Until(bracket, level - 1) ?? 0;
        return Find(string.Create(CultureInfo.InvariantCulture, $"{search.Id}/{from}-{until}"), () =>
        {
            var size = sizeOf(search.Replicates[0]);
            var epochs = until ?? size.Epochs;
            return new TrialClass(((long)Depth(state.Plan, search.Id) << LevelBits) + bracket + level, size.Rows * Math.Max(1, (epochs ?? 1) - from), epochs) { Trickles = search.Pruning is not null };
        });
    }

    /// <summary>What a trial of the class will take: by its own kind, else by another; null when nothing is known yet.</summary>
    public TrialCost? Expect(TrialClass of) => of.Cost() ?? (of.Work > 0 ? Guess(of.Work) : new TrialCost(0, 0, 0));

    /// <summary>From the kind that is nearest in size, in proportion to it; the further away, the less certain.</summary>
    TrialCost? Guess(double work)
    {
        var (nearest, distance) = ((TrialClass?)null, double.MaxValue);
        foreach (var kind in _classes.Values)
        {
            if (kind is not { Timed: > 0, Work: > 0 }) continue;
            var away = Math.Abs(Math.Log(work / kind.Work));
            if (away < distance || (away == distance && kind.Timed > nearest!.Timed)) (nearest, distance) = (kind, away);
        }
        if (nearest is null) return null;
        var known = nearest.Cost()!.Value;
        var ratio = work / nearest.Work;
        return new TrialCost(known.Mean * ratio, known.Spread * ratio, known.Mean * ratio * Math.Min(1, 0.25 + (0.25 * distance)));
    }

    TrialClass Find(string name, Func<TrialClass> create)
    {
        if (!_classes.TryGetValue(name, out var found)) _classes.Add(name, found = create());
        return found;
    }

    /// <summary>The longest way from a node that waits for nothing.</summary>
    int Depth(PlanIndex plan, string id)
    {
        if (_depths.TryGetValue(id, out var known)) return known;
        var depth = 0;
        if (plan.Nodes.TryGetValue(id, out var node))
        {
            foreach (var need in PlanIndex.Needs(node)) depth = Math.Max(depth, 1 + Depth(plan, need));
        }
        else if (plan.Groups.TryGetValue(id, out var members))
        {
            depth = Depth(plan, members[0].Id);
        }
        return _depths[id] = depth;
    }
}
