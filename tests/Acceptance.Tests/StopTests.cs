using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>A study that is stopped in the middle ends with the numbers of one that nothing disturbed. (<see cref="CrashCampaignTests"/>: one that is killed.)</summary>
public sealed class StopTests : IAsyncLifetime
{
    const string Ended = "SELECT key, kind, ended_at, attempts, lease_epoch, seconds FROM trials WHERE status = 'finished' ORDER BY key";

    // Some trials are finished, one of those that run has a checkpoint in the middle, and some have not begun.
    const string InTheMiddle = """
        (SELECT count(*) FROM trials WHERE status = 'finished' AND kind = 'train') BETWEEN 3 AND 7
        AND EXISTS (SELECT FROM trials WHERE status = 'claimed' AND checkpoint_epochs BETWEEN 5 AND 200)
        """;

    readonly ProgramHome _home = new ProgramHome().With("ATOMSETS_CHECKPOINT_SECONDS", "0.1");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _home.DisposeAsync().AsTask();

    [PostgresFact]
    public async Task Ctrl_C_stops_with_130_and_says_how_to_continue()
    {
        using var program = StartStudy();
        await _home.WaitUntilAsync(InTheMiddle, program);
        program.Interrupt();
        var stopped = (await program.EndAsync()).MustExit(130);
        Assert.Contains("study resume disturbed", stopped.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", stopped.Error, StringComparison.Ordinal);
        Assert.Contains("stopped", (await _home.RunAsync("db", "status", "--format", "csv")).MustExit(0).Out, StringComparison.Ordinal);

        (await _home.RunAsync("db", "start")).MustExit(0);
        var finished = await _home.PeekAsync(Ended);
        Assert.InRange(finished.Count, 3, 16);
        // Leases are given back, so that another program need not wait for them to run out.
        Assert.Equal(["{\"count\":0}"], await _home.PeekAsync("SELECT count(*) FROM trials WHERE status = 'claimed'"));
        // Five seconds without a sign of life, then nobody is taken to work on it.
        for (var list = ""; !list.Contains("disturbed,interrupted,", StringComparison.Ordinal);)
        {
            list = await ListAsync();
            Assert.Matches("disturbed,(running|interrupted),", list);
        }
        (await _home.RunAsync("study", "resume", Undisturbed.Name, "--workers", "2")).MustExit(0);
        var after = (await _home.PeekAsync(Ended)).ToHashSet(StringComparer.Ordinal);
        Assert.All(finished, row => Assert.Contains(row, after));
        StudyDump.MustEqual(await Undisturbed.RowsAsync(), await StudyDump.OfAsync(_home));
        Assert.Contains("disturbed,finished,", await ListAsync(), StringComparison.Ordinal);
    }

    async Task<string> ListAsync() => (await _home.RunAsync("study", "list", "--format", "csv")).MustExit(0).Out;

    RunningProgram StartStudy() => _home.Start("study", "run", Undisturbed.File, "--workers", "2");
}
