using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>What is known about studies, and the one thing that who looks at them may ask: to stop. The pages speak to this port only. Safe for concurrent use.</summary>
public interface IStudyDirectory
{
    /// <summary>
    /// Progress until the study ends (the last item has a status other than Running) or the caller stops; at least one item.
    /// </summary>
    /// <exception cref="StudyNotFoundException"/>
    IAsyncEnumerable<StudyProgress> WatchAsync(string study, CancellationToken cancellation);

    Task<IReadOnlyList<StudySummary>> ListAsync(CancellationToken cancellation);

    /// <exception cref="StudyNotFoundException"/>
    Task<StudyDetails> ShowAsync(string study, CancellationToken cancellation);

    /// <summary>A page of a study's decisions.</summary>
    /// <exception cref="StudyNotFoundException"/>
    async Task<DecisionPage> DecisionsAsync(string study, DecisionFilter filter, CancellationToken cancellation) =>
        DecisionPage.Of((await ShowAsync(study, cancellation)).Decisions, filter);

    /// <summary>Stops a study; its running trials keep their checkpoints. Returns when nothing of it runs here any more.</summary>
    /// <exception cref="StudyNotFoundException"/>
    Task CancelAsync(string study, CancellationToken cancellation);
}

/// <summary>
/// What runs studies: one machine or a cluster. The command line speaks to this port only. Every engine passes the same
/// contract suite. Safe for concurrent use.
/// </summary>
public interface IStudyEngine : IStudyDirectory, IAsyncDisposable
{
    /// <summary>
    /// Resolves a study file and starts it; or, where the name exists, extends it with what is new in the file; or, where nothing is
    /// new, resumes it if it had not ended (a finished one stays as it is).
    /// </summary>
    /// <returns>When the study is stored; it then runs on. Watch it to see it end.</returns>
    /// <exception cref="StudyInputException">The file breaks a rule; nothing is stored.</exception>
    Task<SubmittedStudy> SubmitAsync(StudyFile file, CancellationToken cancellation);

    /// <summary>Continues a study that was interrupted or cancelled, and tries failed trials again. A finished or running one stays as it is.</summary>
    /// <exception cref="StudyNotFoundException"/>
    Task ResumeAsync(string study, CancellationToken cancellation);

    /// <summary>
    /// Gives a study another priority, also while it runs: of the trials that wait for a worker, those of the study with the highest come first. What runs goes on.
    /// </summary>
    /// <exception cref="StudyNotFoundException"/>
    Task PrioritizeAsync(string study, int priority, CancellationToken cancellation);

    /// <summary>Cancels and removes a study. Finished trials stay in the ledger, for other studies and for a later one.</summary>
    /// <exception cref="StudyNotFoundException"/>
    Task DeleteAsync(string study, CancellationToken cancellation);
}

/// <param name="Text">The whole file.</param>
/// <param name="Origin">Path or name for messages; relative paths in the file are relative to its folder.</param>
public sealed record StudyFile(string Text, string Origin)
{
    /// <summary>Instead of the file's own priority; null: as the file says.</summary>
    public int? Priority { get; init; }
}

public enum SubmitOutcome
{
    Started,
    Extended,
    Resumed,
    AlreadyFinished,
}

/// <param name="NewNodes">Nodes of this revision that the study did not have before.</param>
public sealed record SubmittedStudy(string Name, SubmitOutcome Outcome, int NewNodes, ImmutableArray<CountedFact> Facts);

/// <param name="Study">The newest revision.</param>
public sealed record StudyDetails(
    StudySummary Summary, ResolvedStudy Study, ImmutableArray<NodeRow> Nodes, ImmutableArray<StoredDecision> Decisions);
