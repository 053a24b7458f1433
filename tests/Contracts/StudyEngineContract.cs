using AtomSets.Studies;
using Xunit;
using static AtomSets.Contracts.Samples;

namespace AtomSets.Contracts;

/// <summary>An engine on an empty store, with small studies that it can run in seconds.</summary>
public abstract class EngineUnderTest : IAsyncDisposable
{
    public abstract IStudyEngine Engine { get; }

    public abstract ITrialLedger Ledger { get; }

    /// <summary>At least one pre-training that several transfers share, a selection and an evaluation; the same work under any name.</summary>
    public abstract StudyFile Small(string name);

    /// <summary>As <see cref="Small"/>, with more transfers.</summary>
    public abstract StudyFile Larger(string name);

    /// <summary>Work for minutes.</summary>
    public abstract StudyFile Long(string name);

    /// <summary>Another engine on the same store, as after a restart of the program.</summary>
    public abstract Task<EngineUnderTest> RestartAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>What every <see cref="IStudyEngine"/> does: the engine of one machine and the cluster alike.</summary>
public abstract class StudyEngineContract
{
    protected abstract Task<EngineUnderTest> OpenAsync();

    [ContractFact]
    public async Task Study_is_submitted_watched_to_its_end_and_shown()
    {
        await using var test = await OpenAsync();
        var submitted = await test.Engine.SubmitAsync(test.Small("small"), None);
        Assert.Equal(("small", SubmitOutcome.Started), (submitted.Name, submitted.Outcome));
        var last = await EndAsync(test.Engine, "small");
        Assert.Equal(StudyStatus.Finished, last.Status);
        Assert.Equal((last.Trials, 0, 0), (last.Finished, last.Failed, last.Blocked));
        Assert.NotNull(last.Best);

        var details = await test.Engine.ShowAsync("small", None);
        Assert.InRange(details.Nodes.Length, submitted.NewNodes, int.MaxValue); // a search adds nodes as it draws
        Assert.All(details.Nodes, row => Assert.Equal(NodeStatus.Finished, row.Status));
        Assert.NotEmpty(details.Decisions);
        Assert.Equal(["small"], (await test.Engine.ListAsync(None)).Select(study => study.Name));
        var keys = details.Nodes.Where(row => row.Key is not null).Select(row => row.Key!.Value).Distinct().ToArray();
        Assert.All((await test.Ledger.FindAsync(keys, None)).Values, record => Assert.Equal((TrialStatus.Finished, 1L), (record.Status, record.Epoch)));
        Assert.NotEmpty(await test.Ledger.CountTestLooksAsync(None));
    }

    [ContractFact]
    public async Task Second_run_computes_nothing_and_an_extension_only_what_is_new()
    {
        await using var test = await OpenAsync();
        await test.Engine.SubmitAsync(test.Small("s"), None);
        await EndAsync(test.Engine, "s");
        var before = await EpochsAsync(test, "s");
        Assert.Equal(SubmitOutcome.AlreadyFinished, (await test.Engine.SubmitAsync(test.Small("s"), None)).Outcome);
        var extended = await test.Engine.SubmitAsync(test.Larger("s"), None);
        Assert.Equal(SubmitOutcome.Extended, extended.Outcome);
        Assert.True(extended.NewNodes > 0);
        Assert.Equal(StudyStatus.Finished, (await EndAsync(test.Engine, "s")).Status);
        var after = await EpochsAsync(test, "s");
        Assert.All(before, trial => Assert.Equal(1, after[trial.Key]));
        Assert.True(after.Count > before.Count);
    }

    [ContractFact]
    public async Task Studies_share_trials_and_deleting_one_keeps_them()
    {
        await using var test = await OpenAsync();
        await test.Engine.SubmitAsync(test.Small("one"), None);
        await test.Engine.SubmitAsync(test.Small("two") with { Priority = 2 }, None);
        await test.Engine.PrioritizeAsync("one", 7, None);
        Assert.Equal([7, 2], (await test.Engine.ListAsync(None)).Select(study => study.Header.Priority));
        await EndAsync(test.Engine, "one");
        await EndAsync(test.Engine, "two");
        Assert.All(await EpochsAsync(test, "one"), trial => Assert.Equal(1, trial.Value));
        await test.Engine.DeleteAsync("one", None);
        Assert.Equal(["two"], (await test.Engine.ListAsync(None)).Select(study => study.Name));
        await test.Engine.SubmitAsync(test.Small("one"), None);
        var last = await EndAsync(test.Engine, "one");
        Assert.Equal((StudyStatus.Finished, last.Finished), (last.Status, last.Reused));
    }

    [ContractFact]
    public async Task Cancelled_study_stops_soon_and_resumes_after_a_restart()
    {
        await using var test = await OpenAsync();
        await test.Engine.SubmitAsync(test.Long("long"), None);
        await foreach (var progress in test.Engine.WatchAsync("long", None))
        {
            if (progress.Running > 0) break;
        }
        await test.Engine.CancelAsync("long", None);
        Assert.Equal(StudyStatus.Cancelled, (await test.Engine.ShowAsync("long", None)).Summary.Header.Status);
        Assert.Empty(await test.Ledger.OwnersAsync(None));
        await using var again = await test.RestartAsync();
        await again.Engine.ResumeAsync("long", None);
        await foreach (var progress in again.Engine.WatchAsync("long", None))
        {
            Assert.Equal(StudyStatus.Running, progress.Status);
            if (progress.Running > 0) break;
        }
        await again.Engine.DeleteAsync("long", None);
        Assert.Empty(await again.Engine.ListAsync(None));
    }

    [ContractFact]
    public async Task Unknown_study_is_said_to_be_unknown()
    {
        await using var test = await OpenAsync();
        await Assert.ThrowsAsync<StudyNotFoundException>(() => test.Engine.ShowAsync("nothing", None));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => test.Engine.ResumeAsync("nothing", None));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => test.Engine.CancelAsync("nothing", None));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => test.Engine.PrioritizeAsync("nothing", 1, None));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => test.Engine.DeleteAsync("nothing", None));
        await Assert.ThrowsAsync<StudyNotFoundException>(async () => await EndAsync(test.Engine, "nothing"));
    }

    [ContractFact]
    public async Task Broken_file_is_refused_and_nothing_is_stored()
    {
        await using var test = await OpenAsync();
        var file = test.Small("broken");
        var error = await Assert.ThrowsAnyAsync<StudyInputException>(() => test.Engine.SubmitAsync(file with { Text = file.Text + "\nsizzes: [1]\n" }, None));
        Assert.Contains("sizzes", error.Message, StringComparison.Ordinal);
        Assert.Empty(await test.Engine.ListAsync(None));
    }

    static async Task<StudyProgress> EndAsync(IStudyEngine engine, string study)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync(study, patience.Token)) last = progress;
        return last ?? throw new InvalidOperationException($"Watching '{study}' gave nothing.");
    }

    /// <summary>How often each trial of the study was claimed.</summary>
    static async Task<Dictionary<TrialKey, long>> EpochsAsync(EngineUnderTest test, string study)
    {
        var nodes = (await test.Engine.ShowAsync(study, None)).Nodes;
        var records = await test.Ledger.FindAsync([.. nodes.Where(row => row.Key is not null).Select(row => row.Key!.Value).Distinct()], None);
        return records.ToDictionary(record => record.Key, record => record.Value.Epoch);
    }
}
