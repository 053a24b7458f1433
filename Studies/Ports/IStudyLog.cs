using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>
/// The event logs of all studies: the only truth about them. Safe for concurrent use, by many processes on one store.
/// </summary>
/// <remarks>
/// Sequence numbers of a study are 1, 2, 3 … without gaps. An append says which number it expects to take first; when another host has
/// written meanwhile it throws <see cref="StudyLogConflictException"/> and nothing is stored. So two hosts of one study cannot both write.
/// Failures of the store itself are <see cref="StoreUnavailableException"/> and say nothing about whether the append happened: read and compare.
/// </remarks>
public interface IStudyLog
{
    /// <summary>Stores a new study with its first commit (sequence number 1 expected).</summary>
    /// <exception cref="StudyExistsException">The name is taken.</exception>
    Task CreateAsync(string study, StudyCommit first, CancellationToken cancellation);

    /// <summary>Stores events and all that they imply (decisions, node rows, status) in one transaction.</summary>
    /// <exception cref="StudyLogConflictException"><see cref="StudyCommit.ExpectedSequence"/> is not the next number.</exception>
    /// <exception cref="StudyNotFoundException">There is no such study (any more).</exception>
    Task AppendAsync(string study, StudyCommit commit, CancellationToken cancellation);

    /// <summary>Events with a number ≥ <paramref name="fromSequence"/>, in order; as of the moment of the call or later.</summary>
    /// <exception cref="StudyNotFoundException">There is no such study.</exception>
    IAsyncEnumerable<StoredEvent> ReadAsync(string study, long fromSequence, CancellationToken cancellation);

    /// <summary>Keeps a snapshot that stands for all events up to its number. An older one than the stored is ignored.</summary>
    /// <exception cref="StudyNotFoundException">There is no such study.</exception>
    Task SaveSnapshotAsync(string study, StudySnapshot snapshot, CancellationToken cancellation);

    /// <returns>The newest snapshot, or null.</returns>
    Task<StudySnapshot?> LoadSnapshotAsync(string study, CancellationToken cancellation);

    /// <summary>The newest revision of the plan.</summary>
    /// <exception cref="StudyNotFoundException">There is no such study.</exception>
    Task<ResolvedStudy> RevisionAsync(string study, CancellationToken cancellation);

    /// <summary>Keeps what is said of an ended study, so that its log need not be replayed to say it again. An older one than the stored is ignored.</summary>
    /// <exception cref="StudyNotFoundException">There is no such study.</exception>
    Task SaveEndingAsync(string study, StudySnapshot ending, CancellationToken cancellation);

    /// <returns>The newest that was kept, or null. It holds while <see cref="StudySummary.LastSequence"/> is its number.</returns>
    Task<StudySnapshot?> LoadEndingAsync(string study, CancellationToken cancellation);

    /// <summary>All studies, by name.</summary>
    Task<IReadOnlyList<StudySummary>> ListAsync(CancellationToken cancellation);

    /// <returns>The study, or null.</returns>
    Task<StudySummary?> FindAsync(string study, CancellationToken cancellation);

    /// <summary>The newest row of every node, by plan order of first appearance.</summary>
    /// <exception cref="StudyNotFoundException">There is no such study.</exception>
    Task<IReadOnlyList<NodeRow>> NodesAsync(string study, CancellationToken cancellation);

    /// <summary>The decision log, oldest first.</summary>
    /// <exception cref="StudyNotFoundException">There is no such study.</exception>
    Task<IReadOnlyList<StoredDecision>> DecisionsAsync(string study, CancellationToken cancellation);

    /// <summary>A page of the decision log.</summary>
    /// <exception cref="StudyNotFoundException">There is no such study.</exception>
    Task<DecisionPage> DecisionsAsync(string study, DecisionFilter filter, CancellationToken cancellation);

    /// <summary>Removes the study with its events, snapshots, decisions and node rows. Trials stay: they belong to no single study.</summary>
    /// <returns>False when there was none.</returns>
    Task<bool> DeleteAsync(string study, CancellationToken cancellation);
}

/// <summary>Events, and what <see cref="StudyMachine"/> derived from them. Every list may be empty except <paramref name="Events"/>.</summary>
/// <param name="ExpectedSequence">The number the first event takes.</param>
/// <param name="ChangedNodes">Rows to insert or replace, by <see cref="NodeRow.Node"/>.</param>
/// <param name="RemovedNodes">Nodes that an edited file no longer has.</param>
public sealed record StudyCommit(
    long ExpectedSequence,
    ImmutableArray<StudyEvent> Events,
    ImmutableArray<Decision> Decisions,
    ImmutableArray<NodeRow> ChangedNodes,
    ImmutableArray<string> RemovedNodes,
    StudyHeader Header);

/// <summary>The study's line in lists.</summary>
/// <param name="Hash"><see cref="ResolvedStudy.Hash"/> of the newest revision.</param>
/// <param name="Nodes">Nodes that are known so far (a search adds its own as it draws).</param>
public sealed record StudyHeader(
    StudyStatus Status, string Hash, int Priority, string Description, int Nodes, int Finished, int Failed, int Blocked);

public sealed record StudySummary(string Name, StudyHeader Header, long LastSequence, DateTimeOffset Created, DateTimeOffset Changed);

public sealed record StoredEvent(long Sequence, DateTimeOffset At, StudyEvent Event);

/// <param name="Sequence">Number of the event whose application decided this (of the last of a commit with several).</param>
public sealed record StoredDecision(long Sequence, DateTimeOffset At, Decision Decision);

/// <summary>Which decisions to read.</summary>
/// <param name="Text">Only those whose node or text has this in it, in upper or lower case; null: all.</param>
/// <param name="Skip">Leave out so many of the newest.</param>
/// <param name="Limit">At most so many of the newest of the rest.</param>
public sealed record DecisionFilter(string? Text = null, int Skip = 0, int Limit = int.MaxValue)
{
    public bool Matches(Decision decision) => Text is null
        || decision.Text.Contains(Text, StringComparison.OrdinalIgnoreCase) || decision.Node?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true;
}

/// <param name="Decisions">Oldest first.</param>
/// <param name="Total">How many match, whether they are on this page or not.</param>
public sealed record DecisionPage(ImmutableArray<StoredDecision> Decisions, long Total)
{
    /// <summary>The page of a whole log, oldest first.</summary>
    public static DecisionPage Of(IEnumerable<StoredDecision> all, DecisionFilter filter)
    {
        var matching = all.Where(stored => filter.Matches(stored.Decision)).ToArray();
        var last = Math.Max(0, matching.Length - filter.Skip);
        return new DecisionPage([.. matching[Math.Max(0, last - filter.Limit)..last]], matching.Length);
    }
}

/// <summary>What follows from all events up to a number.</summary>
/// <param name="State">JSON: from <see cref="StudyMachine.Snapshot"/>, or of an ending.</param>
public sealed record StudySnapshot(long Sequence, string State);
