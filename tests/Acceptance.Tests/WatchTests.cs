using System.Text.Json;
using System.Text.RegularExpressions;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>What a second terminal sees of a study.</summary>
public sealed partial class WatchTests : IAsyncLifetime
{
    readonly ProgramHome _home = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _home.DisposeAsync().AsTask();

    [PostgresFact]
    public async Task A_watcher_sees_another_process_work_and_its_end()
    {
        using var run = _home.Start("study", "run", Undisturbed.File, "--workers", "2");
        await _home.WaitUntilAsync("EXISTS (SELECT FROM epochs)", run);
        using var watch = _home.Start("study", "watch", Undisturbed.Name);
        var now = (await _home.RunAsync("study", "watch", Undisturbed.Name, "--once")).MustExit(0);
        Assert.Matches(@"^\[\d\d:\d\d\] disturbed: \d+/17 trials, [12] running", now.Out);
        (await run.EndAsync()).MustExit(0);
        var end = (await watch.EndAsync()).MustExit(0);
        Assert.Contains("disturbed: finished, 17/17 trials", end.Error, StringComparison.Ordinal);
        // No terminal: lines, without control characters.
        Assert.DoesNotContain('\u001b', end.Error + end.Out);
        Assert.Empty(end.Out);
        Assert.All(ProgressLine().Matches(end.Error).Skip(1), line => Assert.True(int.Parse(line.Groups["done"].Value, null) <= 17));
    }

    [PostgresFact]
    public async Task A_watcher_names_what_each_worker_of_another_process_does()
    {
        // Trainings that outlast the pause between two lines.
        var text = (await File.ReadAllTextAsync(Undisturbed.File)).Replace("epochs: 250, patience: 1000", "epochs: 100000, patience: 100000", StringComparison.Ordinal);
        using var run = _home.Start("study", "run", _home.Write("long.yaml", text), "--workers", "2");
        await _home.WaitUntilAsync("EXISTS (SELECT FROM epochs)", run);
        using var watch = _home.Start("study", "watch", Undisturbed.Name);
        while (!WorkerAtEpoch().IsMatch(watch.ErrorSoFar) && !watch.HasExited && !run.HasExited) await Task.Delay(50);
        Assert.Matches(WorkerAtEpoch(), watch.ErrorSoFar);
        (await _home.RunAsync("study", "cancel", Undisturbed.Name)).MustExit(0);
        await run.EndAsync();
        Assert.Contains("cancelled", (await watch.EndAsync()).Error, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_watcher_says_when_the_process_has_died()
    {
        using var run = _home.Start("study", "run", Undisturbed.File, "--workers", "2");
        await _home.WaitUntilAsync("EXISTS (SELECT FROM epochs)", run);
        using var watch = _home.Start("study", "watch", Undisturbed.Name);
        while (!watch.ErrorSoFar.Contains("running", StringComparison.Ordinal) && !watch.HasExited) await Task.Delay(50);
        await run.KillAsync();
        while (!watch.ErrorSoFar.Contains("no process has worked on this study", StringComparison.Ordinal) && !watch.HasExited) await Task.Delay(50);
        Assert.Contains("atomsets study resume disturbed", watch.ErrorSoFar, StringComparison.Ordinal);
        (await _home.RunAsync("study", "watch", Undisturbed.Name, "--once")).MustExit(1);
        // Someone goes on, and the same watcher sees it.
        (await _home.RunAsync("study", "resume", Undisturbed.Name, "--workers", "2")).MustExit(0);
        Assert.Contains("17/17 trials", (await watch.EndAsync()).MustExit(0).Error, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Decisions_are_paged_searched_and_complete_for_programs()
    {
        (await _home.RunAsync("study", "run", Undisturbed.File, "--workers", "2")).MustExit(0);
        var all = JsonDocument.Parse((await _home.RunAsync("study", "show", Undisturbed.Name, "--log", "--format", "json")).MustExit(0).Out).RootElement;
        var texts = all.EnumerateArray().Select(row => row.GetProperty("decision").GetString()!).ToArray();
        Assert.StartsWith("started with 17 planned nodes", texts[0], StringComparison.Ordinal);
        Assert.Equal("all 17 nodes ended well", texts[^1]);
        var page = (await _home.RunAsync("study", "show", Undisturbed.Name, "--log", "--limit", "3", "--skip", "1")).MustExit(0);
        Assert.Equal(texts[^4..^1], page.Out.TrimEnd().Split('\n').Select(line => texts.Single(text => line.EndsWith(text, StringComparison.Ordinal))));
        Assert.Contains($"decisions {texts.Length - 3} to {texts.Length - 1} of {texts.Length}; earlier ones with --skip 4", page.Error, StringComparison.Ordinal);
        var found = (await _home.RunAsync("study", "show", Undisturbed.Name, "--log", "--find", "PRETRAIN/cheap/s1", "--format", "csv")).MustExit(0).Out.TrimEnd().Split('\n');
        Assert.Equal(1 + all.EnumerateArray().Count(row => row.GetRawText().Contains("pretrain/cheap/s1", StringComparison.Ordinal)), found.Length);
        (await _home.RunAsync("study", "show", Undisturbed.Name, "--log", "--limit", "0")).MustRefuse("--limit 0: must be a whole number, at least 1");
    }

    [GeneratedRegex(@"disturbed: (?<done>\d+)/\d+ trials", RegexOptions.ExplicitCapture)]
    private static partial Regex ProgressLine();

    [GeneratedRegex(@"w[12] (pretrain|transfer)/\S+ epoch \d+/(40|100000)")]
    private static partial Regex WorkerAtEpoch();
}
