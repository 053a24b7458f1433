using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>
/// What a watcher says about a study, kept up to date from what each event changed: an event costs a few look-ups, however large the study.
/// </summary>
/// <param name="sizeOf">Reads how much a training is from its template.</param>
sealed class StudyTally(Func<SpecTemplate, TrainingSize> sizeOf)
{
    const int DecisionsKept = 5;

    readonly Dictionary<string, (NodeStatus Status, TrialKey? Key)> _nodes = new(StringComparer.Ordinal);
    readonly Dictionary<TrialKey, TrialMark> _trials = [];
    readonly int[] _counts = new int[Enum.GetValues<NodeStatus>().Length];
    readonly SearchTally _searches = new();
    readonly LeaderBoard _leaders = new();
    readonly Queue<Decision> _recent = new();
    readonly HashSet<TrialKey> _untimed = [];

    public TrialCosts Costs { get; } = new(sizeOf);

    /// <summary>Distinct trials, those of which the key is not known yet included, what a budget left out not.</summary>
    public int Trials => _counts.Sum() - Count(NodeStatus.Skipped);

    public int PausedDraws => _searches.Paused;

    public IEnumerable<Decision> Recent => _recent;

    public int Count(NodeStatus status) => _counts[(int)status];

    /// <summary>Counts a study anew: after loading it, and after its plan has changed.</summary>
    public void Reset(StudyState state)
    {
        _nodes.Clear();
        _trials.Clear();
        _untimed.Clear();
        Array.Clear(_counts);
        Costs.Clear();
        _searches.Clear();
        _leaders.Clear();
        foreach (var node in state.Nodes.Values) Put(state, node);
        foreach (var group in state.Groups.Keys) Touch(state, group);
        foreach (var search in state.Searches.Keys) _searches.NewlyDecided(state, search).Count();
    }

    /// <param name="replan">The event changed the plan or what is known of its trials as a whole.</param>
    public void Apply(StudyStep step, bool replan)
    {
        foreach (var decision in step.Decisions.Where(IsNews))
        {
            _recent.Enqueue(decision);
            if (_recent.Count > DecisionsKept) _recent.Dequeue();
        }
        if (replan)
        {
            Reset(step.State);
            return;
        }
        var groups = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in step.ChangedNodes)
        {
            Put(step.State, step.State.Nodes[row.Node]);
            if (row.Group is { } group) groups.Add(group);
        }
        var searches = groups.Select(group => step.State.Groups[group].Draw?.Search).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        foreach (var search in searches) groups.UnionWith(_searches.NewlyDecided(step.State, search));
        foreach (var group in groups) Touch(step.State, group);
    }

    /// <summary>The trial, if it is requested and has not ended.</summary>
    public TrialMark? Outstanding(TrialKey key) => _trials.GetValueOrDefault(key) is { Status: NodeStatus.Requested } trial ? trial : null;

    /// <summary>Finished trials of which <see cref="Took"/> has not heard yet.</summary>
    public IReadOnlyCollection<TrialKey> Untimed => _untimed;

    /// <param name="seconds">Null when nobody knows.</param>
    public void Took(TrialKey key, double? seconds)
    {
        if (_untimed.Remove(key) && seconds is { } known) _trials[key].Class.Took(known);
    }

    public ImmutableArray<SearchProgress> Searches(StudyState state) => _searches.Progress(state);

    public ImmutableArray<LeaderProgress> Leaders(StudyState state) => _leaders.Leaders(state);

    public ValidationScore? Best(StudyState state) => _leaders.Best(state);

    void Touch(StudyState state, string group)
    {
        _searches.Touch(state, group);
        _leaders.Touch(state, group);
    }

    void Put(StudyState state, NodeState node)
    {
        if (Costs.Of(state, node) is not { } kind) return;
        var id = node.Node.Id;
        // A node without a key counts as a trial of its own.
        if (_nodes.TryGetValue(id, out var before) && before.Key is null)
        {
            _counts[(int)before.Status]--;
            if (IsOpen(before.Status)) kind.Open--;
        }
        if (node.Key is not { } key)
        {
            _counts[(int)node.Status]++;
            if (IsOpen(node.Status)) kind.Open++;
        }
        else if (_trials.TryGetValue(key, out var trial))
        {
            _trials[key] = trial with { Status = node.Status };
            Move(key, trial.Class, trial.Status, node.Status);
        }
        else
        {
            _trials[key] = new TrialMark(node.Status, kind, id, node.Node.Labels.GetValueOrDefault("unit"));
            _counts[(int)node.Status]++;
            if (IsOpen(node.Status)) kind.Open++;
            if (node.Status == NodeStatus.Finished) _untimed.Add(key);
        }
        _nodes[id] = (node.Status, node.Key);
    }

    void Move(TrialKey key, TrialClass kind, NodeStatus from, NodeStatus to)
    {
        _counts[(int)from]--;
        _counts[(int)to]++;
        kind.Open += (IsOpen(to) ? 1 : 0) - (IsOpen(from) ? 1 : 0);
        if (to == NodeStatus.Finished && from != to) _untimed.Add(key);
    }

    static bool IsOpen(NodeStatus status) => status is NodeStatus.Waiting or NodeStatus.Requested;

    // Requests and ends are in the counts already.
    static bool IsNews(Decision decision) =>
        !decision.Text.StartsWith("requested trial", StringComparison.Ordinal) && !decision.Text.StartsWith("shares trial", StringComparison.Ordinal)
        && !decision.Text.StartsWith("trial ", StringComparison.Ordinal);
}

/// <param name="Node">That asked first.</param>
/// <param name="Unit">Of its validation error, as labelled.</param>
sealed record TrialMark(NodeStatus Status, TrialClass Class, string Node, string? Unit);
