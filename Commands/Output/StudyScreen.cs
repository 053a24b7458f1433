using System.Globalization;
using AtomSets.Studies;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary>A study's progress as lines that fit a terminal: what every worker does, how searches narrow down, what leads so far.</summary>
/// <param name="width">Columns; no line is longer.</param>
/// <param name="height">Rows; there are fewer lines than that.</param>
sealed class StudyScreen(int width, int height)
{
    const int Least = 40, Wide = 100;

    // Behind the last line the terminal echoes ^C, which must not begin a line of its own.
    readonly int _width = Math.Max(Least, width) - 3;

    sealed record Section(string Head, List<string> Rows, string More)
    {
        public int Shown { get; set; } = Rows.Count;
    }

    /// <returns>Lines of Spectre's markup.</returns>
    public IReadOnlyList<string> Draw(StudyProgress item)
    {
        var lines = new List<string> { Title(item) };
        if (Join(" · ", ProgressText.Left(item), ProgressText.Rate(item)) is { Length: > 0 } pace) lines.AddRange(Wrapped(pace, "default", " · "));
        if (string.Join(" · ", ProgressText.Counts(item)) is { Length: > 0 } counts) lines.AddRange(Wrapped(counts, "default", " · "));
        if (ProgressText.Silence(item) is { } silence) lines.AddRange(Wrapped(silence, "red"));
        if (item.Message is { } message) lines.AddRange(Wrapped(message, "yellow"));
        Section[] sections = [Workers(item), Leaders(item), Searches(item), Recent(item)];
        Fit(sections, height - 1 - lines.Count);
        foreach (var section in sections.Where(section => section.Shown > 0))
        {
            lines.Add(" ");
            lines.Add($"[grey]{Markup.Escape(Cells.Crop(section.Head, _width))}[/]");
            var cut = section.Shown < section.Rows.Count;
            lines.AddRange(section.Rows.Take(cut ? section.Shown - 1 : section.Shown));
            if (cut) lines.Add($"[grey]{Markup.Escape($" … and {section.Rows.Count - section.Shown + 1} more {section.More}")}[/]");
        }
        return [.. lines.Take(Math.Max(1, height - 1))];
    }

    /// <summary>Takes rows from the longest section until all fit; then whole sections, the last first.</summary>
    static void Fit(Section[] sections, int room)
    {
        while (sections.Sum(section => section.Shown == 0 ? 0 : section.Shown + 2) > room)
        {
            var longest = sections.MaxBy(section => section.Shown)!;
            if (longest.Shown > 2) longest.Shown--;
            else if (Array.FindLast(sections, section => section.Shown > 0) is { } last) last.Shown = 0;
            else return;
        }
    }

    string Title(StudyProgress item)
    {
        var done = ProgressText.Done(item);
        var clock = ProgressText.Clock(item.Elapsed);
        var bar = _width >= Wide ? 30 : _width >= 60 ? 16 : 8;
        var name = Cells.Crop(item.Study, _width - bar - done.Length - clock.Length - 7);
        return $"[bold]{Markup.Escape(name)}[/]  {Bar(item.Finished, item.Planned, bar)}  {Markup.Escape(done)}  {clock}";
    }

    Section Workers(StudyProgress item)
    {
        // Where everything runs in one process its name says nothing.
        var owners = item.Workers.Select(worker => Process(worker.Owner)).Distinct(StringComparer.Ordinal).Count();
        var machines = item.Workers.Select(worker => worker.Owner?.Split(':')[0]).OfType<string>().Distinct(StringComparer.Ordinal).Count();
        var names = item.Workers.Select(worker => owners > 1 ? Name(worker, machines > 1) : worker.Worker).ToArray();
        var first = names.Select(name => name.Length).Append(6).Max();
        first = Math.Min(first, _width / 4);
        var bar = _width >= Wide ? 12 : 0;
        var rest = bar + (bar > 0 ? 1 : 0) + 11 + 1 + 18 + 1 + 9;
        var second = Math.Max(12, _width - first - rest - 4);
        var head = $" {Cells.Left("worker", first)} {Cells.Left("trial", second)} {Cells.Left("epoch", bar + (bar > 0 ? 1 : 0) + 11)} {Cells.Right("validation error", 18)} {Cells.Right("per s", 9)}";
        var rows = item.Workers.Select((worker, i) =>
        {
            var left = Markup.Escape($" {Cells.Left(names[i], first)} {Cells.Left(Cells.CropMiddle(worker.Node ?? "", second), second)} ");
            if (!worker.IsAlive) return $"{left}[red]{Markup.Escape(Cells.Crop("gone: its process has ended or is silent", rest))}[/]";
            if (worker.Activity != "training") return left + Markup.Escape(Cells.Crop(worker.Activity, rest));
            var epoch = worker.MaxEpochs > 0 ? $"{worker.Epoch}/{worker.MaxEpochs}" : $"{worker.Epoch}";
            var error = worker.Error is { } value ? $"{Numbers.Short(value)} {worker.Unit}".TrimEnd() : "";
            var speed = worker.SamplesPerSecond is > 0 and var pace ? ProgressText.Round(pace) : "";
            return $"{left}{(bar > 0 ? Bar(worker.Epoch, worker.MaxEpochs, bar) + " " : "")}{Markup.Escape($"{Cells.Left(epoch, 11)} {Cells.Right(error, 18)} {Cells.Right(speed, 9)}")}";
        });
        return new Section(head, [.. rows], "workers");
    }

