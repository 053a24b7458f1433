using System.Collections.Immutable;
using System.Globalization;

namespace AtomSets.Studies;

/// <summary>One application of an event in progress: the state's tables opened for change, and what is to be told to the host.</summary>
sealed partial class StudyTransition
{
    readonly PlanIndex _plan;
    readonly PersistentMap<string, NodeState>.Builder _nodes;
    readonly PersistentMap<TrialKey, TrialState>.Builder _trials;
    readonly PersistentMap<string, GroupState>.Builder _groups;
    readonly PersistentMap<string, SearchState>.Builder _searches;
    readonly PersistentMap<TrialKey, string>.Builder _outstanding;
    readonly List<StudyCommand> _commands = [];
    readonly List<Decision> _decisions = [];
    readonly Dictionary<(string Search, int Number), ImmutableSortedDictionary<string, ParameterValue>> _remembered;
    readonly List<DrawnValues> _drawn = [];
    readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    readonly Queue<Ending> _endings = new();
    readonly int _priority;
    readonly Queue<string> _moved = new(); // searches of which a draw has come further
    StudyStatus _status;
    NodeCounts _counts;
    long _coreMilliseconds;

    /// <param name="remembered">Draws that need not be made again.</param>
    public StudyTransition(StudyState state, ImmutableArray<DrawnValues> remembered)
    {
        _remembered = remembered.ToDictionary(draw => (draw.Search, draw.Number), draw => draw.Values);
        _plan = state.Plan;
        _priority = state.Priority;
        _nodes = state.Nodes.ToBuilder();
        _trials = state.Trials.ToBuilder();
        _groups = state.Groups.ToBuilder();
        _searches = state.Searches.ToBuilder();
        _outstanding = state.Outstanding.ToBuilder();
        _status = state.Status;
        _counts = state.Counts;
        _coreMilliseconds = state.CoreMilliseconds;
    }

    /// <summary>Something that others wait for has ended.</summary>
    /// <param name="Unit">True for a group or search (Select nodes wait for these), false for a node (its children wait).</param>
    /// <param name="LeftOut">Whether the failure is a spent budget.</param>
    readonly record struct Ending(string Id, bool Unit, string? Failure, bool LeftOut = false);

    public void TrialEnded(TrialKey key, TrialKind kind, TrialFinished? finished, bool reused = false)
    {
        if (!_trials.TryGetValue(key, out var trial) || trial.Standing != TrialStanding.Wanted) return;
        foreach (var id in trial.Nodes)
        {
            if ((_nodes[id].Node is EvaluateNode) != (kind == TrialKind.Evaluate))
                throw new InvalidOperationException($"Trial {key.Short} of node '{id}' was reported as {kind}, which it is not.");
        }
        var score = finished?.Score;
        var time = (long)Math.Round((finished?.CoreSeconds ?? 0) * 1000);
        reused |= finished is { Reused: true };
        _trials[key] = trial with { Standing = TrialStanding.Finished, Score = score, Epochs = finished?.Epochs ?? 0, CoreMilliseconds = time };
        _outstanding.Remove(key);
        Spend(time);
        foreach (var id in trial.Nodes) FinishNode(id, $"trial {key.Short} {(reused ? "was finished before" : "finished")}{Said(score)}");
        Pump();
    }

    public void TrialFailed(TrialFailed failed)
    {
        if (!_trials.TryGetValue(failed.Key, out var trial) || trial.Standing != TrialStanding.Wanted || failed.Epoch <= trial.FailedEpoch) return;
        trial = trial with { FailedEpoch = failed.Epoch, Failures = trial.Failures + 1, Reason = failed.Reason };
        var first = _outstanding[failed.Key];
        if (failed.Transient && trial.Failures < _plan.Study.MaxAttempts)
        {
            _trials[failed.Key] = trial;
            Say(first, $"trial {failed.Key.Short} failed ({failed.Reason}), which may pass: attempt {trial.Failures + 1} of {_plan.Study.MaxAttempts}");
            if (_status == StudyStatus.Running) _commands.Add(TrialRequests.For(_nodes[first], _priority, _nodes, _groups));
            return;
        }
        _trials[failed.Key] = trial with { Standing = TrialStanding.Failed };
        _outstanding.Remove(failed.Key);
        foreach (var id in trial.Nodes) FailNode(id, failed.Reason);
        Pump();
    }

    public void Cancel()
    {
        _status = StudyStatus.Cancelled;
        foreach (var key in _outstanding.Keys.Order()) _commands.Add(new WithdrawTrial(key));
        Say(null, $"cancelled with {Count(_outstanding.Count, "trial")} requested and {Count(_counts.Open - _outstanding.Count, "other node")} open");
        _commands.Add(new CompleteStudy(StudyStatus.Cancelled, "cancelled"));
    }

    public StudyStep Finish()
    {
        if (_counts.Open == 0 && _status is StudyStatus.Running or StudyStatus.Cancelled)
        {
            var bad = _counts.Failed + _counts.Blocked;
            _status = bad == 0 ? StudyStatus.Finished : StudyStatus.Failed;
            var reason = bad == 0
                ? WellEnded()
                : $"{_counts.Finished} of {Count(_counts.Nodes, "node")} ended well, {_counts.Failed} failed, {_counts.Blocked} were blocked by these";
            Say(null, reason);
            _commands.Add(new CompleteStudy(_status, reason));
        }
        var state = new StudyState
        {
            Plan = _plan,
            Nodes = _nodes.ToImmutable(),
            Trials = _trials.ToImmutable(),
            Groups = _groups.ToImmutable(),
            Searches = _searches.ToImmutable(),
            Outstanding = _outstanding.ToImmutable(),
            Counts = _counts,
            Priority = _priority,
            CoreMilliseconds = _coreMilliseconds,
            Status = _status,
        };
        var rows = _changed.Select(id => _nodes[id]).OrderBy(node => node.Order).Select(node => node.Row());
        return new StudyStep(state, [.. _commands], [.. _decisions], [.. rows], []) { Drawn = _drawn.Count > 0 ? [.. _drawn] : null };
    }

