using System.Globalization;
using System.Text.Json;
using AtomSets.Storage;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>A study that is killed, stopped or loses its database in the middle ends with the numbers of one that nothing disturbed.</summary>
public sealed class CrashTests : IAsyncLifetime
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
    public async Task Kill_9_of_the_program_loses_nothing_that_was_finished_or_checkpointed()
    {
        (await _home.RunAsync("db", "start")).MustExit(0);
        using var program = StartStudy();
        await _home.WaitUntilAsync(InTheMiddle, program);
        await program.KillAsync();
        var finished = await _home.PeekAsync(Ended);
        var interrupted = await _home.PeekAsync("SELECT key, checkpoint_epochs FROM trials WHERE status = 'claimed' AND checkpoint_epochs IS NOT NULL");
        Assert.NotEmpty(interrupted);
        // The epochs' own times tell whether a resumed run computed them again: a row at or before the checkpoint must stay as it is.
        const string kept = "SELECT t.key, e.epoch, e.seconds FROM epochs e JOIN trials t ON t.id = e.trial_id WHERE t.key = ANY (ARRAY[{0}]) AND e.epoch <= {1} ORDER BY 1, 2";
        var before = new List<(string Query, List<string> Rows)>();
        foreach (var row in interrupted.Select(text => JsonDocument.Parse(text)))
        {
            var query = string.Format(CultureInfo.InvariantCulture, kept, $"'{row.RootElement.GetProperty("key").GetString()}'", row.RootElement.GetProperty("checkpoint_epochs").GetInt32());
            before.Add((query, await _home.PeekAsync(query)));
        }

        var resumed = (await _home.RunAsync("study", "resume", Undisturbed.Name, "--workers", "2")).MustExit(0);
        Assert.Contains("test MAE in eV/atom", resumed.Out, StringComparison.Ordinal);

        var after = (await _home.PeekAsync(Ended)).ToHashSet(StringComparer.Ordinal);
        Assert.All(finished, row => Assert.Contains(row, after));
        foreach (var (query, rows) in before) Assert.Equal(rows, await _home.PeekAsync(query));
        await MustHaveOneRowPerEpochAsync();
        StudyDump.MustEqual(await Undisturbed.RowsAsync(), await StudyDump.OfAsync(_home));
    }

    [PostgresFact]
    public async Task Kill_9_of_the_database_server_ends_with_the_same_numbers()
    {
        using var program = StartStudy();
        await _home.WaitUntilAsync(InTheMiddle, program);
        var finished = await _home.PeekAsync(Ended);
        RunningProgram.Signal(ServerStatus.Of(_home.Place).Pid!.Value, RunningProgram.KillSignal);

        // The program starts its server again by itself; where it could not, it says so and the study goes on with resume.
        var ended = await program.EndAsync();
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
        (await _home.RunAsync("db", "start")).MustExit(0);
        if (ended.ExitCode != 0) Assert.Contains("study resume", ended.Error, StringComparison.Ordinal);
        (await _home.RunAsync("study", "resume", Undisturbed.Name, "--workers", "2")).MustExit(0);

        var after = (await _home.PeekAsync(Ended)).ToHashSet(StringComparer.Ordinal);
        Assert.All(finished, row => Assert.Contains(row, after));
        await MustHaveOneRowPerEpochAsync();
        StudyDump.MustEqual(await Undisturbed.RowsAsync(), await StudyDump.OfAsync(_home));
    }

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
        (await _home.RunAsync("study", "resume", Undisturbed.Name, "--workers", "2")).MustExit(0);
        var after = (await _home.PeekAsync(Ended)).ToHashSet(StringComparer.Ordinal);
        Assert.All(finished, row => Assert.Contains(row, after));
        StudyDump.MustEqual(await Undisturbed.RowsAsync(), await StudyDump.OfAsync(_home));
    }

    RunningProgram StartStudy() => _home.Start("study", "run", Undisturbed.File, "--workers", "2");

    async Task MustHaveOneRowPerEpochAsync() => Assert.Empty(await _home.PeekAsync("""
        SELECT t.key, t.epochs, count(e.epoch), max(e.epoch) FROM trials t LEFT JOIN epochs e ON e.trial_id = t.id WHERE t.kind = 'train'
        GROUP BY t.key, t.epochs HAVING count(e.epoch) <> t.epochs OR max(e.epoch) <> t.epochs OR min(e.epoch) <> 1
        """));
}