    Section Leaders(StudyProgress item)
    {
        var first = Math.Clamp(item.Leaders.Select(leader => leader.What.Length).DefaultIfEmpty(0).Max(), 11, _width / 3);
        var second = Math.Clamp(item.Leaders.Select(leader => ProgressText.Score(leader).Length).DefaultIfEmpty(0).Max(), 10, _width * 2 / 5);
        var third = _width - first - second - 5;
        var rows = item.Leaders.Select(leader => Plain(
            $" {Cells.Left(Cells.CropMiddle(leader.What, first), first)}  {Cells.Left(ProgressText.Score(leader), second)}  {Cells.Crop(leader.Configuration, third)}"));
        return new Section($" {Cells.Left("best so far", first)}  {Cells.Left("validation", second)}  with", [.. rows], "comparisons");
    }

    Section Searches(StudyProgress item)
    {
        var rungs = item.Searches.SelectMany(search => search.Rungs).Select(rung => rung.Epochs).OfType<int>().Distinct().Order().ToArray();
        const int Cell = 8;
        const string Suffix = "/search"; // all resolved ones have it
        var room = (_width - 20) / Cell - 4;
        // Of very many rungs the first and the last.
        if (rungs.Length > room) rungs = room < 1 ? [] : [.. rungs.Take(room - 1), rungs[^1]];
        string[] heads = ["drawn", .. rungs.Select(rung => string.Create(CultureInfo.InvariantCulture, $"at {rung}")), "at end", "paused", .. rungs.Length > 0 ? ["pruned"] : Array.Empty<string>()];
        var first = Math.Max(8, _width - 1 - (heads.Length * Cell));
        var rows = item.Searches.Select(search =>
        {
            int At(int? epochs) => search.Rungs.FirstOrDefault(rung => rung.Epochs == epochs) is { } rung ? rung.Reached - rung.Training - rung.Failed : 0;
            string[] cells =
            [
                $"{search.Drawn}/{search.Draws}", .. rungs.Select(rung => ProgressText.Count(At(rung))), ProgressText.Count(At(null)),
                ProgressText.Count(search.Rungs.Sum(rung => rung.Paused)), .. rungs.Length > 0 ? [ProgressText.Count(search.Rungs.Sum(rung => rung.Pruned))] : Array.Empty<string>(),
            ];
            var name = search.Search.EndsWith(Suffix, StringComparison.Ordinal) ? search.Search[..^Suffix.Length] : search.Search;
            return Plain($" {Cells.Left(Cells.CropMiddle(name, first), first)}{string.Concat(cells.Select(cell => Cells.Right(cell, Cell)))}");
        });
        return new Section($" {Cells.Left("search", first)}{string.Concat(heads.Select(head => Cells.Right(head, Cell)))}", [.. rows], "searches");
    }

    Section Recent(StudyProgress item) => new(" last decisions",
        [.. item.Recent.TakeLast(3).Select(decision => Plain(" " + (decision.Node is { } node && !decision.Text.Contains(node, StringComparison.Ordinal) ? $"{node}: {decision.Text}" : decision.Text)))], "decisions");

    string Plain(string text) => Markup.Escape(Cells.Crop(text, _width));

    /// <summary>Several lines where one is too short, broken between words or other parts.</summary>
    IEnumerable<string> Wrapped(string text, string colour, string between = " ")
    {
        var line = "";
        foreach (var part in text.Split(between))
        {
            if (line.Length > 0 && line.Length + between.Length + part.Length > _width)
            {
                yield return $"[{colour}]{Markup.Escape(PlainText.Of(line))}[/]";
                line = "";
            }
            line += (line.Length == 0 ? " " : between) + part;
        }
        yield return $"[{colour}]{Markup.Escape(Cells.Crop(line, _width))}[/]";
    }

    static string Bar(int done, int total, int length)
    {
        var full = total <= 0 ? 0 : (int)Math.Clamp((long)length * done / total, 0, length);
        return $"[green]{new string('━', full)}[/][grey]{new string('─', length - full)}[/]";
    }

    static string? Process(string? owner) => owner?[..Math.Max(0, owner.LastIndexOf('/'))];

    /// <summary>Owners are <c>machine:process:start/worker</c>.</summary>
    static string Name(WorkerProgress worker, bool withMachine)
    {
        var parts = Process(worker.Owner)?.Split(':');
        return parts is not [var machine, var process, ..] ? worker.Worker : withMachine ? $"{machine}:{process}/{worker.Worker}" : $"{process}/{worker.Worker}";
    }

    static string Join(string between, params string?[] parts) => string.Join(between, parts.OfType<string>());
}