    /// <summary>Tells everyone who waits, until nothing more follows.</summary>
    void Pump()
    {
        while (true)
        {
            if (!_endings.TryDequeue(out var ending))
            {
                if (!_moved.TryDequeue(out var search)) return;
                Advance(search);
                continue;
            }
            foreach (var id in _plan.WaitingFor(ending.Id))
            {
                var waiting = _nodes[id];
                if (waiting.Ended || (waiting.Node is SelectNode) != ending.Unit) continue;
                if (ending.Failure is { } failure && !ending.Unit)
                {
                    if (ending.LeftOut) Skip(id, failure);
                    else Block(id, failure);
                    continue;
                }
                Set(waiting with { Pending = waiting.Pending - 1 });
                if (waiting.Pending == 1) Ready(id);
            }
        }
    }

    void Ready(string id)
    {
        switch (_nodes[id].Node)
        {
            case SelectNode select:
                Choose(select);
                break;
            case SearchNode search:
                Begin(search);
                break;
            default:
                Resolve(id);
                break;
        }
    }

    void Resolve(string id)
    {
        var node = _nodes[id];
        var request = TrialRequests.For(node, _priority, _nodes, _groups);
        var known = _trials.TryGetValue(request.Key, out var trial);
        trial ??= MayBegin(node) ? TrialState.New : TrialState.New with { Standing = TrialStanding.LeftOut };
        _trials[request.Key] = trial with { Nodes = trial.Nodes.Add(id) };
        Set(node with { Key = request.Key, Status = NodeStatus.Requested });
        switch (trial.Standing)
        {
            case TrialStanding.Finished:
                FinishNode(id, $"trial {request.Key.Short} is finished already{Said(trial.Score)}");
                break;
            case TrialStanding.Failed:
                FailNode(id, trial.Reason!);
                break;
            case TrialStanding.LeftOut:
                Skip(id, SpentBudget());
                break;
            default:
                if (known && !trial.Nodes.IsEmpty)
                {
                    Say(id, $"shares trial {request.Key.Short} with '{trial.Nodes[0]}'");
                    break;
                }
                _outstanding[request.Key] = id;
                Say(id, $"requested trial {request.Key.Short}: {Why(node)}");
                if (_status == StudyStatus.Running) _commands.Add(request);
                break;
        }
    }

    static string Why(NodeState node)
    {
        if (node.Rung?.From is { } from) return $"it goes on from '{from}'";
        var parents = PlanIndex.Needs(node.Node).ToArray();
        return parents.Length == 0 ? "it needs no parent" : $"{string.Join(", ", parents.Select(parent => $"'{parent}'"))} ended well";
    }

    void FinishNode(string id, string how)
    {
        var node = _nodes[id];
        Set(node with { Status = NodeStatus.Finished, Pending = 0 });
        _counts = _counts with { Finished = _counts.Finished + 1 };
        Say(id, how);
        if (node.Node is TrainNode train) MemberFinished(train.Group);
        _endings.Enqueue(new Ending(id, Unit: false, Failure: null));
    }

    void FailNode(string id, string reason)
    {
        var node = _nodes[id];
        Set(node with { Status = NodeStatus.Failed, Reason = reason, Pending = 0 });
        _counts = _counts with { Failed = _counts.Failed + 1 };
        Say(id, $"failed: {reason}");
        Ended(node.Node, $"'{id}' failed: {reason}");
    }

    void Block(string id, string reason)
    {
        var node = _nodes[id];
        Set(node with { Status = NodeStatus.Blocked, Reason = reason, Pending = 0 });
        _counts = _counts with { Blocked = _counts.Blocked + 1 };
        Say(id, $"will not run: {reason}");
        Ended(node.Node, reason);
    }

    /// <param name="node">Failed, or will not run.</param>
    /// <param name="failure">Which node failed first, and why: the same for all that wait for it, directly or not.</param>
    /// <param name="leftOut">Whether it is the budget that keeps it from running.</param>
    void Ended(PlanNode node, string failure, bool leftOut = false)
    {
        if (node is TrainNode train) MemberFailed(train.Group, failure, leftOut);
        _endings.Enqueue(new Ending(node.Id, Unit: node is SearchNode, failure, leftOut));
    }

    void Set(NodeState node)
    {
        _nodes[node.Node.Id] = node;
        _changed.Add(node.Node.Id);
    }

    void Say(string? node, string text) => _decisions.Add(new Decision(node, text));

    static string Said(ValidationScore? score) => score is { } s ? $" with validation {Text(s)}" : "";

    static string Text(ValidationScore score) => string.Create(CultureInfo.InvariantCulture, $"{score.Metric} {score.Value:G6} {score.Unit}").TrimEnd();

    static string Count(int n, string what) => n == 1 ? $"1 {what}" : $"{n} {what}s";
}
