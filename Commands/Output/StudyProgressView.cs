using System.Globalization;
using AtomSets.Studies;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AtomSets.Commands;

/// <summary>Shows a study's progress until it ends: bars that are redrawn on a terminal, plain lines on standard error otherwise.</summary>
sealed class StudyProgressView(CliContext context)
{
    static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(5);
    const int BarWidth = 24;

    /// <returns>The last item: the study's end.</returns>
    public async Task<StudyProgress> FollowAsync(IAsyncEnumerable<StudyProgress> progress, CancellationToken cancellation)
    {
        StudyProgress? last = null;
        if (context.IsTerminal)
        {
            await context.Console.Live(new Text("starting ...")).AutoClear(true).StartAsync(async live =>
            {
                await foreach (var item in progress.WithCancellation(cancellation))
                {
                    last = item;
                    live.UpdateTarget(Draw(item));
                    live.Refresh();
                }
            });
        }
        else
        {
            var shown = long.MinValue;
            await foreach (var item in progress.WithCancellation(cancellation))
            {
                var ended = item.Status != StudyStatus.Running;
                if (shown == long.MinValue || ended || context.Time.GetElapsedTime(shown) >= PlainInterval)
                {
                    context.Error.WriteLine(Line(item));
                    shown = context.Time.GetTimestamp();
                }
                last = item;
            }
        }
        return last ?? throw new InvalidOperationException("an engine reports at least one item");
    }

    internal static string Line(StudyProgress item)
    {
        var parts = new List<string> { $"[{Clock(item.Elapsed)}] {item.Study}: {Counts(item)}" };
        foreach (var worker in item.Workers.Where(w => w.Node is not null)) parts.Add(Describe(worker));
        if (item.Remaining is { } remaining && item.Status == StudyStatus.Running) parts.Add($"about {Numbers.Duration(remaining)} left");
        if (item.Message is { } message) parts.Add(message);
        return string.Join(" | ", parts);
    }

    static Rows Draw(StudyProgress item)
    {
        var rows = new List<IRenderable>
        {
            new Markup($"[bold]{Markup.Escape(item.Study)}[/]  {Bar(item.Finished, item.Trials)}  {Markup.Escape(Counts(item))}  {Clock(item.Elapsed)}"
                + (item.Remaining is { } remaining && item.Status == StudyStatus.Running ? $"  about {Numbers.Duration(remaining)} left" : "")),
        };
        foreach (var worker in item.Workers.Where(w => w.Node is not null))
            rows.Add(new Markup($"  {Bar(worker.Epoch, worker.MaxEpochs)}  {Markup.Escape(Describe(worker))}"));
        if (item.Message is { } message) rows.Add(new Text(message));
        return new Rows(rows);
    }

    static string Counts(StudyProgress item)
    {
        var text = $"{item.Finished}/{item.Trials} trials";
        if (item.Reused > 0) text += $" ({item.Reused} known already)";
        if (item.Failed > 0) text += $", {item.Failed} failed";
        if (item.Blocked > 0) text += $", {item.Blocked} blocked";
        return text;
    }

    static string Describe(WorkerProgress worker)
    {
        var text = $"{worker.Node} {worker.Activity}";
        if (worker.Epoch > 0) text += $" epoch {worker.Epoch}/{worker.MaxEpochs}";
        if (worker.Error is { } error && double.IsFinite(error)) text += $" error {Numbers.Short(error)} {worker.Unit}".TrimEnd();
        if (worker.SamplesPerSecond is { } speed && speed > 0) text += $" {Numbers.Short(speed)} crystals/s";
        if (worker.Remaining is { } remaining) text += $" ({Numbers.Duration(remaining)} left at most)";
        return text;
    }

    static string Bar(int done, int total)
    {
        var full = total <= 0 ? 0 : Math.Clamp(BarWidth * done / total, 0, BarWidth);
        return $"[green]{new string('━', full)}[/][grey]{new string('━', BarWidth - full)}[/]";
    }

    static string Clock(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : time.ToString(@"mm\:ss", CultureInfo.InvariantCulture);
}
