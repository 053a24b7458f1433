using System.Collections.Immutable;
using System.Globalization;

namespace AtomSets.Studies;

/// <summary>Searches: they draw configurations, let them pause at rungs, and decide who goes on.</summary>
sealed partial class StudyTransition
{
    void Begin(SearchNode search)
    {
        var total = Samplers.Find(search.Sampler).Count(search);
        var brackets = search.Pruning is { } pruning
            ? Enumerable.Range(0, pruning.Brackets).Select(bracket => Enumerable.Repeat(RungState.Empty, pruning.Levels(bracket) - 1).ToImmutableArray())
            : [];
        _searches[search.Id] = new SearchState(total, 0, 0, [.. Enumerable.Repeat(0, search.Pruning?.Levels(0) ?? 1)], [.. brackets]);
        Set(_nodes[search.Id] with { Status = NodeStatus.Requested });
        Say(search.Id, $"draws {Count(total, "configuration")} with the {search.Sampler} sampler{Rules(search)}");
        _moved.Enqueue(search.Id);
    }

    static string Rules(SearchNode search) => search.Pruning is { } pruning
        ? $", pruned by {pruning.Rule.ToString().ToLowerInvariant()} after {string.Join(", ", pruning.Rungs)} epochs"
        : "";

    bool IsLast(DrawState draw) => Search(draw.Search).Pruning is not { } pruning || draw.Level == pruning.Levels(draw.Bracket) - 1;

    SearchNode Search(string id) => (SearchNode)_nodes[id].Node;

    void DrawEnded(string searchId)
    {
        var search = _searches[searchId] with { Ended = _searches[searchId].Ended + 1 };
        _searches[searchId] = search;
        if (search.Ended < search.Total)
        {
            _moved.Enqueue(searchId);
            return;
        }
        FinishNode(searchId, $"all {Count(search.Total, "draw")} ended");
        _endings.Enqueue(new Ending(searchId, Unit: true, Failure: null));
    }

    /// <summary>Does all that follows from what is known: decisions at rungs first, then new draws.</summary>
    void Advance(string searchId)
    {
        var search = Search(searchId);
        var moved = true;
        while (moved)
        {
            moved = search.Pruning is { } pruning && DecideRungs(search, pruning);
            moved |= DrawMore(search);
        }
    }

    bool DrawMore(SearchNode search)
    {
        var state = _searches[search.Id];
        if (state.Drawn == state.Total) return false;
        var sampler = Samplers.Find(search.Sampler);
        if (sampler.Learns) state = Look(search, state);
        var made = new List<string>();
        for (; state.Drawn < state.Total; state = state with { Drawn = state.Drawn + 1 })
        {
            var number = state.Drawn;
            if (sampler.Learns && !Ready(state, number)) break;
            var values = sampler.Draw(search, _plan.Study.Seed, number, sampler.Learns ? History(search, state, number) : []);
            var bracket = search.Pruning?.BracketOf(number) ?? 0;
            var group = GroupId(search, number);
            var draw = new DrawState(search.Id, number, bracket, values, 0, [], Pruned: false);
            _groups[group] = new GroupState(AddMembers(search, draw, made), 0, null, null, draw);
            if (search.Pruning is not null && !IsLast(draw)) state = Queue(state, draw);
        }
        _searches[search.Id] = state;
        foreach (var id in made) Resolve(id);
        return made.Count > 0;
    }

    /// <summary>How far, at each level, all draws are known.</summary>
    SearchState Look(SearchNode search, SearchState state)
    {
        var known = state.Known;
        for (var level = 0; level < known.Length; level++)
        {
            var count = known[level];
            while (count < state.Drawn && _groups[GroupId(search, count)] is var group && group.Draw!.Knows(level, group.Ended)) count++;
            known = known.SetItem(level, count);
        }
        return state with { Known = known };
    }

    /// <summary>Draw n uses, and waits for, the results at level k of draws before n − (k + 1)·lookahead.</summary>
    bool Ready(SearchState state, int number)
    {
        for (var level = 0; level < state.Known.Length; level++)
        {
            if (number - ((level + 1) * (long)_plan.Study.Lookahead) > state.Known[level]) return false;
        }
        return true;
    }

    List<PastDraw> History(SearchNode search, SearchState state, int number)
    {
        var lookahead = _plan.Study.Lookahead;
        var until = number - lookahead;
        var history = new List<PastDraw>();
        for (var past = Math.Max(0, until - TpeSampler.MaxHistory); past < until; past++)
        {
            var group = _groups[GroupId(search, past)];
            var draw = group.Draw!;
            var visible = lookahead == 0 ? state.Known.Length - 1 : Math.Min(((number - past - 1) / lookahead) - 1, state.Known.Length - 1);
            var failed = group.Failure is not null && draw.Level <= visible;
            var level = Math.Min(visible, draw.Scores.Length - 1);
            history.Add(new PastDraw(draw.Values, draw.Bracket + Math.Max(0, level), failed || level < 0 ? null : draw.Scores[level]));
        }
        return history;
    }

    bool DecideRungs(SearchNode search, Pruning pruning)
    {
        var moved = false;
        for (var bracket = 0; bracket < pruning.Brackets; bracket++)
        {
            var open = _searches[search.Id].Drawn < _searches[search.Id].Total; // whether more can come to the rung
            for (var level = 0; level < pruning.Levels(bracket) - 1; level++)
            {
                while (DecideCohort(search, pruning, bracket, level, open)) moved = true;
                var rung = _searches[search.Id].Rungs[bracket][level];
                open |= rung.Decided < rung.Line.Count;
            }
        }
        return moved;
    }

