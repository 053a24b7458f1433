using AtomSets.Commands;
using AtomSets.Studies;
using Spectre.Console;
using Xunit;

namespace AtomSets.Core.Tests.Commands;

public sealed class StudyScreenTests
{
    static readonly ValidationScore Score = new("mae", 49.71, "1/cm");

    [Fact]
    public void A_screen_says_what_the_progress_says()
    {
        var text = Render(Busy(), 120, 40);
        Assert.StartsWith("phonons  ━━━", text, StringComparison.Ordinal);
        foreach (var expected in new[]
        {
            "48/137+ trials  12:34", "about 20 min left (16 to 27 min) · 245 trainings/h, 18,300 materials/s",
            "2 running · 60 waiting · 8 waiting for parents · 3 paused at a rung · 10 pruned · 1 failed · 2 blocked", "12 known before",
            "w1     transfer/phonons/full/mp_pool/n100/s1", "34/200 ", "50.12 1/cm", "14,100", "w10    pretrain/mp_pool/s1", "preparing graphs of 4000 crystals",
            "phonons 100  49.7 ± 1.2 1/cm (3)              full from mp_pool, learning_rate 0.0021",
            "phonons 50   98.60 1/cm (1 of 3) at epoch 12  scratch",
            "'pruned/7' is pruned after 4 epochs",
        }) Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.Matches(@"search +drawn +at 4 +at 12 +at end +paused +pruned", text);
        Assert.Matches(@"transfer/phonons/full +18/27 +14 +3 +1 +3 +10", text);
        // A whole bar would be 30 columns.
        Assert.Equal(30 * 48 / 137, text.Split('\n')[0].Count(c => c == '━'));
    }

