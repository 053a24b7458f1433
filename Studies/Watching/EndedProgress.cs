using System.Collections.Immutable;
using System.Text.Json;

namespace AtomSets.Studies;

/// <summary>What is said of a study that has ended: it follows from the log alone, and is kept so that the log is replayed once for it and never again.</summary>
sealed record EndedProgress(
    int Format, StudyStatus Status, int Trials, int Finished, int Reused, int Failed, int Blocked, int Waiting, int WaitingForParents, int Planned, int Skipped, ValidationScore? Best, double? CoreHoursTaken, double? CoreHoursBudget,
    ImmutableArray<SearchProgress> Searches, ImmutableArray<LeaderProgress> Leaders)
{
    /// <summary>Another one where something else is said, or comes to other numbers.</summary>
    const int Newest = 1;

    /// <returns>Null where the log must be replayed.</returns>
    public static async Task<EndedProgress?> LoadAsync(IStudyLog log, StudySummary study, CancellationToken cancellation)
    {
        if (await log.LoadEndingAsync(study.Name, cancellation) is not { } stored || stored.Sequence != study.LastSequence) return null;
        try
        {
            return StudyJson.Read<EndedProgress>(stored.State, "the end of a study") is { Format: Newest } ended && ended.Status == study.Header.Status ? ended : null;
        }
        catch (StudyInputException)
        {
            return null; // Of another version of the program.
        }
    }

    /// <param name="study">As of the last event that <paramref name="progress"/> knows.</param>
    public static async Task SaveAsync(IStudyLog log, StudySummary study, StudyProgress progress, CancellationToken cancellation)
    {
        var ended = new EndedProgress(
            Newest, progress.Status, progress.Trials, progress.Finished, progress.Reused, progress.Failed, progress.Blocked, progress.Waiting, progress.WaitingForParents, progress.Planned, progress.Skipped, progress.Best,
            progress.CoreHours?.Taken, progress.CoreHours?.Budget, progress.Searches, progress.Leaders);
        try
        {
            await log.SaveEndingAsync(study.Name, new StudySnapshot(study.LastSequence, JsonSerializer.Serialize(ended, StudyJson.Options)), cancellation);
        }
        catch (Exception e) when (e is StoreUnavailableException or StudyNotFoundException)
        {
            // It only saves replaying.
        }
    }

    /// <param name="elapsed">Since the watching began.</param>
    public StudyProgress Of(StudySummary study, TimeSpan elapsed, string? message) => new(study.Name, Status, Trials, Finished, Reused, Failed, Blocked, Running: 0, Best, elapsed, Remaining: null, [], message)
    {
        Waiting = Waiting, WaitingForParents = WaitingForParents, Planned = Planned, Skipped = Skipped, Created = study.Created, Searches = Searches, Leaders = Leaders,
        CoreHours = CoreHoursTaken is { } taken && CoreHoursBudget is { } budget ? (taken, budget) : null,
    };
}
