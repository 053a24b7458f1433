using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>Where a study stands. Times in seconds.</summary>
/// <param name="Elapsed">Since it was submitted, until now or until something was last written to it.</param>
/// <param name="Silence">How long nobody has worked on it; null while somebody does.</param>
/// <param name="Complete">False where only trials were counted.</param>
sealed record ProgressAnswer(
    string Study, string Status, int Trials, int Planned, int Finished, int Reused, int Failed, int Blocked, int Skipped, int Running, int Waiting, int WaitingForParents,
    double Elapsed, double? Remaining, double? RemainingLow, double? RemainingHigh, double? TrainingsPerHour, double? CoreHoursTaken, double? CoreHoursBudget, double? Silence, string? Message,
    ScoreAnswer? Best, IReadOnlyList<WorkerAnswer> Workers, IReadOnlyList<SearchProgressAnswer> Searches, IReadOnlyList<LeaderAnswer> Leaders, IReadOnlyList<DecisionLine> Recent, bool Complete)
{
    /// <param name="study">As the list has it.</param>
    public static ProgressAnswer Of(StudyProgress item, StudySummary study, DateTimeOffset now) => new(
        item.Study, Word(item.Status), item.Trials, item.Planned, item.Finished, item.Reused, item.Failed, item.Blocked, item.Skipped, item.Running, item.Waiting, item.WaitingForParents,
        ElapsedOf(study, now), item.Remaining?.TotalSeconds, item.RemainingBounds?.Low.TotalSeconds, item.RemainingBounds?.High.TotalSeconds, item.TrainingsPerHour,
        item.CoreHours?.Taken, item.CoreHours?.Budget, item.Silence?.TotalSeconds, item.Message, item.Best is { } best ? ScoreAnswer.Of(best) : null,
        [.. item.Workers.Select(worker => WorkerAnswer.Of(worker, item.Study))],
        [.. item.Searches.Select(SearchProgressAnswer.Of)],
        [.. item.Leaders.Select(leader => new LeaderAnswer(leader.What, leader.Configuration, ScoreAnswer.Of(leader.Score), leader.StandardError, leader.Replicates, leader.Of, leader.Epochs, leader.Compared))],
        [.. item.Recent.Select(decision => new DecisionLine(decision.Node, decision.Text))], Complete: true);

    /// <summary>What the stored steps tell; what runs is not told from what waits for a worker.</summary>
    public static ProgressAnswer Of(StepCounts counts, StudySummary study, DateTimeOffset now)
    {
        var trials = counts.Waiting + counts.Requested + counts.Finished + counts.Failed + counts.Blocked;
        return new(study.Name, Word(study.Header.Status), trials, trials, counts.Finished, 0, counts.Failed, counts.Blocked, counts.Skipped, 0, counts.Requested, counts.Waiting,
            ElapsedOf(study, now), null, null, null, null, null, null, null, null, null, [], [], [], [], Complete: false);
    }

    static double ElapsedOf(StudySummary study, DateTimeOffset now) => ((study.Header.Status == StudyStatus.Running ? now : study.Changed) - study.Created).TotalSeconds;

    /// <summary>How enumerations are written.</summary>
    public static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}

sealed record ScoreAnswer(string Metric, double Value, string Unit)
{
    public static ScoreAnswer Of(ValidationScore score) => new(score.Metric, score.Value, score.Unit);
}

/// <summary>What a worker does. Times in seconds, the error in <paramref name="Unit"/>.</summary>
/// <param name="Owner">The process, as leases name it; null for a worker of this process.</param>
sealed record WorkerAnswer(
    string Worker, string Study, string? Node, string? Trial, string Activity, int Epoch, int MaxEpochs, double? Error, string? Unit, double? SamplesPerSecond, double? Remaining, string? Owner,
    double? Age, bool IsAlive)
{
    public static WorkerAnswer Of(WorkerProgress worker, string study) => new(
        worker.Worker, study, worker.Node, worker.Key?.Hex, worker.Activity, worker.Epoch, worker.MaxEpochs, worker.Error, worker.Unit, worker.SamplesPerSecond, worker.Remaining?.TotalSeconds, worker.Owner,
        worker.Age?.TotalSeconds, worker.IsAlive);
}

/// <summary>Where a search stands, in draws.</summary>
sealed record SearchProgressAnswer(string Search, int Draws, int Drawn, int Ended, IReadOnlyList<RungAnswer> Rungs)
{
    public static SearchProgressAnswer Of(SearchProgress search) => new(search.Search, search.Draws, search.Drawn, search.Ended,
        [.. search.Rungs.Select(rung => new RungAnswer(rung.Epochs, rung.Training, rung.Paused, rung.Done, rung.Pruned, rung.Failed, rung.Reached))]);
}

/// <param name="Epochs">Where the rung is; null for the end of the training.</param>
sealed record RungAnswer(int? Epochs, int Training, int Paused, int Done, int Pruned, int Failed, int Reached);

sealed record LeaderAnswer(string What, string Configuration, ScoreAnswer Score, double? StandardError, int Replicates, int Of, int? Epochs, int Compared);

sealed record DecisionLine(string? Node, string Text);
