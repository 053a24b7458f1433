using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>
/// Everything <see cref="StudyMachine"/> knows about a study. Immutable; one event costs a few logarithmic updates, however large the study.
/// </summary>
public sealed record StudyState
{
    internal StudyState() { }

    internal PlanIndex Plan { get; init; } = null!;

    internal PersistentMap<string, NodeState> Nodes { get; init; } = null!;

    internal PersistentMap<TrialKey, TrialState> Trials { get; init; } = null!;

    internal PersistentMap<string, GroupState> Groups { get; init; } = null!;

    internal PersistentMap<string, SearchState> Searches { get; init; } = null!;

    /// <summary>Trials requested and not ended: key → the node that asked first.</summary>
    internal PersistentMap<TrialKey, string> Outstanding { get; init; } = null!;

    internal NodeCounts Counts { get; init; }

    /// <summary>Among studies that share workers: higher first.</summary>
    public int Priority { get; init; }

    /// <summary>The newest revision.</summary>
    public ResolvedStudy Study => Plan.Study;

    public StudyStatus Status { get; init; }

    public int OutstandingCount => Outstanding.Count;

    public int TrialCount => Trials.Count;

    public StudyHeader Header => new(
        Status, Plan.Hash, Priority, Study.Description, Counts.Nodes, Counts.Finished, Counts.Failed, Counts.Blocked);

    /// <summary>The trial of a node, once known.</summary>
    public TrialKey? KeyOf(string node) => Nodes.GetValueOrDefault(node)?.Key;

    public NodeStatus? StatusOf(string node) => Nodes.GetValueOrDefault(node)?.Status;

    /// <summary>The group that a Select node chose, once it has.</summary>
    public string? WinnerOf(string select) => Nodes.GetValueOrDefault(select)?.Winner;

    /// <summary>Rows of all nodes, in plan order.</summary>
    public ImmutableArray<NodeRow> Rows() => [.. Nodes.Values.OrderBy(node => node.Order).Select(node => node.Row())];

    /// <summary>Time that the trials have taken, in milliseconds of workers: whole numbers add up the same in any order.</summary>
    internal long CoreMilliseconds { get; init; }

    /// <summary>Hours of workers that its trials have taken, whoever computed them.</summary>
    public double CoreHours => CoreMilliseconds / 3.6e6;

    internal bool IsSpent => Study.CoreHours is { } hours && CoreHours >= hours;

    /// <summary>What a host carries out after loading a running study.</summary>
    public ImmutableArray<StudyCommand> Open() => IsSpent
        ? [.. Requests(), new StopBeginning(StudyTransition.Beginnings(Outstanding, Nodes))]
        : [.. Requests()];

    /// <summary>The request of a trial that is wanted and has not ended; null for any other.</summary>
    public RequestTrial? RequestOf(TrialKey key) => Outstanding.TryGetValue(key, out var node) ? TrialRequests.For(Nodes[node], Priority, Nodes, Groups) : null;

    /// <summary>Requests of all trials that are wanted and have not ended, in plan order.</summary>
    public ImmutableArray<RequestTrial> Requests() => [.. Outstanding
        .Select(entry => TrialRequests.For(Nodes[entry.Value], Priority, Nodes, Groups))
        .OrderBy(request => request.Order)];
}

/// <param name="Pending">How many of the things it waits for have not ended.</param>
/// <param name="Draws">Of a node that a search made: the values its template takes.</param>
/// <param name="Rung">Of a node that a pruning search made: its part of the training.</param>
sealed record NodeState(
    PlanNode Node, long Order, NodeStatus Status, int Pending, TrialKey? Key = null, string? Winner = null, string? Reason = null,
    ImmutableSortedDictionary<string, ParameterValue>? Draws = null, RungStep? Rung = null)
{
    public NodeRow Row() => new(
        Node.Id, PlanRules.KindOf(Node), (Node as TrainNode)?.Group,
        Node switch { TrainNode train => train.Replicate, EvaluateNode evaluate => evaluate.Replicate, _ => null },
        Status, Key, Winner, Reason, Node.Labels);

    public bool Ended => Status is NodeStatus.Finished or NodeStatus.Failed or NodeStatus.Blocked or NodeStatus.Skipped;
}

