using System.Collections.Immutable;
using System.Globalization;

namespace AtomSets.Studies;

/// <summary>Budgets: which draws a share of epochs allows, and what no longer begins once the hours are spent.</summary>
sealed partial class StudyTransition
{
    bool IsSpent => _plan.Study.CoreHours is { } hours && _coreMilliseconds / 3.6e6 >= hours;

    /// <summary>Requested trials with which a training begins, in order: what a spent budget takes back where no worker has them yet.</summary>
    public static ImmutableArray<TrialKey> Beginnings(IReadOnlyDictionary<TrialKey, string> outstanding, IReadOnlyDictionary<string, NodeState> nodes) =>
        [.. outstanding.Where(entry => Begins(nodes[entry.Value])).Select(entry => entry.Key).Order()];

    /// <summary>The host has taken these back.</summary>
    public void LeftOut(ImmutableArray<TrialKey> keys)
    {
        foreach (var key in keys)
        {
            if (!_trials.TryGetValue(key, out var trial) || trial.Standing != TrialStanding.Wanted) continue;
            _trials[key] = trial with { Standing = TrialStanding.LeftOut };
            _outstanding.Remove(key);
            foreach (var id in trial.Nodes) Skip(id, SpentBudget());
        }
        Pump();
    }

    static bool Begins(NodeState node) => node is { Node: TrainNode { Stands: null }, Rung: not { From: not null } };

    /// <summary>Evaluations, ensembles, and trainings that go on from a rung, are the end of something that has begun.</summary>
    bool MayBegin(NodeState node) => !Begins(node) || !IsSpent;

    void Spend(long coreMilliseconds)
    {
        var before = IsSpent;
        _coreMilliseconds += coreMilliseconds;
        if (before || !IsSpent) return;
        var waiting = Beginnings(_outstanding, _nodes);
        Say(null, string.Create(CultureInfo.InvariantCulture, $"{SpentBudget()}: {_coreMilliseconds / 3.6e6:G4} were taken; what has begun goes on"));
        if (_status == StudyStatus.Running && !waiting.IsEmpty) _commands.Add(new StopBeginning(waiting));
    }

    string SpentBudget() => string.Create(CultureInfo.InvariantCulture, $"the budget of {_plan.Study.CoreHours} core hours was spent");

    void Skip(string id, string reason)
    {
        var node = _nodes[id];
        Set(node with { Status = NodeStatus.Skipped, Reason = reason, Pending = 0 });
        _counts = _counts with { Skipped = _counts.Skipped + 1 };
        Say(id, $"left out: {reason}");
        Ended(node.Node, reason, leftOut: true);
    }

    string WellEnded() => _counts.Skipped == 0
        ? $"all {Count(_counts.Nodes, "node")} ended well"
        : $"{_counts.Finished} of {Count(_counts.Nodes, "node")} ended well, {_counts.Skipped} were left out: {SpentBudget()}";

    long EpochsOf(GroupState group) => group.Members.Sum(member => (long)_trials[_nodes[member.Node].Key!.Value].Epochs);

    ImmutableList<long> Spent(SearchNode search, RungState rung, int known, int level)
    {
        var spent = rung.Spent.ToBuilder();
        for (var place = rung.Known; place < known; place++)
        {
            // A draw that failed has no epochs that anyone knows of.
            var epochs = _groups[GroupId(search, rung.Line[place])].Draw!.Epochs;
            var here = level < epochs.Length ? epochs[level] - (level > 0 ? epochs[level - 1] : 0) : 0;
            spent.Add((spent.Count > 0 ? spent[^1] : 0) + here);
        }
        return spent.ToImmutable();
    }

    /// <summary>Whether the next draw may begin; null while it must wait for results. The first always may: without it nothing could be chosen.</summary>
    bool? Fits(SearchNode search, EpochShare share, SearchState state)
    {
        if (state.Drawn == 0 || (search.Pruning is null && (state.Drawn + 1L) * search.Replicates.Length * share.Longest <= share.Epochs)) return true;
        for (var lookahead = _plan.Study.Lookahead; ; lookahead /= 2)
        {
            if (!Ready(search, state, state.Drawn, lookahead)) return null;
            if (Expected(search, share, state, lookahead) <= share.Epochs) return true;
            if (lookahead == 0) return false;
        }
    }

    /// <summary>
    /// Epochs of all draws until the next one's end, by what is known within the lookahead: how many of those decided at a rung went on, and how long trainings were at
    /// each level, with the rule's own share and the longest training as the first opinion.
    /// </summary>
    double Expected(SearchNode search, EpochShare share, SearchState state, int lookahead)
    {
        var next = search.Pruning?.BracketOf(state.Drawn) ?? 0;
        var sum = 0.0;
        for (var bracket = 0; bracket < state.Rungs.Length; bracket++)
        {
            var levels = state.Rungs[bracket];
            double coming = levels[0].Line.Count + (bracket == next ? 1 : 0);
            for (var level = 0; level < levels.Length && coming > 0; level++)
            {
                var horizon = Horizon(state.Drawn, level, lookahead);
                var here = Known(search, levels[level], level, horizon);
                if (level > 0) coming = GoingOn(search.Pruning!, coming, Known(search, levels[level - 1], level - 1, horizon), here);
                var from = level > 0 ? search.Pruning!.Until(bracket, level - 1)!.Value : 0;
                var longest = (double)search.Replicates.Length * ((search.Pruning?.Until(bracket, level) ?? share.Longest) - from);
                sum += coming * ((here > 0 ? levels[level].Spent[here - 1] : 0) + longest) / (here + 1);
            }
        }
        return sum;
    }

    /// <summary>How many will come to a level in all: one at least, for the first at a rung is not pruned when no other is there, and the median's start.</summary>
    /// <param name="coming">To the level below, in all.</param>
    /// <param name="below">Known there.</param>
    /// <param name="here">Known to have gone on from there.</param>
    static double GoingOn(Pruning pruning, double coming, int below, int here)
    {
        var decided = below - (below % pruning.Eta);
        var rate = (here + (pruning.Rule == PruningRule.Median ? pruning.Eta / 2.0 : 1)) / (decided + pruning.Eta);
        var least = pruning.Rule == PruningRule.Median ? Math.Clamp(coming, 1, Math.Max(1, pruning.Startup)) : 1;
        return Math.Max(least, here + (rate * Math.Max(0, coming - decided)));
    }

    /// <summary>How many came to a level because of draws before the horizon: all of them have ended there.</summary>
    int Known(SearchNode search, RungState rung, int level, long horizon) =>
        Before(rung.Line, rung.Known, number => _groups[GroupId(search, number)].Draw!.Causes[level] < horizon);

    /// <summary>How many from the front of a line hold; those that do stand before those that do not.</summary>
    static int Before(ImmutableList<int> line, int count, Func<int, bool> holds)
    {
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (holds(line[middle])) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>No further draws; those made are all.</summary>
    void Cut(SearchNode search, EpochShare share)
    {
        var state = _searches[search.Id];
        var spent = state.Rungs.SelectMany(bracket => bracket).Sum(rung => rung.Spent.IsEmpty ? 0 : rung.Spent[^1]);
        var reason = string.Create(CultureInfo.InvariantCulture,
            $"the budget left out draws {state.Drawn + 1} to {state.Total}: the {state.Drawn} before have trained {spent} epochs, and another would not stay within {share.Epochs}");
        _searches[search.Id] = state with { Total = state.Drawn };
        Set(_nodes[search.Id] with { Reason = reason });
        Say(search.Id, reason);
        if (state.Ended == state.Drawn) EndSearch(search.Id);
    }
}
