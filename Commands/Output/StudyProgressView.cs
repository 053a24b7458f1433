using AtomSets.Studies;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AtomSets.Commands;

/// <summary>Shows a study's progress until it ends: a screen that is redrawn on a terminal, now and then a plain line on standard error otherwise.</summary>
sealed class StudyProgressView(CliContext context)
{
    /// <summary>Between two drawings; more often costs processor time that trials could use.</summary>
    static readonly TimeSpan DrawInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Between two lines: a twentieth of the time so far, within these limits.</summary>
    static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(5), LongestPause = TimeSpan.FromMinutes(1);

    const int WorkersInLine = 4;

    /// <param name="silenceLimit">Stop watching when nobody has worked on the study for so long; null: never.</param>
    /// <param name="cancellation">Stops watching.</param>
    /// <returns>The last item: the study's end, or where it stood when the watching ended.</returns>
    public async Task<StudyProgress> FollowAsync(IAsyncEnumerable<StudyProgress> progress, TimeSpan? silenceLimit, CancellationToken cancellation)
    {
        StudyProgress? last = null;
        if (context.IsTerminal)
        {
            var console = context.Progress;
            await console.Live(new Text("starting ...\n ")).AutoClear(true).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
            {
                await foreach (var item in Until(progress, silenceLimit, DrawInterval, DrawInterval, cancellation))
                {
                    last = item;
                    var lines = new StudyScreen(console.Profile.Width, console.Profile.Height).Draw(item);
                    live.UpdateTarget(new Rows(lines.Select(IRenderable (line) => new Markup(line) { Overflow = Overflow.Crop })));
                }
            });
        }
        else
        {
            await foreach (var item in Until(progress, silenceLimit, ShortestPause, LongestPause, cancellation))
            {
                last = item;
                context.Error.WriteLine(Line(item));
            }
        }
        return last ?? throw new InvalidOperationException("an engine reports at least one item");
    }

    /// <summary>The first item, the last, those with something new to tell people, and some between.</summary>
    async IAsyncEnumerable<StudyProgress> Until(IAsyncEnumerable<StudyProgress> progress, TimeSpan? silenceLimit, TimeSpan shortest, TimeSpan longest,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var (shown, said) = ((long?)null, "");
        await foreach (var item in progress.WithCancellation(cancellation))
        {
            var isLast = item.Status != StudyStatus.Running || (silenceLimit is { } limit && item.Silence >= limit);
            var news = $"{item.Failed} {item.Message} {item.Silence is null}";
            var pause = TimeSpan.FromTicks(Math.Clamp(item.Elapsed.Ticks / 20, shortest.Ticks, longest.Ticks));
            if (isLast || shown is null || news != said || context.Time.GetElapsedTime(shown.Value) >= pause)
            {
                yield return item;
                (shown, said) = (context.Time.GetTimestamp(), news);
            }
            if (isLast) yield break;
        }
    }

    internal static string Line(StudyProgress item)
    {
        var parts = new List<string> { $"[{ProgressText.Clock(item.Elapsed)}] {item.Study}: {string.Join(", ", ProgressText.Counts(item).Prepend(ProgressText.Done(item)))}" };
        if (ProgressText.Left(item) is { } left) parts.Add(left);
        if (ProgressText.Rate(item) is { } rate) parts.Add(rate);
        foreach (var worker in item.Workers.Where(worker => worker.IsAlive && !worker.Activity.StartsWith("helps ", StringComparison.Ordinal)).Take(WorkersInLine)) parts.Add(Describe(worker));
        // The whole list would be long: the one that the best score belongs to.
        if (item.Leaders.FirstOrDefault(leader => leader.Score == item.Best) is { } leader)
        {
            parts.Add($"best of {leader.What}: {ProgressText.Score(leader)}{(leader.Configuration.Length > 0 ? $" with {leader.Configuration}" : "")}");
        }
        if (ProgressText.Silence(item) is { } silence) parts.Add(silence);
        if (item.Message is { } message) parts.Add(message);
        return string.Join(" | ", parts);
    }

    static string Describe(WorkerProgress worker)
    {
        var text = $"{worker.Worker} {worker.Node}";
        if (worker.Activity != "training") return $"{text} {worker.Activity}";
        text += $" epoch {worker.Epoch}/{worker.MaxEpochs}";
        return worker.Error is { } error && double.IsFinite(error) ? $"{text} error {Numbers.Short(error)} {worker.Unit}".TrimEnd() : text;
    }
}
