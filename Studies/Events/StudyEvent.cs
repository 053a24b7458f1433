using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AtomSets.Studies;

/// <summary>What happened to a study. The sequence of these is the study: everything else is derived from it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(StudyStarted), "started")]
[JsonDerivedType(typeof(StudyExtended), "extended")]
[JsonDerivedType(typeof(TrialFinished), "trial-finished")]
[JsonDerivedType(typeof(EvaluationFinished), "evaluation-finished")]
[JsonDerivedType(typeof(TrialFailed), "trial-failed")]
[JsonDerivedType(typeof(CancelRequested), "cancel-requested")]
[JsonDerivedType(typeof(ResumeRequested), "resume-requested")]
[JsonDerivedType(typeof(PriorityChanged), "priority-changed")]
[JsonDerivedType(typeof(TrialsLeftOut), "trials-left-out")]
public abstract record StudyEvent
{
    /// <summary>
    /// What samplers that learn drew because of it, so that a log is read without drawing again; null where nothing was drawn, and in logs that do not say: it is
    /// drawn again then, and comes out the same.
    /// </summary>
    public ImmutableArray<DrawnValues>? Drawn { get; init; }

    /// <summary>The plan that an event brings; null for all others.</summary>
    public static ResolvedStudy? RevisionOf(StudyEvent happened) => happened switch
    {
        StudyStarted started => started.Study,
        StudyExtended extended => extended.Study,
        _ => null,
    };
}

/// <summary>A draw of a search.</summary>
public sealed record DrawnValues(string Search, int Number, ImmutableSortedDictionary<string, ParameterValue> Values);

/// <summary>Always the first event, and only the first.</summary>
public sealed record StudyStarted(ResolvedStudy Study) : StudyEvent;

/// <summary>The file was edited and run again: a new revision of the plan. Keys that are finished stay finished; only new keys run.</summary>
public sealed record StudyExtended(ResolvedStudy Study) : StudyEvent;

/// <summary>A training trial ended well, here or in any other study.</summary>
/// <param name="Reused">True when the ledger had the result already, so that nothing was computed for this study.</param>
public sealed record TrialFinished(TrialKey Key, ValidationScore Score, bool Reused = false) : StudyEvent
{
    /// <summary>Epochs trained, those of earlier rungs included.</summary>
    public int Epochs { get; init; }

    /// <summary>Time of workers that it took, in seconds.</summary>
    public double CoreSeconds { get; init; }
}

/// <summary>These had not begun when the budget was spent, and will not: the answer to <see cref="StopBeginning"/>.</summary>
public sealed record TrialsLeftOut(ImmutableArray<TrialKey> Keys) : StudyEvent;

/// <summary>An evaluation ended well. Deliberately without its numbers: no decision can depend on them.</summary>
/// <inheritdoc cref="TrialFinished"/>
public sealed record EvaluationFinished(TrialKey Key, bool Reused = false) : StudyEvent;

/// <summary>A trial failed.</summary>
/// <param name="Epoch">Of the lease that failed; a failure with an epoch already seen is ignored.</param>
/// <param name="Transient">
/// True when trying again may help (a device error, a full disk); it is tried up to <see cref="ResolvedStudy.MaxAttempts"/> times. A lost
/// worker is no failure: the pool runs the trial elsewhere.
/// </param>
public sealed record TrialFailed(TrialKey Key, long Epoch, string Reason, bool Transient) : StudyEvent;

/// <summary>Stop requesting trials and withdraw those requested.</summary>
public sealed record CancelRequested : StudyEvent;

/// <summary>Go on after a cancellation, or try failed trials again.</summary>
public sealed record ResumeRequested : StudyEvent;

/// <summary>From now on the study's trials have this priority among those of other studies.</summary>
/// <param name="Priority">Higher first.</param>
public sealed record PriorityChanged(int Priority) : StudyEvent;
