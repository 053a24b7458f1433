using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>
/// Works out a study's state from a plan and what is known of trials: how studies start, are extended or resumed, and come back from snapshots.
/// </summary>
static class StudyRebuild
{
    static readonly PersistentMap<TrialKey, TrialState> Unknown = PersistentMap<TrialKey, TrialState>.Empty();

    public static StudyStep Start(ResolvedStudy study) =>
        Build(new PlanIndex(study), Unknown, StudyStatus.Running, study.Priority ?? 0, [], $"started with {study.Nodes.Length} planned nodes, seed {study.Seed}");

    public static StudyStep Extend(StudyState before, ResolvedStudy study)
    {
        if (study.Name != before.Study.Name)
            throw new InvalidOperationException($"Study '{before.Study.Name}' cannot be extended by one named '{study.Name}'.");
        var step = Difference(before, Build(new PlanIndex(study), Known(before), StudyStatus.Running, study.Priority ?? before.Priority, [], opening: null));
        var fresh = step.ChangedNodes.Count(row => !before.Nodes.ContainsKey(row.Node));
        var opening = new Decision(null, $"extended: {fresh} new nodes, {step.RemovedNodes.Length} removed, {step.State.Counts.Nodes - fresh} kept");
        return step with { Decisions = step.Decisions.Insert(0, opening) };
    }

    public static StudyStep Resume(StudyState before)
    {
        // A draw depends on the results of those before it: until the first whose failure is forgotten they stay as they are.
        var step = Difference(before, Build(before.Plan, Known(before), StudyStatus.Running, before.Priority, [.. Draws(before, untilFailure: true)], opening: null));
        var opening = new Decision(null, $"resumed: {step.State.OutstandingCount} trials to run, {before.Counts.Failed} failed nodes tried again");
        return step with { Decisions = step.Decisions.Insert(0, opening) };
    }

    public static StudyState Restore(StudyMemo memo)
    {
        var trials = PersistentMap<TrialKey, TrialState>.Of(memo.Trials.Select(trial => KeyValuePair.Create(
            trial.Key,
            new TrialState(trial.Standing, trial.Score, trial.FailedEpoch, trial.Failures, trial.Reason, []) { Epochs = trial.Epochs, CoreMilliseconds = trial.CoreMilliseconds })));
        return Build(new PlanIndex(memo.Study), trials, memo.Status is StudyStatus.Cancelled ? StudyStatus.Cancelled : StudyStatus.Running, memo.Priority, memo.Draws, opening: null).State;
    }

    /// <summary>What the samplers that learn have drawn.</summary>
    /// <param name="untilFailure">Of each search only up to its first draw that did not end well.</param>
    public static IEnumerable<DrawnValues> Draws(StudyState state, bool untilFailure = false)
    {
        foreach (var (id, search) in state.Searches.OrderBy(search => search.Key, StringComparer.Ordinal))
        {
            if (!Samplers.Find(((SearchNode)state.Nodes[id].Node).Sampler).Learns) continue;
            for (var number = 0; number < search.Drawn; number++)
            {
                var group = state.Groups[StudyTransition.GroupId(id, number)];
                yield return new DrawnValues(id, number, group.Draw!.Values);
                if (untilFailure && group.Failure is not null) break;
            }
        }
    }