    /// <summary>Decides about the next in line, if all of them have ended here.</summary>
    bool DecideCohort(SearchNode search, Pruning pruning, int bracket, int level, bool open)
    {
        var rung = _searches[search.Id].Rungs[bracket][level];
        var waiting = rung.Line.Count - rung.Decided;
        var size = Math.Min(pruning.Eta, waiting);
        if (size == 0 || (size < pruning.Eta && open)) return false;
        var cohort = Enumerable.Range(rung.Decided, size).Select(place => rung.Line[place]).ToArray();
        if (!cohort.All(number => _groups[GroupId(search, number)] is var group && group.Draw!.Knows(level, group.Ended))) return false;
        var ranked = rung.Ranked.ToBuilder();
        foreach (var number in cohort)
        {
            if (_groups[GroupId(search, number)] is { Failure: null } group) ranked.Add((group.Draw!.Scores[level], number));
        }
        rung = new RungState(rung.Line, rung.Decided + size, ranked.ToImmutable());
        Put(search.Id, bracket, level, rung);
        foreach (var number in cohort)
        {
            if (_groups[GroupId(search, number)] is { Failure: null } group) Decide(search, pruning, group, rung);
        }
        return true;
    }

    void Decide(SearchNode search, Pruning pruning, GroupState group, RungState rung)
    {
        var draw = group.Draw!;
        var (id, score) = (GroupId(search, draw.Number), draw.Scores[draw.Level]);
        var rank = rung.Ranked.IndexOf((score, draw.Number));
        var goesOn = pruning.GoesOn(rank, rung.Ranked.Count);
        var where = string.Create(CultureInfo.InvariantCulture,
            $"after {pruning.Until(draw.Bracket, draw.Level)} epochs: validation {score:G6} is number {rank + 1} of {rung.Ranked.Count}");
        if (!goesOn)
        {
            Say(search.Id, $"'{id}' is pruned {where}");
            _groups[id] = group with { Draw = draw with { Pruned = true } };
            DrawEnded(search.Id);
            return;
        }
        Say(search.Id, $"'{id}' goes on {where}");
        draw = draw with { Level = draw.Level + 1 };
        var made = new List<string>();
        _groups[id] = group with { Members = AddMembers(search, draw, made), Finished = 0, Draw = draw };
        if (!IsLast(draw)) _searches[search.Id] = Queue(_searches[search.Id], draw);
        foreach (var node in made) Resolve(node);
    }

    static SearchState Queue(SearchState state, DrawState draw)
    {
        var rung = state.Rungs[draw.Bracket][draw.Level];
        return state with { Rungs = state.Rungs.SetItem(draw.Bracket, state.Rungs[draw.Bracket].SetItem(draw.Level, rung with { Line = rung.Line.Add(draw.Number) })) };
    }

    void Put(string searchId, int bracket, int level, RungState rung)
    {
        var state = _searches[searchId];
        _searches[searchId] = state with { Rungs = state.Rungs.SetItem(bracket, state.Rungs[bracket].SetItem(level, rung)) };
    }

    /// <summary>The nodes of a draw at its level: <c>search/n/r</c> for what is trained to the end, <c>search/n/r@e</c> for what pauses after epoch e.</summary>
    ImmutableArray<(int, string)> AddMembers(SearchNode search, DrawState draw, List<string> made)
    {
        var levels = search.Pruning?.Levels(0) ?? 1;
        var labels = search.Labels.SetItems(draw.Values.Select(value => KeyValuePair.Create(value.Key, value.Value.ToString())));
        var until = search.Pruning?.Until(draw.Bracket, draw.Level);
        if (until is { } pause) labels = labels.SetItem("rung", pause.ToString(CultureInfo.InvariantCulture));
        var group = GroupId(search, draw.Number);
        var members = ImmutableArray.CreateBuilder<(int, string)>(search.Replicates.Length);
        for (var replicate = 0; replicate < search.Replicates.Length; replicate++)
        {
            var id = NodeId(group, replicate, until);
            var rung = search.Pruning is null ? null
                : new RungStep(until, draw.Level == 0 ? null : NodeId(group, replicate, search.Pruning.Until(draw.Bracket, draw.Level - 1)));
            var place = ((((long)draw.Number * levels) + draw.Level) * search.Replicates.Length) + replicate;
            var node = new TrainNode(id, group, replicate, search.Replicates[replicate]) { Labels = labels };
            Add(node, _nodes[search.Id].Order + 1 + place, pending: 0, draw.Values, rung);
            members.Add((replicate, id));
            made.Add(id);
        }
        return members.MoveToImmutable();
    }

    static string GroupId(SearchNode search, int number) => string.Create(CultureInfo.InvariantCulture, $"{search.Id}/{number}");

    static string NodeId(string group, int replicate, int? until) => until is { } epoch
        ? string.Create(CultureInfo.InvariantCulture, $"{group}/{replicate}@{epoch}")
        : string.Create(CultureInfo.InvariantCulture, $"{group}/{replicate}");

    void Add(PlanNode node, long order, int pending, ImmutableSortedDictionary<string, ParameterValue>? draws = null, RungStep? rung = null)
    {
        if (!_nodes.TryAdd(node.Id, new NodeState(node, order, NodeStatus.Waiting, pending, Draws: draws, Rung: rung)))
            throw new StudyInputException($"A search makes the node '{node.Id}', but the plan has a node of that id; choose another.");
        _counts = _counts with { Nodes = _counts.Nodes + 1 };
        _changed.Add(node.Id);
    }
}
