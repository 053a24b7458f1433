using System.Globalization;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary>Parts of a study's progress in words, for the screen and for plain lines.</summary>
static class ProgressText
{
    public static string Clock(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : time.ToString(@"mm\:ss", CultureInfo.InvariantCulture);

    /// <summary>Such as <c>48/128 trials</c>; a search that prunes may need more than are planned.</summary>
    public static string Done(StudyProgress item) =>
        $"{Count(item.Finished)}/{Count(item.Planned)}{(item.Status == StudyStatus.Running && item.Searches.Any(search => search.Rungs.Length > 1 && search.Ended < search.Draws) ? "+" : "")} trials";

    /// <summary>What the trials do that have not finished, and what is special about those that have.</summary>
    public static IEnumerable<string> Counts(StudyProgress item)
    {
        if (item.Running > 0) yield return $"{Count(item.Running)} running";
        if (item.Waiting > 0) yield return $"{Count(item.Waiting)} waiting";
        if (item.WaitingForParents > 0) yield return $"{Count(item.WaitingForParents)} waiting for parents";
        if (Paused(item) is > 0 and var paused) yield return $"{Count(paused)} paused at a rung";
        if (item.Searches.Sum(search => search.Rungs.Sum(rung => rung.Pruned)) is > 0 and var pruned) yield return $"{Count(pruned)} pruned";
        if (item.Failed > 0) yield return $"{Count(item.Failed)} failed";
        if (item.Blocked > 0) yield return $"{Count(item.Blocked)} blocked";
        if (item.Skipped > 0) yield return $"{Count(item.Skipped)} left out by the budget";
        if (item.CoreHours is var (taken, budget)) yield return $"{Numbers.Short(taken)} of {Numbers.Short(budget)} core hours";
        if (item.Reused > 0) yield return $"{Count(item.Reused)} known before";
    }

    /// <summary>Such as <c>about 20 min 10 s left (16 to 27 min)</c>; null when unknown.</summary>
    public static string? Left(StudyProgress item)
    {
        if (item.Status != StudyStatus.Running || item.Silence is not null || item.Remaining is not { } left) return null;
        var bounds = item.RemainingBounds is { } some && some.High > TimeSpan.FromSeconds(10) ? $" ({Range(some.Low, some.High)})" : "";
        return $"about {Rough(left)} left{bounds}";
    }

    public static string? Rate(StudyProgress item)
    {
        if (item.Status != StudyStatus.Running) return null;
        var speed = item.Workers.Where(worker => worker.IsAlive).DistinctBy(worker => worker.Key).Sum(worker => worker.SamplesPerSecond ?? 0);
        var parts = new List<string>();
        if (item.TrainingsPerHour is { } rate) parts.Add($"{Round(rate)} trainings/h");
        if (speed > 0) parts.Add($"{Round(speed)} materials/s");
        return parts.Count == 0 ? null : string.Join(", ", parts);
    }

    public static string Score(LeaderProgress leader)
    {
        var seeds = leader.Replicates < leader.Of ? $" ({leader.Replicates} of {leader.Of})" : leader.Of > 1 ? $" ({leader.Of})" : "";
        var at = leader.Epochs is { } epochs ? $" at epoch {epochs}" : "";
        return $"{Numbers.WithError(leader.Score.Value, leader.StandardError)} {leader.Score.Unit}".TrimEnd() + seeds + at;
    }

    /// <summary>Nobody computes for the study any more.</summary>
    public static string? Silence(StudyProgress item) => item.Silence is { } silence
        ? $"no process has worked on this study for {Rough(silence)}: it was stopped or has died. Continue it with: atomsets study resume {item.Study}"
        : null;

    public static string Count(int number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Round(double number) => number >= 100
        ? Math.Round(number).ToString("#,0", CultureInfo.InvariantCulture)
        : number.ToString("0.#", CultureInfo.InvariantCulture);

    static int Paused(StudyProgress item) => item.Searches.Sum(search => search.Rungs.Sum(rung => rung.Paused));

    /// <summary>To two digits: an estimate should not look like a measurement, nor flicker.</summary>
    public static string Rough(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => "1 s",
        { TotalSeconds: < 10 } => Whole(Math.Round(time.TotalSeconds)) + " s",
        { TotalSeconds: < 90 } => Whole(Math.Round(time.TotalSeconds / 5) * 5) + " s",
        { TotalMinutes: < 10 } => time.TotalMinutes.ToString("0.0", CultureInfo.InvariantCulture) + " min",
        { TotalMinutes: < 90 } => Whole(Math.Round(time.TotalMinutes)) + " min",
        { TotalHours: < 10 } => time.TotalHours.ToString("0.0", CultureInfo.InvariantCulture) + " h",
        { TotalHours: < 48 } => Whole(Math.Round(time.TotalHours)) + " h",
        _ => time.TotalDays.ToString("0.0", CultureInfo.InvariantCulture) + " days",
    };

    static string Range(TimeSpan low, TimeSpan high)
    {
        var (from, to) = (Rough(low), Rough(high));
        var unit = to[to.LastIndexOf(' ')..];
        return from == to ? from : $"{(from.EndsWith(unit, StringComparison.Ordinal) ? from[..^unit.Length] : from)} to {to}";
    }

    static string Whole(double number) => number.ToString("0", CultureInfo.InvariantCulture);
}
