using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>Two programs at once on one home share its server and its trials.</summary>
public sealed class TogetherTests : IAsyncLifetime
{
    readonly ProgramHome _home = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _home.DisposeAsync().AsTask();

    [PostgresFact]
    public async Task Of_one_study_every_trial_is_computed_once()
    {
        using var one = _home.Start("study", "run", Undisturbed.File, "--workers", "1");
        using var other = _home.Start("study", "run", Undisturbed.File, "--workers", "1");
        var ends = await Task.WhenAll(one.EndAsync(), other.EndAsync());
        Assert.All(ends, end => end.MustExit(0));
        Assert.Equal(ends[0].Out, ends[1].Out);
        await MustBeStoppedAsync();
        // Only one of them drives the study; the other gives back what its worker has begun.
        await MustBeComputedOnceAsync(handedOver: 1);
        StudyDump.MustEqual(await Undisturbed.RowsAsync(), await StudyDump.OfAsync(_home));
    }

    [PostgresFact]
    public async Task Of_two_studies_the_common_parent_is_computed_once()
    {
        // Without their own training the transfers last longer than the pre-training that both wait for.
        var text = (await File.ReadAllTextAsync(Undisturbed.File)).Replace("sizes: [50, 100]", "sizes: [50]", StringComparison.Ordinal)
            .Replace("transfer: [scratch, full]", "transfer: [full]", StringComparison.Ordinal).Replace("seeds: 2", "seeds: 1", StringComparison.Ordinal);
        var left = _home.Write("left.yaml", text.Replace("study: disturbed", "study: left", StringComparison.Ordinal));
        var right = _home.Write("right.yaml", text.Replace("study: disturbed", "study: right", StringComparison.Ordinal)
            .Replace("epochs: 250", "epochs: 150", StringComparison.Ordinal));
        using var one = _home.Start("study", "run", left, "--workers", "1");
        using var other = _home.Start("study", "run", right, "--workers", "1");
        Assert.All(await Task.WhenAll(one.EndAsync(), other.EndAsync()), end => end.MustExit(0));
        await MustBeStoppedAsync();
        await MustBeComputedOnceAsync(handedOver: 0);
        var trials = await _home.SqlAsync("SELECT kind, count(*) AS n, count(DISTINCT spec -> 'transfer' ->> 'parent') AS parents FROM trials GROUP BY kind ORDER BY kind");
        Assert.Equal([2d, 3d], trials.Select(row => row.GetProperty("n").GetDouble()));
        Assert.Equal(1d, trials[1].GetProperty("parents").GetDouble());
    }

    [PostgresFact]
    public async Task Who_waits_for_anothers_parent_takes_it_over_when_the_other_is_killed()
    {
        var text = (await File.ReadAllTextAsync(Undisturbed.File)).Replace("sizes: [50, 100]", "sizes: [50]", StringComparison.Ordinal)
            .Replace("transfer: [scratch, full]", "transfer: [full]", StringComparison.Ordinal).Replace("seeds: 2", "seeds: 1", StringComparison.Ordinal)
            .Replace("epochs: 40 }", "epochs: 150 }", StringComparison.Ordinal).Replace("epochs: 250", "epochs: 20", StringComparison.Ordinal);
        _home.With("ATOMSETS_CHECKPOINT_SECONDS", "0.2");
        (await _home.RunAsync("db", "start")).MustExit(0);
        using var one = _home.Start("study", "run", _home.Write("left.yaml", text.Replace("study: disturbed", "study: left", StringComparison.Ordinal)), "--workers", "1");
        await _home.WaitUntilAsync("EXISTS (SELECT FROM trials WHERE status = 'claimed' AND checkpoint_epochs BETWEEN 2 AND 100)", one);
        RunningProgram.Signal(one.Id, RunningProgram.StopSignal); // it holds its lease and does nothing, until it is killed
        using var other = _home.Start("study", "run", _home.Write("right.yaml", text.Replace("study: disturbed", "study: right", StringComparison.Ordinal)), "--workers", "1");
        await _home.WaitUntilAsync("EXISTS (SELECT FROM studies WHERE name = 'right')", other);
        Assert.Equal(["{\"count\":1}"], await _home.PeekAsync("SELECT count(*) FROM trials"));
        (await _home.RunAsync("db", "stop")).MustRefuse("atomsets db stop --force");
        await one.KillAsync();
        (await other.EndAsync()).MustExit(0);
        // It did not wait for the dead program's lease of half a minute, and went on from its checkpoint.
        var parent = (await _home.RowsAsync("""
            SELECT t.lease_epoch, count(e.epoch) AS epochs, (SELECT count(*) FROM epochs f WHERE f.trial_id = t.id AND f.epoch <= 2) AS kept
            FROM trials t JOIN epochs e ON e.trial_id = t.id WHERE t.spec -> 'transfer' ->> 'mode' = 'scratch' GROUP BY t.id
            """)).Single();
        Assert.Equal("{\"lease_epoch\":2,\"epochs\":150,\"kept\":2}", parent);
        (await _home.RunAsync("study", "resume", "left")).MustExit(0);
        Assert.Equal(["{\"count\":3}"], await _home.PeekAsync("SELECT count(*) FROM trials WHERE status = 'finished'"));
        (await _home.RunAsync("db", "stop")).MustExit(0);
    }

