using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>
/// Everything <see cref="StudyMachine"/> knows about a study. Immutable; one event costs a few logarithmic updates, however large the study.
/// </summary>
public sealed class StudyState
{
    internal StudyState() { }

    internal PlanIndex Plan { get; init; } = null!;

    internal ImmutableDictionary<string, NodeState> Nodes { get; init; } = null!;

    internal ImmutableDictionary<TrialKey, TrialState> Trials { get; init; } = null!;

    internal ImmutableDictionary<string, GroupState> Groups { get; init; } = null!;

    internal ImmutableDictionary<string, SearchState> Searches { get; init; } = null!;

    /// <summary>Trials requested and not ended: key → the node that asked first.</summary>
    internal ImmutableDictionary<TrialKey, string> Outstanding { get; init; } = null!;

    internal NodeCounts Counts { get; init; }

    /// <summary>The newest revision.</summary>
    public ResolvedStudy Study => Plan.Study;

    public StudyStatus Status { get; init; }

    public int OutstandingCount => Outstanding.Count;

    public int TrialCount => Trials.Count;

    public StudyHeader Header => new(
        Status, Plan.Hash, Study.Priority, Study.Description, Counts.Nodes, Counts.Finished, Counts.Failed, Counts.Blocked);

    /// <summary>The trial of a node, once known.</summary>
    public TrialKey? KeyOf(string node) => Nodes.GetValueOrDefault(node)?.Key;

    public NodeStatus? StatusOf(string node) => Nodes.GetValueOrDefault(node)?.Status;

    /// <summary>The group that a Select node chose, once it has.</summary>
    public string? WinnerOf(string select) => Nodes.GetValueOrDefault(select)?.Winner;

    /// <summary>Rows of all nodes, in plan order.</summary>
    public ImmutableArray<NodeRow> Rows() => [.. Nodes.Values.OrderBy(node => node.Order).Select(node => node.Row())];

    /// <summary>Requests of all trials that are wanted and have not ended, in plan order: what a host submits after loading a study.</summary>
    public ImmutableArray<RequestTrial> Requests() => [.. Outstanding
        .Select(entry => TrialRequests.For(Nodes[entry.Value], Study.Priority, Nodes, Groups))
        .OrderBy(request => request.Order)];
}

/// <param name="Pending">How many of the things it waits for have not ended.</param>
/// <param name="Draws">Of a node that a search made: the values its template takes.</param>
sealed record NodeState(
    PlanNode Node, long Order, NodeStatus Status, int Pending, TrialKey? Key = null, string? Winner = null, string? Reason = null,
    ImmutableSortedDictionary<string, ParameterValue>? Draws = null)
{
    public NodeRow Row() => new(
        Node.Id, PlanRules.KindOf(Node), (Node as TrainNode)?.Group,
        Node switch { TrainNode train => train.Replicate, EvaluateNode evaluate => evaluate.Replicate, _ => null },
        Status, Key, Winner, Reason, Node.Labels);

    public bool Ended => Status is NodeStatus.Finished or NodeStatus.Failed or NodeStatus.Blocked;
}

/// <param name="Score">Of a finished training trial.</param>
/// <param name="FailedEpoch">The newest lease epoch whose failure was counted.</param>
sealed record TrialState(TrialStanding Standing, ValidationScore? Score, long FailedEpoch, int Failures, string? Reason, ImmutableList<string> Nodes);

enum TrialStanding
{
    Wanted,
    Finished,
    Failed,
}

/// <param name="Members">Node ids in replicate order, with their indices.</param>
/// <param name="Mean">Over all replicates, once all have finished.</param>
/// <param name="Failure">Why the group is no candidate any more.</param>
sealed record GroupState(ImmutableArray<(int Replicate, string Node)> Members, string? Search, int Finished, ValidationScore? Mean, string? Failure)
{
    public bool Ended => Mean is not null || Failure is not null;
}

sealed record SearchState(int Total, int EndedGroups);

readonly record struct NodeCounts(int Nodes, int Finished, int Failed, int Blocked)
{
    public int Open => Nodes - Finished - Failed - Blocked;
}