/// <param name="Score">Of a finished training trial.</param>
/// <param name="FailedEpoch">The newest lease epoch whose failure was counted.</param>
sealed record TrialState(TrialStanding Standing, ValidationScore? Score, long FailedEpoch, int Failures, string? Reason, ImmutableList<string> Nodes)
{
    public static TrialState New { get; } = new(TrialStanding.Wanted, null, 0, 0, null, []);

    /// <summary>When finished.</summary>
    public int Epochs { get; init; }

    /// <inheritdoc cref="Epochs"/>
    public long CoreMilliseconds { get; init; }
}

enum TrialStanding
{
    Wanted,
    Finished,
    Failed,

    /// <summary>The budget was spent before it began.</summary>
    LeftOut,
}

/// <param name="Members">Node ids in replicate order, with their indices; of a draw that went on from a rung, those of its newest level.</param>
/// <param name="Finished">How many of these have finished.</param>
/// <param name="Mean">Over all replicates, once all have finished their training.</param>
/// <param name="Failure">Why the group is no candidate any more.</param>
sealed record GroupState(ImmutableArray<(int Replicate, string Node)> Members, int Finished, ValidationScore? Mean, string? Failure, DrawState? Draw = null)
{
    /// <summary>Whether the budget is what keeps it from being a candidate.</summary>
    public bool IsLeftOut { get; init; }

    public bool Ended => Mean is not null || Failure is not null || Draw is { Pruned: true };
}

/// <summary>A group as a draw of a search.</summary>
/// <param name="Causes">By level: the draw that had to be known for this one to come there; its own number at level 0.</param>
/// <param name="Scores">Mean validation scores at the levels that all replicates have finished.</param>
sealed record DrawState(
    string Search, int Number, int Bracket, ImmutableSortedDictionary<string, ParameterValue> Values, ImmutableArray<int> Causes, ImmutableArray<double> Scores, bool Pruned)
{
    /// <summary>Epochs of all replicates at each level that has a score, those of earlier levels included.</summary>
    public ImmutableArray<long> Epochs { get; init; } = [];

    /// <summary>0 until it goes on from its first rung.</summary>
    public int Level => Causes.Length - 1;
}

/// <param name="Total">Draws in all.</param>
/// <param name="Drawn">Draws made.</param>
/// <param name="Ended">Groups that are finished, failed or pruned.</param>
/// <param name="Rungs">By bracket and level; the last level is no rung, but has its line too.</param>
sealed record SearchState(int Total, int Drawn, int Ended, ImmutableArray<ImmutableArray<RungState>> Rungs)
{
    public SearchState With(int bracket, int level, RungState rung) => this with { Rungs = Rungs.SetItem(bracket, Rungs[bracket].SetItem(level, rung)) };
}

/// <param name="Line">Draws that came to this level, in that order.</param>
/// <param name="Known">How many of these, from the front, have ended here.</param>
/// <param name="Decided">How many of these, from the front, went on or were pruned.</param>
/// <param name="Ranked">Scores of those.</param>
/// <param name="Cause">The last draw that had to be known for what was decided.</param>
sealed record RungState(ImmutableList<int> Line, int Known, int Decided, ImmutableSortedSet<(double Score, int Draw)> Ranked, int Cause)
{
    public static RungState Empty { get; } = new([], 0, 0, [], -1);

    /// <summary>Epochs trained here by the first so many of those known.</summary>
    public ImmutableList<long> Spent { get; init; } = [];
}

readonly record struct NodeCounts(int Nodes, int Finished, int Failed, int Blocked, int Skipped)
{
    public int Open => Nodes - Finished - Failed - Blocked - Skipped;
}
