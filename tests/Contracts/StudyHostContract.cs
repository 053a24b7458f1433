using AtomSets.Studies;
using Xunit;
using static AtomSets.Contracts.Samples;

namespace AtomSets.Contracts;

/// <summary>What studies do on a store when hosts work, fail, restart and compete: the drivers over every implementation of the ports.</summary>
public abstract class StudyHostContract
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    protected abstract Task<StoreUnderTest> OpenAsync();

    [ContractFact]
    public async Task Study_runs_to_its_end_and_every_trial_once()
    {
        await using var store = await OpenAsync();
        await using var host = new FakeHost(store, "host");
        var control = new StudyControl(store.Log, TimeProvider.System);
        var submitted = await control.SubmitAsync(Plans.Ladder("ladder"), None);
        Assert.Equal((SubmitOutcome.Started, 19), (submitted.Outcome, submitted.NewNodes));
        Assert.Equal(StudyStatus.Finished, await host.RunAsync("ladder"));
        Assert.Equal(18, host.Runner.Runs.Count);
        Assert.All(host.Runner.Runs, run => Assert.Equal(1, run.Value));

        var details = await control.ShowAsync("ladder", None);
        Assert.Equal(new StudyHeader(StudyStatus.Finished, details.Study.Hash, 0, "", 19, 19, 0, 0), details.Summary.Header);
        Assert.All(details.Nodes, row => Assert.Equal(NodeStatus.Finished, row.Status));
        Assert.Equal("pre/fast", details.Nodes.Single(row => row.Kind == "select").Winner);
        Assert.Contains(details.Decisions, line => line.Decision is { Node: "best" } d && d.Text.Contains("mean validation mae 0.21", StringComparison.Ordinal));

        // A child's spec holds the key of the winner's replicate with its own index.
        var parent = details.Nodes.Single(row => row.Node == "pre/fast/2").Key!.Value;
        var child = await store.Ledger.SpecAsync(details.Nodes.Single(row => row.Node == "full/2").Key!.Value, None);
        Assert.Contains($"\"parents\":[\"{parent.Hex}\"]", child!.Json, StringComparison.Ordinal);
        Assert.Equal(6, Assert.Single(await store.Ledger.CountTestLooksAsync(None)).Looks);
    }

    [ContractFact]
    public async Task Second_run_and_second_study_compute_nothing()
    {
        await using var store = await OpenAsync();
        var control = new StudyControl(store.Log, TimeProvider.System);
        await using (var host = new FakeHost(store, "first"))
        {
            await control.SubmitAsync(Plans.Ladder("one"), None);
            await host.RunAsync("one");
        }
        await using var other = new FakeHost(store, "second");
        Assert.Equal(SubmitOutcome.AlreadyFinished, (await control.SubmitAsync(Plans.Ladder("one"), None)).Outcome);
        Assert.Equal(StudyStatus.Finished, await other.RunAsync("one"));
        await control.SubmitAsync(Plans.Ladder("two"), None);
        Assert.Equal(StudyStatus.Finished, await other.RunAsync("two"));
        Assert.Empty(other.Runner.Runs);
        Assert.Equal(
            (await store.Log.NodesAsync("one", None)).Select(row => (row.Node, row.Key)),
            (await store.Log.NodesAsync("two", None)).Select(row => (row.Node, row.Key)));
    }

    [ContractFact]
    public async Task Two_hosts_with_two_studies_at_once_share_every_trial()
    {
        await using var store = await OpenAsync();
        var control = new StudyControl(store.Log, TimeProvider.System);
        var runner = new FakeRunner { Before = (_, cancellation) => Task.Delay(5, cancellation) };
        await using var a = new FakeHost(store, "a", runner: runner);
        await using var b = new FakeHost(store, "b", runner: runner);
        await control.SubmitAsync(Plans.Ladder("one"), None);
        await control.SubmitAsync(Plans.Ladder("two"), None);
        Assert.Equal([StudyStatus.Finished, StudyStatus.Finished], await Task.WhenAll(a.RunAsync("one"), b.RunAsync("two")));
        Assert.Equal(18, runner.Runs.Count);
        Assert.All(runner.Runs, run => Assert.Equal(1, run.Value));
    }

    [ContractFact]
    public async Task Killed_host_loses_no_finished_trial_and_the_study_ends_as_undisturbed()
    {
        await using var store = await OpenAsync();
        var control = new StudyControl(store.Log, TimeProvider.System);
        await control.SubmitAsync(Plans.Ladder("ladder"), None);
        var hang = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var dead = new FakeHost(store, "dead");
        dead.Runner.Before = async (name, _) =>
        {
            if (name != "pre/slow/2") return;
            reached.TrySetResult();
            await hang.Task; // as a killed process: does not answer to anything
        };
        using var kill = new CancellationTokenSource();
        var died = dead.Driver("ladder").RunAsync(kill.Token);
        await reached.Task.WaitAsync(Patience);
        while ((await store.Log.FindAsync("ladder", None))!.LastSequence < 6) await Task.Delay(5); // five ends are written

        await using var heir = new FakeHost(store, "heir");
        Assert.Equal(1, await store.Ledger.ExpireAsync("dead/w2", None) + await store.Ledger.ExpireAsync("dead/w1", None) + await store.Ledger.ExpireAsync("dead/w0", None));
        Assert.Equal(StudyStatus.Finished, await heir.RunAsync("ladder"));
        Assert.Equal(13, heir.Runner.Runs.Count); // all but the five that the dead host finished
        Assert.All(heir.Runner.Runs, run => Assert.Equal(1, run.Value));
        var before = await RecordAsync(store.Ledger, (await store.Log.NodesAsync("ladder", None)).Single(row => row.Node == "pre/slow/2").Key!.Value);
        Assert.Equal((2L, 0), (before.Epoch, before.StaleReports));

        hang.SetResult(); // the dead worker wakes up and reports under its old lease
        await kill.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => died);
        await WaitForAsync(() => dead.Pool.State.FreeCount == 3);
        var after = await RecordAsync(store.Ledger, before.Key);
        Assert.Equal((TrialStatus.Finished, 2L, 1), (after.Status, after.Epoch, after.StaleReports));
    }

    [ContractFact]
    public async Task Passing_failure_is_tried_again_and_a_lasting_one_blocks_its_children()
    {
        await using var store = await OpenAsync();
        var control = new StudyControl(store.Log, TimeProvider.System);
        await using var host = new FakeHost(store, "host");
        var broken = true;
        host.Runner.Before = (name, _) => name switch
        {
            "passing/0" when host.Runner.Runs[name] < 3 => throw new TrialFailedException("disk full", transient: true),
            "lasting/0" when broken => throw new InvalidOperationException("a bug"),
            _ => Task.CompletedTask,
        };
        var study = Plans.Study("s", Plans.Train("passing", 0, 0.1), Plans.Train("lasting", 0, 0.1), Plans.Train("child", 0, 0.1, "lasting/0"), Plans.Evaluate("test", "child/0"));
        await control.SubmitAsync(study, None);
        Assert.Equal(StudyStatus.Failed, await host.RunAsync("s"));
        Assert.Equal(3, host.Runner.Runs["passing/0"]);
        Assert.Equal(1, host.Runner.Runs["lasting/0"]);
        var rows = (await store.Log.NodesAsync("s", None)).ToDictionary(row => row.Node);
        Assert.Equal(NodeStatus.Finished, rows["passing/0"].Status);
        Assert.Equal((NodeStatus.Failed, "InvalidOperationException: a bug"), (rows["lasting/0"].Status, rows["lasting/0"].Reason));
        Assert.Equal((NodeStatus.Blocked, "'lasting/0' failed: InvalidOperationException: a bug"), (rows["child/0"].Status, rows["child/0"].Reason));
        Assert.Equal((NodeStatus.Blocked, "'lasting/0' failed: InvalidOperationException: a bug"), (rows["test"].Status, rows["test"].Reason));

        broken = false;
        Assert.Equal(SubmitOutcome.Resumed, (await control.SubmitAsync(study, None)).Outcome);
        Assert.Equal(StudyStatus.Finished, await host.RunAsync("s"));
        Assert.Equal(3, host.Runner.Runs["passing/0"]);
        Assert.Equal(2, host.Runner.Runs["lasting/0"]);
    }

    [ContractFact]
    public async Task Cancel_from_elsewhere_stops_the_study_and_resume_goes_on()
    {
        await using var store = await OpenAsync();
        var control = new StudyControl(store.Log, TimeProvider.System);
        await using var host = new FakeHost(store, "host", workers: 2);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var patient = true;
        host.Runner.Before = async (name, cancellation) =>
        {
            if (!name.StartsWith("full/", StringComparison.Ordinal) || !patient) return;
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
        };
        await control.SubmitAsync(Plans.Ladder("ladder"), None);
        var run = host.RunAsync("ladder");
        await reached.Task.WaitAsync(Patience);
        await control.CancelAsync("ladder", None);
        Assert.Equal(StudyStatus.Cancelled, await run);
        Assert.Equal((2, 0), (host.Pool.State.FreeCount, host.Pool.State.TrialCount));
        Assert.Empty(await store.Ledger.OwnersAsync(None)); // leases were given back

        patient = false;
        await control.ResumeAsync("ladder", None);
        Assert.Equal(StudyStatus.Finished, await host.RunAsync("ladder"));
        Assert.All(host.Runner.Runs, entry => Assert.InRange(entry.Value, 1, entry.Key.StartsWith("full/", StringComparison.Ordinal) ? 2 : 1));
    }

    [ContractFact]
    public async Task Extension_of_a_running_study_runs_what_is_new()
    {
        await using var store = await OpenAsync();
        var control = new StudyControl(store.Log, TimeProvider.System);
        await using var host = new FakeHost(store, "host");
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Runner.Before = (name, cancellation) => name == "pre/slow/0" ? go.Task.WaitAsync(cancellation) : Task.CompletedTask;
        var first = Plans.Ladder("s");
        await control.SubmitAsync(first, None);
        var driver = host.Driver("s");
        var run = driver.RunAsync(CancellationToken.None);
        await WaitForAsync(() => host.Runner.Runs.Count == 6);
        var submitted = await control.SubmitAsync(first with { Nodes = first.Nodes.Add(Plans.Train("late", 0, 0.5)) }, None);
        Assert.Equal((SubmitOutcome.Extended, 1), (submitted.Outcome, submitted.NewNodes));
        driver.Look();
        await WaitForAsync(() => host.Runner.Runs.ContainsKey("late/0"));
        go.SetResult();
        Assert.Equal(StudyStatus.Finished, await run.WaitAsync(Patience));
        Assert.Equal(19, host.Runner.Runs.Count);
        Assert.All(host.Runner.Runs, entry => Assert.Equal(1, entry.Value));
    }

    [ContractFact]
    public async Task An_edited_file_runs_only_new_keys_after_a_cancellation_shrunk_and_grown_again()
    {
        await using var store = await OpenAsync();
        var control = new StudyControl(store.Log, TimeProvider.System);
        await using var host = new FakeHost(store, "host", workers: 1);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var patient = true;
        host.Runner.Before = async (name, cancellation) =>
        {
            if (name != "b/0" || !patient) return;
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
        };
        ResolvedStudy Of(params string[] groups) => Plans.Study("s", groups.SelectMany(group => new PlanNode[] { Plans.Train(group, 0, 0.1), Plans.Evaluate($"test/{group}", $"{group}/0") }));
        async Task<string[]> NodesAsync() => [.. (await store.Log.NodesAsync("s", None)).Where(row => row.Status == NodeStatus.Finished).Select(row => row.Node).Order(StringComparer.Ordinal)];
        await control.SubmitAsync(Of("a", "b"), None);
        var run = host.RunAsync("s");
        await reached.Task.WaitAsync(Patience);
        await control.CancelAsync("s", None);
        Assert.Equal(StudyStatus.Cancelled, await run);

        // Edited while it is cancelled: it goes on with what is new and what was interrupted.
        patient = false;
        Assert.Equal((SubmitOutcome.Extended, 2), await SubmitAsync(Of("a", "b", "c")));
        Assert.Equal(StudyStatus.Finished, await host.RunAsync("s"));
        Assert.Equal(2, host.Runner.Runs["b/0"]);
        Assert.Equal(["a/0", "b/0", "c/0", "test/a", "test/b", "test/c"], await NodesAsync());

        // Shrunk: nothing runs, what it no longer names is gone from the study and stays in the ledger.
        Assert.Equal((SubmitOutcome.Extended, 0), await SubmitAsync(Of("c")));
        Assert.Equal(StudyStatus.Finished, await host.RunAsync("s"));
        Assert.Equal(["c/0", "test/c"], await NodesAsync());
        Assert.Equal(2, (await store.Log.FindAsync("s", None))!.Header.Nodes);
        Assert.Equal((SubmitOutcome.Extended, 6), await SubmitAsync(Of("a", "b", "c", "d")));
        Assert.Equal(StudyStatus.Finished, await host.RunAsync("s"));
        Assert.Equal(1 + 2 + 1 + 1 + 4, host.Runner.Runs.Values.Sum());

        // Shrunk while it runs: the interrupted trial is given back.
        patient = true;
        reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Runner.Before = async (name, cancellation) =>
        {
            if (name != "e/0") return;
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
        };
        await SubmitAsync(Of("a", "e"));
        var driver = host.Driver("s");
        run = driver.RunAsync(None);
        await reached.Task.WaitAsync(Patience);
        await SubmitAsync(Of("a"));
        driver.Look();
        Assert.Equal(StudyStatus.Finished, await run.WaitAsync(Patience));
        Assert.Equal((1, 0), (host.Pool.State.FreeCount, host.Pool.State.TrialCount));
        Assert.Equal(["a/0", "test/a"], await NodesAsync());

        async Task<(SubmitOutcome, int)> SubmitAsync(ResolvedStudy study)
        {
            var submitted = await control.SubmitAsync(study, None);
            return (submitted.Outcome, submitted.NewNodes);
        }
    }

    [ContractFact]
    public async Task Of_two_hosts_of_one_study_one_steps_down_and_the_study_ends()
    {
        await using var store = await OpenAsync();
        var control = new StudyControl(store.Log, TimeProvider.System);
        var runner = new FakeRunner { Before = (_, cancellation) => Task.Delay(10, cancellation) };
        await using var a = new FakeHost(store, "a", runner: runner);
        await using var b = new FakeHost(store, "b", runner: runner);
        await control.SubmitAsync(Plans.Ladder("ladder"), None);
        var ends = await Task.WhenAll(Outcome(a.RunAsync("ladder")), Outcome(b.RunAsync("ladder")));
        Assert.Contains("Finished", ends);
        Assert.All(ends, end => Assert.Contains(end, new[] { "Finished", "stepped down" }));
        Assert.Equal(18, runner.Runs.Count);
        var log = (await store.Log.DecisionsAsync("ladder", None)).Count(line => line.Decision.Text.StartsWith("all 19 nodes", StringComparison.Ordinal));
        Assert.Equal(1, log);
    }

    [ContractFact]
    public async Task Of_two_studies_on_one_pool_the_one_of_higher_priority_goes_first_and_priorities_may_change_meanwhile()
    {
        await using var store = await OpenAsync();
        var control = new StudyControl(store.Log, TimeProvider.System);
        await using var host = new FakeHost(store, "host", workers: 1);
        var (turns, gate) = (new System.Collections.Concurrent.ConcurrentQueue<string>(), new SemaphoreSlim(0));
        host.Runner.Before = async (name, cancellation) =>
        {
            turns.Enqueue(name.Split('/')[0]);
            await gate.WaitAsync(cancellation);
        };
        ResolvedStudy Four(string name, int? priority) => Plans.Study(name, Enumerable.Range(0, 4).Select(i => Plans.Train(name, i, 0.1))) with { Priority = priority };
        await control.SubmitAsync(Four("low", null), None);
        await control.SubmitAsync(Four("high", 3), None);
        var (low, high) = (host.Driver("low"), host.Driver("high"));
        var runs = new List<Task<StudyStatus>> { low.RunAsync(None) };
        await WaitForAsync(() => turns.Count == 1);
        runs.Add(high.RunAsync(None));
        await WaitForAsync(() => host.Pool.State.WaitingOf("high") == 4);
        gate.Release();
        await WaitForAsync(() => turns.Count == 2);
        await control.PrioritizeAsync("low", 4, None);
        low.Look();
        await WaitForAsync(() => host.Pool.State.PriorityOf("low") == 4);
        gate.Release(7);
        Assert.All(await Task.WhenAll(runs).WaitAsync(Patience), end => Assert.Equal(StudyStatus.Finished, end));
        Assert.Equal(["low", "high", "low", "low", "low", "high", "high", "high"], turns);

        Assert.Equal([3, 4], (await store.Log.ListAsync(None)).Select(study => study.Header.Priority));
        Assert.Contains(await store.Log.DecisionsAsync("low", None), line => line.Decision.Text == "priority 4 instead of 0");
        // A file that says nothing leaves it; one that says another changes it.
        await control.SubmitAsync(Four("low", null), None);
        Assert.Equal(4, (await store.Log.FindAsync("low", None))!.Header.Priority);
        await control.SubmitAsync(Four("low", -1), None);
        Assert.Equal(-1, (await store.Log.FindAsync("low", None))!.Header.Priority);
        Assert.Equal(StudyStatus.Finished, (await store.Log.FindAsync("low", None))!.Header.Status);
        await Assert.ThrowsAsync<StudyNotFoundException>(() => control.PrioritizeAsync("nothing", 1, None));
    }

    [ContractFact]
    public async Task When_its_hours_are_spent_a_study_ends_with_what_has_begun_and_more_hours_continue_it()
    {
        await using var store = await OpenAsync();
        var control = new StudyControl(store.Log, TimeProvider.System);
        await using var host = new FakeHost(store, "host", workers: 1);
        using var gate = new SemaphoreSlim(0);
        host.Runner.Before = (name, cancellation) => name.StartsWith("run", StringComparison.Ordinal) ? gate.WaitAsync(cancellation) : Task.CompletedTask;
        // A trial takes 1.25 s of its worker, says the runner: the fourth that ends spends the budget, and the fifth may have begun.
        ResolvedStudy Nine(double seconds) => Plans.Study("s", Enumerable.Range(0, 9).SelectMany(i => new PlanNode[] { Plans.Train($"run{i}", 0, 0.1), Plans.Evaluate($"test{i}", $"run{i}/0") }))
            with { CoreHours = seconds / 3600 };
        await control.SubmitAsync(Nine(4.9), None);
        var run = host.RunAsync("s");
        for (var trained = 1; trained <= 4; trained++)
        {
            gate.Release();
            while ((await store.Log.NodesAsync("s", None)).Count(row => row is { Kind: "train", Status: NodeStatus.Finished }) < trained) await Task.Delay(2);
        }
        while ((await store.Log.NodesAsync("s", None)).All(row => row.Status != NodeStatus.Skipped)) await Task.Delay(2);
        gate.Release(100);
        Assert.Equal(StudyStatus.Finished, await run);
        var rows = await store.Log.NodesAsync("s", None);
        var ends = rows.Count(row => row is { Kind: "train", Status: NodeStatus.Finished });
        Assert.InRange(ends, 4, 5); // or the worker had an evaluation
        Assert.Equal(ends, rows.Count(row => row is { Kind: "evaluate", Status: NodeStatus.Finished }));
        Assert.Equal(18 - (2 * ends), rows.Count(row => row.Status == NodeStatus.Skipped));
        Assert.Equal(2 * ends, host.Runner.Runs.Count);
        Assert.Equal((1, 0), (host.Pool.State.FreeCount, host.Pool.State.TrialCount));
        Assert.Equal(SubmitOutcome.AlreadyFinished, (await control.SubmitAsync(Nine(4.9), None)).Outcome);

        Assert.Equal(SubmitOutcome.Extended, (await control.SubmitAsync(Nine(1000), None)).Outcome);
        Assert.Equal(StudyStatus.Finished, await host.RunAsync("s"));
        Assert.All(await store.Log.NodesAsync("s", None), row => Assert.Equal(NodeStatus.Finished, row.Status));
        Assert.Equal(18, host.Runner.Runs.Count);
        Assert.All(host.Runner.Runs, run => Assert.Equal(1, run.Value));
    }

    [ContractFact]
    public async Task Deleted_study_ends_its_driver()
    {
        await using var store = await OpenAsync();
        var control = new StudyControl(store.Log, TimeProvider.System);
        await using var host = new FakeHost(store, "host");
        host.Runner.Before = (_, cancellation) => Task.Delay(Timeout.Infinite, cancellation);
        await control.SubmitAsync(Plans.Ladder("ladder"), None);
        var run = host.RunAsync("ladder");
        await WaitForAsync(() => host.Runner.Runs.Count == 3);
        await store.Log.DeleteAsync("ladder", None);
        await Assert.ThrowsAsync<StudyNotFoundException>(() => run);
        Assert.Equal((3, 0), (host.Pool.State.FreeCount, host.Pool.State.TrialCount));
    }

    static async Task<string> Outcome(Task<StudyStatus> run)
    {
        try
        {
            return (await run).ToString();
        }
        catch (StudyLogConflictException)
        {
            return "stepped down";
        }
    }

    static async Task WaitForAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition()) await Task.Delay(2, patience.Token);
    }
}
