using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>What the study machine wants done. Handling one twice does no harm.</summary>
public abstract record StudyCommand;

/// <summary>Run this trial and report its end as an event.</summary>
/// <param name="Order">Position in the plan: among trials of one study the lower order is served first.</param>
/// <param name="Priority">The study's.</param>
public sealed record RequestTrial(TrialKey Key, TrialSpec Spec, string Node, int Priority, long Order) : StudyCommand;

/// <summary>This study no longer wants the trial. Another study may; its result, if it comes, is still welcome.</summary>
public sealed record WithdrawTrial(TrialKey Key) : StudyCommand;

/// <summary>What the study has requested has another priority from now on.</summary>
public sealed record SetPriority(int Priority) : StudyCommand;

/// <summary>The budget is spent: those of these trials that no worker has begun are taken back, and reported as <see cref="TrialsLeftOut"/>.</summary>
public sealed record StopBeginning(ImmutableArray<TrialKey> Keys) : StudyCommand;

/// <summary>Nothing is left to do until an extension or a resumption.</summary>
public sealed record CompleteStudy(StudyStatus Status, string Reason) : StudyCommand;

public enum StudyStatus
{
    Running,

    /// <summary>Every node ended well, or was left out by the budget.</summary>
    Finished,

    /// <summary>Every node ended, some failed or were blocked by a failed parent.</summary>
    Failed,

    Cancelled,
}

public enum NodeStatus
{
    /// <summary>A parent has not ended yet.</summary>
    Waiting,

    /// <summary>Its trial is requested.</summary>
    Requested,

    Finished,

    Failed,

    /// <summary>A parent failed; the reason names it.</summary>
    Blocked,

    /// <summary>The budget was spent before it could begin.</summary>
    Skipped,
}

/// <summary>One line of the decision log: what was decided and why. The same events give the same lines.</summary>
/// <param name="Node">The node decided about; null for the study as a whole.</param>
public sealed record Decision(string? Node, string Text);

/// <summary>What became of a node: a row for queries, replaced when it changes.</summary>
/// <param name="Kind">train, select, evaluate or search.</param>
/// <param name="Key">Its trial, once it is known. Through these rows studies subscribe to keys.</param>
/// <param name="Winner">Of a Select node: the chosen group.</param>
/// <param name="Reason">Why it failed or is blocked, or why the winner won.</param>
public sealed record NodeRow(
    string Node, string Kind, string? Group, int? Replicate, NodeStatus Status, TrialKey? Key, string? Winner, string? Reason,
    ImmutableSortedDictionary<string, string> Labels);
