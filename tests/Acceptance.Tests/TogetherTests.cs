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
