using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>Where a study stands.</summary>
/// <param name="Trials">Distinct trials that are known so far.</param>
/// <param name="Reused">Of the finished ones: those that needed no computing.</param>
/// <param name="Blocked">Trials that will not run because a parent failed.</param>
/// <param name="Running">Trials that a live worker computes.</param>
/// <param name="Best">The best validation score so far, of the comparison that most trials belong to; null before the first.</param>
/// <param name="Elapsed">Since the watching began.</param>
/// <param name="Remaining">Estimated time left; null when unknown.</param>
/// <param name="Workers">What is computed for this study, by this process's workers first; then what others hold a claim on.</param>
/// <param name="Message">What people should know beside the numbers.</param>
public sealed record StudyProgress(
    string Study, StudyStatus Status, int Trials, int Finished, int Reused, int Failed, int Blocked, int Running, ValidationScore? Best,
    TimeSpan Elapsed, TimeSpan? Remaining, ImmutableArray<WorkerProgress> Workers, string? Message)
{
    /// <summary>Trials that are requested and that no worker computes yet.</summary>
    public int Waiting { get; init; }

    /// <summary>Trials whose parents have not ended.</summary>
    public int WaitingForParents { get; init; }

    /// <summary>Trials in all, those included that searches have still to draw; what goes on from a rung comes on top.</summary>
    public int Planned { get; init; }

    /// <summary>Trials that the budget left out.</summary>
    public int Skipped { get; init; }

    /// <summary>Hours of workers that the study has taken, and its budget of them; null where it has none.</summary>
    public (double Taken, double Budget)? CoreHours { get; init; }

    /// <summary>When the study was first submitted.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>Bounds of <see cref="Remaining"/>: four times out of five the truth should lie between them.</summary>
    public (TimeSpan Low, TimeSpan High)? RemainingBounds { get; init; }

    /// <summary>Training trials computed per hour, of late; null before there are enough.</summary>
    public double? TrainingsPerHour { get; init; }

    public ImmutableArray<SearchProgress> Searches { get; init; } = [];

    /// <summary>The best so far of every comparison, in plan order.</summary>
    public ImmutableArray<LeaderProgress> Leaders { get; init; } = [];

    /// <summary>The newest decisions other than requests, oldest first.</summary>
    public ImmutableArray<Decision> Recent { get; init; } = [];

    /// <summary>How long nobody has worked on the running study; null while somebody does.</summary>
    public TimeSpan? Silence { get; init; }
}

/// <summary>What one worker is doing for this study.</summary>
/// <param name="Activity">Short words: preparing graphs, training, evaluating.</param>
/// <param name="MaxEpochs">At which the trial ends or pauses, if no plateau comes first.</param>
/// <param name="Error">Validation error of the last epoch, in <paramref name="Unit"/>.</param>
/// <param name="Remaining">To <paramref name="MaxEpochs"/>.</param>
public sealed record WorkerProgress(
    string Worker, string Activity, TrialKey? Key, string? Node, int Epoch, int MaxEpochs, double? Error, string? Unit,
    double? SamplesPerSecond, TimeSpan? Remaining)
{
    /// <summary>The process, as leases name it; null for a worker of this process.</summary>
    public string? Owner { get; init; }

    /// <summary>Since the trial began here.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>False when the claim's lease has run out or its process is known to be dead.</summary>
    public bool IsAlive { get; init; } = true;
}

/// <summary>Where a search stands, in draws (all replicates of one configuration together).</summary>
/// <param name="Draws">In all.</param>
/// <param name="Ended">Trained to the end, failed or pruned.</param>
/// <param name="Rungs">By epochs, with the end of the training last; one where nothing is pruned.</param>
public sealed record SearchProgress(string Search, int Draws, int Drawn, int Ended, ImmutableArray<RungProgress> Rungs);

/// <summary>How many draws stand at a rung; every draw that reached it is in one of the counts.</summary>
/// <param name="Epochs">Where it is; null for the end of the training.</param>
/// <param name="Training">On their way to it.</param>
/// <param name="Paused">Arrived and not yet decided about.</param>
/// <param name="Done">Gone on to the next rung; at the end: trained to the end.</param>
public sealed record RungProgress(int? Epochs, int Training, int Paused, int Done, int Pruned, int Failed)
{
    public int Reached => Training + Paused + Done + Pruned + Failed;
}

/// <summary>The best configuration so far of what is compared: one target and size, or one source.</summary>
/// <param name="What">What is compared, such as <c>phonons 50</c>.</param>
/// <param name="Configuration">In what the compared differ: mode, model, drawn settings; empty when there is nothing else.</param>
/// <param name="Score">Mean validation score over the replicates that have finished.</param>
/// <param name="StandardError">Of the mean; null for one replicate.</param>
/// <param name="Replicates">That have finished.</param>
/// <param name="Of">Replicates in all.</param>
/// <param name="Epochs">At which rung it was measured; null at the end of the training.</param>
/// <param name="Compared">Configurations with a score.</param>
public sealed record LeaderProgress(
    string What, string Configuration, ValidationScore Score, double? StandardError, int Replicates, int Of, int? Epochs, int Compared);
