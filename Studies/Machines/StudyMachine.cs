using System.Collections.Immutable;
using System.Text.Json;

namespace AtomSets.Studies;

/// <summary>What applying one event did.</summary>
/// <param name="Commands">For the host to carry out, in order, after the event is stored.</param>
/// <param name="Decisions">For the decision log.</param>
/// <param name="ChangedNodes">Rows that are new or differ from before, in plan order.</param>
/// <param name="RemovedNodes">Nodes that the newest revision no longer has.</param>
public sealed record StudyStep(
    StudyState State, ImmutableArray<StudyCommand> Commands, ImmutableArray<Decision> Decisions, ImmutableArray<NodeRow> ChangedNodes,
    ImmutableArray<string> RemovedNodes)
{
    /// <summary>To be stored with the event, as <see cref="StudyEvent.Drawn"/>; null where there is nothing worth it.</summary>
    public ImmutableArray<DrawnValues>? Drawn { get; init; }
}

/// <summary>
/// What to run next in a study, and why. Pure: no clock, no randomness, no I/O; the same events give the same states, commands and decisions.
/// Events about unknown or ended trials change nothing, so that they may come late or twice.
/// </summary>
public static class StudyMachine
{
    /// <param name="state">Null before the first event.</param>
    /// <exception cref="StudyInputException">A new plan breaks a rule; the event must not be stored.</exception>
    /// <exception cref="InvalidOperationException">The first event is not <see cref="StudyStarted"/>, or a later one is.</exception>
    public static StudyStep Apply(StudyState? state, StudyEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        if (happened is StudyStarted started)
        {
            if (state is not null) throw new InvalidOperationException($"Study '{state.Study.Name}' has started already.");
            return StudyRebuild.Start(started.Study);
        }
        if (state is null) throw new InvalidOperationException($"The first event of a study is {nameof(StudyStarted)}, not {happened.GetType().Name}.");
        switch (happened)
        {
            case StudyExtended extended:
                return StudyRebuild.Extend(state, extended.Study);
            case ResumeRequested:
                return state.Status is StudyStatus.Cancelled or StudyStatus.Failed || state.Counts.Failed > 0 ? StudyRebuild.Resume(state) : Nothing(state);
            case CancelRequested:
                if (state.Status != StudyStatus.Running) return Nothing(state);
                var cancelling = new StudyTransition(state, []);
                cancelling.Cancel();
                return cancelling.Finish();
            case PriorityChanged changed:
                return changed.Priority == state.Priority ? Nothing(state) : Prioritize(state, changed.Priority);
            case TrialFinished finished:
                var finishing = new StudyTransition(state, happened.Drawn ?? []);
                finishing.TrialEnded(finished.Key, TrialKind.Train, finished);
                return finishing.Finish();
            case EvaluationFinished evaluated:
                var evaluating = new StudyTransition(state, happened.Drawn ?? []);
                evaluating.TrialEnded(evaluated.Key, TrialKind.Evaluate, finished: null, evaluated.Reused);
                return evaluating.Finish();
            case TrialsLeftOut leftOut:
                var leaving = new StudyTransition(state, happened.Drawn ?? []);
                leaving.LeftOut(leftOut.Keys);
                return leaving.Finish();
            case TrialFailed failed:
                var failing = new StudyTransition(state, happened.Drawn ?? []);
                failing.TrialFailed(failed);
                return failing.Finish();
            default:
                throw new InvalidOperationException($"Unknown event {happened.GetType().Name}.");
        }
    }

    /// <summary>The state as JSON: the plan and what is known of its trials, from which the rest follows.</summary>
    public static string Snapshot(StudyState state)
    {
        var trials = state.Trials.OrderBy(entry => entry.Key).Select(entry => new TrialMemo(
            entry.Key, entry.Value.Standing, entry.Value.Score, entry.Value.FailedEpoch, entry.Value.Failures, entry.Value.Reason)
        {
            Epochs = entry.Value.Epochs,
            CoreMilliseconds = entry.Value.CoreMilliseconds,
        });
        return JsonSerializer.Serialize(new StudyMemo(state.Study, state.Status, [.. trials]) { Priority = state.Priority, Draws = [.. StudyRebuild.Draws(state)] }, StudyJson.Options);
    }

    /// <summary>The state that <see cref="Snapshot"/> was taken of.</summary>
    /// <exception cref="StudyInputException">It is none: the events say the same.</exception>
    public static StudyState Restore(string snapshot)
    {
        var memo = StudyJson.Read<StudyMemo>(snapshot, "a study's snapshot");
        try
        {
            return StudyRebuild.Restore(memo);
        }
        catch (Exception e) when (e is not (StudyInputException or OutOfMemoryException))
        {
            // What it says of trials cannot be: something stumbled over that.
            throw new StudyInputException($"a study's snapshot contradicts itself: {e.Message}", e);
        }
    }

    /// <summary>As <see cref="Restore"/>; null for what is none, as for no snapshot: the events say the same, and take longer.</summary>
    public static StudyState? TryRestore(StudySnapshot? snapshot)
    {
        try
        {
            return snapshot is null ? null : Restore(snapshot.State);
        }
        catch (StudyInputException)
        {
            return null;
        }
    }

    static StudyStep Prioritize(StudyState state, int priority) => new(
        state with { Priority = priority }, [new SetPriority(priority)], [new Decision(null, $"priority {priority} instead of {state.Priority}")], [], []);

    static StudyStep Nothing(StudyState state) => new(state, [], [], [], []);
}

sealed record StudyMemo(ResolvedStudy Study, StudyStatus Status, ImmutableArray<TrialMemo> Trials)
{
    public int Priority { get; init; }

    /// <summary>Of samplers that learn. Empty in a snapshot that does not say: they are drawn again then.</summary>
    public ImmutableArray<DrawnValues> Draws { get; init; } = [];
}

sealed record TrialMemo(TrialKey Key, TrialStanding Standing, ValidationScore? Score, long FailedEpoch, int Failures, string? Reason)
{
    public int Epochs { get; init; }

    public long CoreMilliseconds { get; init; }
}