    [PostgresFact]
    public async Task A_failed_parent_is_told_of_all_that_waited_for_it_and_the_rest_goes_on()
    {
        var text = (await File.ReadAllTextAsync(Undisturbed.File)).Replace("sizes: [50, 100]", "sizes: [50]", StringComparison.Ordinal)
            .Replace("training: { epochs: 40 }", "training: { epochs: 400, learning_rate: 10, clip: none, optimizer: adamw, weight_decay: 10 }", StringComparison.Ordinal)
            .Replace("epochs: 250", "epochs: 20", StringComparison.Ordinal);
        var file = _home.Write("failing.yaml", text);
        var end = (await _home.RunAsync("study", "run", file, "--workers", "2")).MustExit(1);
        Assert.Contains("scratch", end.Out, StringComparison.Ordinal);
        Assert.Contains("Missing: pretrain/cheap/s3 and 4 more steps: 'pretrain/cheap/s3' failed: ", end.Out, StringComparison.Ordinal);
        Assert.Contains("lower learning_rate", end.Out, StringComparison.Ordinal);
        var rows = (await _home.RunAsync("study", "show", "disturbed", "--format", "csv")).MustExit(0).Out.Split('\n');
        Assert.Equal(4, rows.Count(row => row.Contains("blocked", StringComparison.Ordinal) && row.Contains("'pretrain/cheap/s3' failed: ", StringComparison.Ordinal)
            && row.Contains("lower learning_rate", StringComparison.Ordinal)));
        Assert.Equal(4, rows.Count(row => row.Contains("/scratch/", StringComparison.Ordinal) && row.Contains(",finished,", StringComparison.Ordinal)));
        Assert.Contains("Missing: ", (await _home.RunAsync("results", "disturbed")).MustExit(0).Out, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_spent_budget_ends_a_study_well_and_says_what_is_missing()
    {
        var text = (await File.ReadAllTextAsync(Undisturbed.File)).Replace("epochs: 250", "epochs: 20", StringComparison.Ordinal);
        var file = _home.Write("short.yaml", text + "\nbudget: { core_hours: 0.0000001 }\n");
        var end = (await _home.RunAsync("study", "run", file, "--workers", "1")).MustExit(0);
        Assert.Contains("the budget of 1E-07 core hours was spent", end.Out, StringComparison.Ordinal);
        var skipped = await _home.SqlAsync("SELECT count(*) AS n FROM study_nodes WHERE status = 'skipped'");
        // At least the first training ends; how many more begin before the budget is found spent is a matter of time.
        Assert.InRange(skipped[0].GetProperty("n").GetDouble(), 1, 16);
        (await _home.RunAsync("study", "run", _home.Write("long.yaml", text), "--workers", "2")).MustExit(0);
        Assert.Equal(17d, (await _home.SqlAsync("SELECT count(*) AS n FROM study_nodes WHERE status = 'finished'"))[0].GetProperty("n").GetDouble());
        await MustBeComputedOnceAsync(handedOver: 0);
    }

    async Task MustBeStoppedAsync()
    {
        var status = (await _home.RunAsync("db", "status", "--format", "csv")).MustExit(0);
        Assert.Contains("state,stopped", status.Out, StringComparison.Ordinal);
    }

    /// <param name="handedOver">How many trials may have gone from one program to the other, with their checkpoints.</param>
    async Task MustBeComputedOnceAsync(int handedOver)
    {
        var bad = await _home.SqlAsync("SELECT key, status, lease_epoch, stale_reports FROM trials WHERE status <> 'finished' OR lease_epoch > 2 OR stale_reports <> 0");
        Assert.True(bad.Count == 0, string.Join('\n', bad.Select(row => row.GetRawText())));
        Assert.InRange((await _home.SqlAsync("SELECT sum(lease_epoch - 1)::int AS n FROM trials"))[0].GetProperty("n").GetDouble(), 0, handedOver);
    }
}