    /// <summary>Finished trials stay finished; failures are forgotten, except which reports of them were seen, and so is what a budget left out.</summary>
    static PersistentMap<TrialKey, TrialState> Known(StudyState before) => PersistentMap<TrialKey, TrialState>.Of(before.Trials
        .Where(entry => entry.Value.Standing != TrialStanding.LeftOut)
        .Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Standing == TrialStanding.Failed
            ? entry.Value with { Standing = TrialStanding.Wanted, Failures = 0, Nodes = [] }
            : entry.Value with { Nodes = [] })));

    static StudyStep Build(PlanIndex plan, PersistentMap<TrialKey, TrialState> known, StudyStatus status, int priority, ImmutableArray<DrawnValues> draws, string? opening)
    {
        var empty = new StudyState
        {
            Plan = plan,
            Nodes = PersistentMap<string, NodeState>.Empty(StringComparer.Ordinal),
            Trials = known,
            Groups = PersistentMap<string, GroupState>.Empty(StringComparer.Ordinal),
            Searches = PersistentMap<string, SearchState>.Empty(StringComparer.Ordinal),
            Outstanding = PersistentMap<TrialKey, string>.Empty(),
            Counts = default,
            Priority = priority,
            CoreMilliseconds = known.Values.Sum(trial => trial.CoreMilliseconds),
            Status = status,
        };
        var transition = new StudyTransition(empty, draws);
        transition.Populate(opening);
        // These would be all draws at once, too much for one event: the next snapshot has them.
        return transition.Finish() with { Drawn = null };
    }

    /// <summary>Of a complete rebuild, only what differs from before.</summary>
    static StudyStep Difference(StudyState before, StudyStep after)
    {
        var changed = after.ChangedNodes
            .Where(row => !(before.Nodes.TryGetValue(row.Node, out var old) && Same(old.Row(), row))).ToImmutableArray();
        var names = changed.Select(row => row.Node).ToHashSet(StringComparer.Ordinal);
        var removed = before.Nodes.Values.Where(node => !after.State.Nodes.ContainsKey(node.Node.Id))
            .OrderBy(node => node.Order).Select(node => node.Node.Id).ToImmutableArray();
        var stays = before.Status == StudyStatus.Running;
        var requests = after.Commands.OfType<RequestTrial>().Where(request => !(stays && before.Outstanding.ContainsKey(request.Key))).OrderBy(request => request.Order);
        SetPriority[] priority = before.Priority == after.State.Priority ? [] : [new SetPriority(after.State.Priority)];
        StopBeginning[] stop = after.State is { IsSpent: true, Status: StudyStatus.Running } ? [new StopBeginning(StudyTransition.Beginnings(after.State.Outstanding, after.State.Nodes))] : [];
        var completion = after.Commands.OfType<CompleteStudy>();
        var withdrawn = before.Outstanding.Keys.Where(key => !after.State.Outstanding.ContainsKey(key)).Order().Select(key => new WithdrawTrial(key));
        var decisions = after.Decisions.Where(decision => decision.Node is null || names.Contains(decision.Node));
        return after with { ChangedNodes = changed, RemovedNodes = removed, Commands = [.. withdrawn, .. priority, .. requests, .. stop, .. completion], Decisions = [.. decisions] };
    }

    static bool Same(NodeRow a, NodeRow b) => a with { Labels = b.Labels } == b && a.Labels.SequenceEqual(b.Labels);
}

sealed partial class StudyTransition
{
    /// <summary>Room for the nodes that a search makes between two planned ones.</summary>
    const int OrderBits = 32;

    /// <summary>Puts all planned nodes in, then starts those that wait for nothing.</summary>
    public void Populate(string? opening)
    {
        if (opening is not null) Say(null, opening);
        foreach (var (id, members) in _plan.Groups)
            _groups[id] = new GroupState([.. members.Select(member => (member.Replicate, member.Id))], 0, null, null);
        var nodes = _plan.Study.Nodes;
        for (var i = 0; i < nodes.Length; i++) Add(nodes[i], (long)i << OrderBits, PlanIndex.Needs(nodes[i]).Count());
        foreach (var node in nodes)
        {
            if (_nodes[node.Id] is not { Pending: 0, Status: NodeStatus.Waiting }) continue;
            Ready(node.Id);
            Pump();
        }
        // Trials of an earlier revision that nobody asks for any more: results are worth keeping, wishes are not.
        foreach (var key in _trials.Where(entry => entry.Value is { Nodes.IsEmpty: true, Standing: not TrialStanding.Finished }).Select(entry => entry.Key).ToArray())
            _trials.Remove(key);
    }
}
