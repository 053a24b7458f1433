using System.Collections.Immutable;

namespace AtomSets.Studies;

public sealed record PoolStep(PoolState State, ImmutableArray<PoolCommand> Commands);

/// <summary>
/// Which worker runs which trial, over all studies. Pure, like <see cref="StudyMachine"/>; reports that are late, doubled or about withdrawn
/// trials free their worker at most and change nothing else.
/// </summary>
/// <remarks>
/// A free worker serves the study of highest priority that waits; among equals the one with the fewest workers running, then the one
/// whose last turn is longest ago; within a study the lowest order. A sharded trial starts on the workers that are free, at least one
/// and at most its shards, so it neither waits for a full gang (no deadlock) nor is passed over for smaller ones (no starvation).
/// A trial for which a place lacked something goes to other places, which it waits for while later ones begin; when all that are there have said so, any of them has it, and the last word.
/// </remarks>
public static class PoolMachine
{
    public static PoolStep Apply(PoolState state, PoolEvent happened)
    {
        ArgumentNullException.ThrowIfNull(state);
        var transition = new PoolTransition(state);
        switch (happened)
        {
            case WorkerJoined joined:
                transition.Left(joined.Worker);
                transition.Joined(joined.Worker, joined.Place);
                break;
            case WorkerLeft left:
                transition.Left(left.Worker);
                break;
            case TrialsSubmitted submitted:
                transition.Submitted(submitted);
                break;
            case StudyPrioritized prioritized:
                transition.Prioritized(prioritized.Study, prioritized.Priority);
                break;
            case TrialsWithdrawn withdrawn:
                foreach (var key in withdrawn.Keys) transition.Withdrawn(withdrawn.Study, key);
                break;
            case StudyWithdrawn withdrawn:
                foreach (var key in transition.KeysOf(withdrawn.Study)) transition.Withdrawn(withdrawn.Study, key);
                break;
            case WorkerReported reported:
                transition.Reported([reported.Worker], reported.Key, reported.Ticket, reported.End);
                break;
            case GangReported reported:
                transition.Reported(reported.Workers, reported.Key, reported.Ticket, reported.End);
                break;
            case TrialWoken woken:
                transition.Woken(woken.Key);
                break;
            default:
                throw new InvalidOperationException($"Unknown event {happened?.GetType().Name}.");
        }
        transition.Place();
        return transition.Finish();
    }
}