    [Theory]
    [InlineData(120, 40)]
    [InlineData(80, 24)]
    [InlineData(80, 12)]
    [InlineData(60, 20)]
    [InlineData(40, 6)]
    [InlineData(200, 100)]
    public void No_line_is_wider_than_the_terminal_and_all_fit_into_it(int width, int height)
    {
        var item = Busy();
        item = item with
        {
            Study = new string('s', 100),
            Message = "another process runs this study; watching, and this message is so long that it does not fit into a line of any usual width at all",
            Workers = [.. Enumerable.Range(1, 64).Select(i => item.Workers[i % 2] with { Worker = $"w{i}", Node = $"transfer/[phonons]/freeze:embed,pre/mp_pool/n{i}/s1", Owner = $"a-machine-with-a-long-name:{i}:3/w{i}" })],
            Leaders = [.. Enumerable.Repeat(item.Leaders, 20).SelectMany(leaders => leaders)],
            Searches = [.. Enumerable.Repeat(item.Searches[0] with { Rungs = [.. Enumerable.Range(1, 30).Select(i => new RungProgress(i, 1, 0, 1, 0, 0)), new(null, 0, 0, 0, 0, 0)] }, 9)],
        };
        var lines = Render(item, width, height).TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, width - 3));
        Assert.InRange(lines.Length, 1, height - 1);
        if (height >= 40) Assert.Contains(lines, line => line.Contains("more workers", StringComparison.Ordinal));
    }

    [Fact]
    public void A_dead_process_is_said_to_be_gone_and_no_time_is_promised()
    {
        var item = Busy();
        item = item with { Silence = TimeSpan.FromSeconds(63), Workers = [item.Workers[0] with { IsAlive = false, Owner = "host:12:1/w1" }] };
        var text = Render(item, 100, 40);
        Assert.Contains("no process has worked on this study for 65 s: it was stopped or has died. Continue it with:", text, StringComparison.Ordinal);
        Assert.Contains("atomsets study resume phonons", text, StringComparison.Ordinal);
        Assert.Contains("gone: its process has ended or is silent", text, StringComparison.Ordinal);
        Assert.DoesNotContain("left", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Workers_of_several_processes_are_told_apart()
    {
        var item = Busy();
        string Names(params string?[] owners) => string.Join(' ', Render(item with { Workers = [.. owners.Select(owner => item.Workers[0] with { Owner = owner })] }, 120, 40)
            .Split('\n').SkipWhile(line => !line.StartsWith(" worker", StringComparison.Ordinal)).Skip(1).Take(owners.Length).Select(line => line.TrimStart().Split(' ')[0]));
        Assert.Equal("w1 w1", Names("host:12:1/w1", "host:12:1/w2"));
        Assert.Equal("w1 12/w1", Names(null, "host:12:1/w1"));
        Assert.Equal("a:12/w1 b:12/w1", Names("a:12:1/w1", "b:12:1/w1"));
    }

    [Fact]
    public void A_plain_line_has_all_in_one_and_no_escapes()
    {
        var line = StudyProgressView.Line(Busy());
        Assert.Equal(
            "[12:34] phonons: 48/137+ trials, 2 running, 60 waiting, 8 waiting for parents, 3 paused at a rung, 10 pruned, 1 failed, 2 blocked, 12 known before"
            + " | about 20 min left (16 to 27 min) | 245 trainings/h, 18,300 materials/s | w1 transfer/phonons/full/mp_pool/n100/s1 epoch 34/200 error 50.12 1/cm"
            + " | w10 pretrain/mp_pool/s1 preparing graphs of 4000 crystals | best of phonons 100: 49.7 ± 1.2 1/cm (3) with full from mp_pool, learning_rate 0.0021", line);
    }

    [Fact]
    public async Task Lines_come_now_and_then_but_news_and_the_end_at_once()
    {
        var time = new AtomSets.Core.Tests.Studies.ManualTime();
        var error = new StringWriter { NewLine = "\n" };
        var context = new CliContext(Console(error, 80, 24), error, _ => null, time, null!);
        var end = await new StudyProgressView(context).FollowAsync(Items(), TimeSpan.FromMinutes(2), default);
        Assert.Equal(StudyStatus.Failed, end.Status);
        // The first; after 5 s and 10 s; from 200 s on a twentieth of the time; the failure; the end.
        Assert.Equal("00:00 00:05 00:10 03:20 03:33 03:44", string.Join(' ', error.ToString().TrimEnd('\n').Split('\n').Select(line => line[1..6])));

        async IAsyncEnumerable<StudyProgress> Items()
        {
            foreach (var (at, failed) in new[] { (0, 0), (3, 0), (5, 0), (9, 0), (10, 0), (200, 0), (205, 0), (209, 0), (213, 1), (220, 1) })
            {
                await Task.Yield();
                time.Advance(TimeSpan.FromSeconds(at) - (time.GetUtcNow() - new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
                yield return Busy() with { Elapsed = TimeSpan.FromSeconds(at), Failed = failed };
            }
            yield return Busy() with { Elapsed = TimeSpan.FromSeconds(224), Failed = 1, Status = StudyStatus.Failed };
            throw new InvalidOperationException("nothing is read after the end");
        }
    }

    [Fact]
    public async Task An_abandoned_study_is_not_watched_for_ever()
    {
        var error = new StringWriter();
        var context = new CliContext(Console(error, 80, 24), error, _ => null, new AtomSets.Core.Tests.Studies.ManualTime(), null!);
        var end = await new StudyProgressView(context).FollowAsync(Items(), TimeSpan.FromMinutes(2), default);
        Assert.Equal((StudyStatus.Running, TimeSpan.FromSeconds(120)), (end.Status, end.Silence));

        static async IAsyncEnumerable<StudyProgress> Items()
        {
            for (var i = 0; ; i += 10)
            {
                await Task.Yield();
                yield return Busy() with { Silence = i == 0 ? null : TimeSpan.FromSeconds(i) };
            }
        }
    }

    [Theory]
    [InlineData(0.2, "1 s")]
    [InlineData(7.4, "7 s")]
    [InlineData(63, "65 s")]
    [InlineData(125, "2.1 min")]
    [InlineData(1210, "20 min")]
    [InlineData(7200, "2.0 h")]
    [InlineData(90_000, "25 h")]
    [InlineData(900_000, "10.4 days")]
    public void Estimates_are_rough(double seconds, string expected) => Assert.Equal(expected, ProgressText.Rough(TimeSpan.FromSeconds(seconds)));

    internal static StudyProgress Busy() => new(
        "phonons", StudyStatus.Running, 128, 48, 12, 1, 2, 2, Score, TimeSpan.FromSeconds(754), TimeSpan.FromSeconds(1215),
        [
            new("w1", "training", new TrialKey(new string('a', 64)), "transfer/phonons/full/mp_pool/n100/s1", 34, 200, 50.12, "1/cm", 14_100, TimeSpan.FromSeconds(80)),
            new("w10", "preparing graphs of 4000 crystals", new TrialKey(new string('b', 64)), "pretrain/mp_pool/s1", 0, 0, null, null, 4200, null),
        ], null)
    {
        Waiting = 60,
        WaitingForParents = 8,
        Planned = 137,
        RemainingBounds = (TimeSpan.FromSeconds(965), TimeSpan.FromSeconds(1630)),
        TrainingsPerHour = 245.2,
        Searches = [new("transfer/phonons/full/search", 27, 18, 11, [new(4, 4, 3, 3, 8, 0), new(12, 0, 0, 1, 2, 0), new(null, 0, 0, 1, 0, 0)])],
        Leaders =
        [
            new("phonons 50", "scratch", Score with { Value = 98.6 }, null, 1, 3, 12, 4),
            new("phonons 100", "full from mp_pool, learning_rate 0.0021", Score, 1.2, 3, 3, null, 6),
        ],
        Recent = [new Decision("pruned", "'pruned/7' is pruned after 4 epochs: validation 0.9 is number 9 of 9")],
    };

    static string Render(StudyProgress item, int width, int height)
    {
        var text = new StringWriter { NewLine = "\n" };
        var console = Console(text, width, height);
        foreach (var line in new StudyScreen(width, height).Draw(item)) console.MarkupLine(line);
        return text.ToString();
    }

    static IAnsiConsole Console(TextWriter text, int width, int height)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(text) });
        (console.Profile.Width, console.Profile.Height) = (width, height);
        return console;
    }
}
