using System.Collections.Immutable;
using System.Globalization;

namespace AtomSets.Studies;

/// <summary>Searches: they draw configurations, let them pause at rungs, and decide who goes on.</summary>
sealed partial class StudyTransition
{
    void Begin(SearchNode search)
    {
        var total = Samplers.Find(search.Sampler).Count(search);
        var brackets = Enumerable.Range(0, search.Pruning?.Brackets ?? 1).Select(bracket => Enumerable.Repeat(RungState.Empty, search.Pruning?.Levels(bracket) ?? 1).ToImmutableArray());
        _searches[search.Id] = new SearchState(total, 0, 0, [.. brackets]);
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
        EndSearch(searchId);
    }

    void EndSearch(string searchId)
    {
        if (Replace(searchId)) return;
        FinishNode(searchId, $"all {Count(_searches[searchId].Total, "draw")} ended");
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
        if (sampler.Learns || search.Share is not null) state = Look(search, state);
        var made = new List<string>();
        var isCut = false;
        for (; state.Drawn < state.Total; state = state with { Drawn = state.Drawn + 1 })
        {
            var number = state.Drawn;
            if (sampler.Learns && !Ready(search, state, number, _plan.Study.Lookahead)) break;
            if (search.Share is { } share && Fits(search, share, state) is var fits and not true)
            {
                isCut = fits is false;
                break;
            }
            var values = Draw(search, sampler, number);
            var bracket = search.Pruning?.BracketOf(number) ?? 0;
            var group = GroupId(search, number);
            var draw = new DrawState(search.Id, number, bracket, values, [number], [], Pruned: false);
            _groups[group] = new GroupState(AddMembers(search, draw, made), 0, null, null, draw);
            state = Queue(state, draw);
        }
        _searches[search.Id] = state;
        foreach (var id in made) Resolve(id);
        if (isCut) Cut(search, search.Share!);
        return isCut || made.Count > 0;
    }

    ImmutableSortedDictionary<string, ParameterValue> Draw(SearchNode search, ISampler sampler, int number)
    {
        if (!sampler.Learns) return sampler.Draw(search, _plan.Study.Seed, number, []);
        // In the samplers' order of names, whatever a reader of JSON sorts by.
        if (_remembered.TryGetValue((search.Id, number), out var remembered)) return remembered.ToImmutableSortedDictionary(StringComparer.Ordinal);
        var values = sampler.Draw(search, _plan.Study.Seed, number, History(search, number));
        _drawn.Add(new DrawnValues(search.Id, number, values));
        return values;
    }

    /// <summary>How far, at each level, all draws in line have ended.</summary>
    SearchState Look(SearchNode search, SearchState state)
    {
        for (var bracket = 0; bracket < state.Rungs.Length; bracket++)
        {
            for (var level = 0; level < state.Rungs[bracket].Length; level++)
            {
                var rung = state.Rungs[bracket][level];
                var known = rung.Known;
                while (known < rung.Line.Count && HasEnded(search, rung.Line[known], level)) known++;
                if (known == rung.Known) continue;
                if (search.Share is not null) rung = rung with { Spent = Spent(search, rung, known, level) };
                state = state.With(bracket, level, rung with { Known = known });
            }
        }
        return state;
    }

    bool HasEnded(SearchNode search, int number, int level) => _groups[GroupId(search, number)] is var group && (group.Ended || level < group.Draw!.Scores.Length);

    /// <summary>
    /// Draw n uses, and waits for, what came to level k because of draws before n − (k + 1)·lookahead. Since the results at lower levels are waited for too, all that comes
    /// to a level because of these draws is there: nothing is waited for that has not begun.
    /// </summary>
    bool Ready(SearchNode search, SearchState state, int number, int lookahead)
    {
        foreach (var bracket in state.Rungs)
        {
            for (var level = 0; level < bracket.Length; level++)
            {
                var (line, known) = (bracket[level].Line, bracket[level].Known);
                if (known < line.Count && _groups[GroupId(search, line[known])].Draw!.Causes[level] < Horizon(number, level, lookahead)) return false;
            }
        }
        return true;
    }

    static long Horizon(int number, int level, int lookahead) => number - ((level + 1) * (long)lookahead);

    long Horizon(int number, int level) => Horizon(number, level, _plan.Study.Lookahead);

    List<PastDraw> History(SearchNode search, int number)
    {
        var until = (int)Math.Max(0, Horizon(number, 0));
        var history = new List<PastDraw>();
        for (var past = Math.Max(0, until - TpeSampler.MaxHistory); past < until; past++)
        {
            var group = _groups[GroupId(search, past)];
            var draw = group.Draw!;
            var level = draw.Level;
            while (level > 0 && draw.Causes[level] >= Horizon(number, level)) level--;
            history.Add(new PastDraw(draw.Values, draw.Bracket + level, level < draw.Scores.Length ? draw.Scores[level] : null));
        }
        for (var past = until; past < number; past++) history.Add(new PastDraw(_groups[GroupId(search, past)].Draw!.Values, 0, null, IsPending: true));
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
        if (!cohort.All(number => HasEnded(search, number, level))) return false;
        var ranked = rung.Ranked.ToBuilder();
        foreach (var number in cohort)
        {
            if (_groups[GroupId(search, number)] is { Failure: null } group) ranked.Add((group.Draw!.Scores[level], number));
        }
        var cause = Math.Max(rung.Cause, cohort.Max(number => _groups[GroupId(search, number)].Draw!.Causes[level]));
        rung = rung with { Decided = rung.Decided + size, Ranked = ranked.ToImmutable(), Cause = cause };
        _searches[search.Id] = _searches[search.Id].With(bracket, level, rung);
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
        GoOn(search, group, rung.Cause);
    }

    void GoOn(SearchNode search, GroupState group, int cause)
    {
        var id = GroupId(search, group.Draw!.Number);
        var draw = group.Draw with { Causes = group.Draw.Causes.Add(cause), Pruned = false };
        var made = new List<string>();
        _groups[id] = group with { Members = AddMembers(search, draw, made), Finished = 0, Draw = draw };
        _searches[search.Id] = Queue(_searches[search.Id], draw);
        foreach (var node in made) Resolve(node);
    }

    static SearchState Queue(SearchState state, DrawState draw)
    {
        var rung = state.Rungs[draw.Bracket][draw.Level];
        return state.With(draw.Bracket, draw.Level, rung with { Line = rung.Line.Add(draw.Number) });
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

    public static string GroupId(string search, int number) => string.Create(CultureInfo.InvariantCulture, $"{search}/{number}");

    static string GroupId(SearchNode search, int number) => GroupId(search.Id, number);

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
