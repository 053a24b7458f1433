using System.Collections.Immutable;
using System.Text.Json;
using AtomSets.Studies;
using Xunit;
using static AtomSets.Contracts.Samples;

namespace AtomSets.Contracts;

/// <summary>What every <see cref="IStudyLog"/> does.</summary>
public abstract class StudyLogContract
{
    protected abstract Task<StoreUnderTest> OpenAsync();

    [ContractFact]
    public async Task New_study_is_found_with_its_first_event()
    {
        await using var store = await OpenAsync();
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        var summary = await store.Log.FindAsync("alpha", None);
        Assert.NotNull(summary);
        Assert.Equal((1L, Header(StudyStatus.Running)), (summary.LastSequence, summary.Header));
        Assert.Equal(summary.Created, summary.Changed);
        Assert.Equal([(1L, Json(new StudyStarted(Study("alpha"))))], await EventsAsync(store.Log, "alpha", 1));
        Assert.Null(await store.Log.FindAsync("beta", None));
        Assert.Null(await store.Log.LoadSnapshotAsync("alpha", None));
    }

    [ContractFact]
    public async Task Taken_name_is_refused()
    {
        await using var store = await OpenAsync();
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        await Assert.ThrowsAsync<StudyExistsException>(() => store.Log.CreateAsync("alpha", First("alpha"), None));
        await store.Log.CreateAsync("Alpha", First("Alpha"), None); // names differ by case
    }

    [ContractFact]
    public async Task Every_kind_of_event_comes_back_as_stored()
    {
        await using var store = await OpenAsync();
        StudyEvent[] events =
        [
            new TrialFinished(Train("a").Key, new ValidationScore("mae", 0.1 + 0.2, "eV/atom"), Reused: true),
            new EvaluationFinished(Evaluate("a").Key),
            new TrialFailed(Train("b").Key, 3, "NaN loss at epoch 2 of 'b' — lower the rate", Transient: false),
            new StudyExtended(Study("alpha") with { Seed = ulong.MaxValue, Facts = [new CountedFact("leakage", 12, "12 rows removed")] }),
            new CancelRequested(),
            new ResumeRequested(),
        ];
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        await store.Log.AppendAsync("alpha", Commit(2, events), None);
        Assert.Equal(events.Select((happened, i) => (i + 2L, Json(happened))), await EventsAsync(store.Log, "alpha", 2));
        Assert.Equal(7, (await store.Log.FindAsync("alpha", None))!.LastSequence);
    }

    /// <summary>What people and failures say may hold U+0000, which PostgreSQL has in no text: a store may leave it out, and nothing else.</summary>
    [ContractFact]
    public async Task No_character_of_a_text_stops_a_commit()
    {
        await using var store = await OpenAsync();
        // With a backslash that is escaped, before what then is no escape.
        const string odd = "a\0b\\u0000 \ud83d\ude00\u001f", kept = "ab\\u0000 \ud83d\ude00\u001f";
        var row = Row("n") with { Reason = odd, Labels = ImmutableSortedDictionary<string, string>.Empty.Add("target", odd) };
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        await store.Log.AppendAsync("alpha", Commit(2, new TrialFailed(Train("b").Key, 1, odd, Transient: false), new StudyExtended(Study("alpha") with { Facts = [new CountedFact("leakage", 1, odd)] })) with
        {
            Decisions = [new Decision(null, odd)], ChangedNodes = [row], Header = Header(StudyStatus.Running) with { Description = odd },
        }, None);
        var stored = new List<StudyEvent>();
        await foreach (var item in store.Log.ReadAsync("alpha", 2, None)) stored.Add(item.Event);
        string[] read =
        [
            ((TrialFailed)stored[0]).Reason, ((StudyExtended)stored[1]).Study.Facts[0].Text, (await store.Log.RevisionAsync("alpha", None)).Facts[0].Text,
            (await store.Log.DecisionsAsync("alpha", None))[^1].Decision.Text, (await store.Log.FindAsync("alpha", None))!.Header.Description,
            (await store.Log.NodesAsync("alpha", None)).Single(node => node.Node == "n").Reason!, (await store.Log.NodesAsync("alpha", None)).Single(node => node.Node == "n").Labels["target"],
        ];
        Assert.All(read, text => Assert.Equal(kept, text.Replace("\0", "", StringComparison.Ordinal)));
    }

    [ContractFact]
    public async Task Wrong_number_stores_nothing()
    {
        await using var store = await OpenAsync();
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        await store.Log.AppendAsync("alpha", Commit(2, new CancelRequested()), None);
        foreach (var wrong in new long[] { 1, 2, 4 })
        {
            var commit = Commit(wrong, new ResumeRequested()) with { Decisions = [new Decision(null, "never")], ChangedNodes = [Row("never")] };
            await Assert.ThrowsAsync<StudyLogConflictException>(() => store.Log.AppendAsync("alpha", commit, None));
        }
        Assert.Equal(2, (await EventsAsync(store.Log, "alpha", 1)).Count);
        Assert.DoesNotContain(await store.Log.DecisionsAsync("alpha", None), decision => decision.Decision.Text == "never");
        Assert.DoesNotContain(await store.Log.NodesAsync("alpha", None), row => row.Node == "never");
    }

    [ContractFact]
    public async Task Of_two_hosts_at_once_one_writes()
    {
        await using var store = await OpenAsync();
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        for (var next = 2; next < 12; next++)
        {
            var number = next;
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                try
                {
                    await store.Log.AppendAsync("alpha", Commit(number, new CancelRequested()), None);
                    return true;
                }
                catch (StudyLogConflictException)
                {
                    return false;
                }
            })));
            Assert.Equal(1, outcomes.Count(written => written));
        }
        Assert.Equal(Enumerable.Range(1, 11).Select(i => (long)i), (await EventsAsync(store.Log, "alpha", 1)).Select(stored => stored.Sequence));
    }

    [ContractFact]
    public async Task Node_rows_are_replaced_in_place_and_removed()
    {
        await using var store = await OpenAsync();
        await store.Log.CreateAsync("alpha", First("alpha") with { ChangedNodes = [Row("b"), Row("a"), Row("c")] }, None);
        var done = Row("b") with { Status = NodeStatus.Finished, Key = Train("b").Key, Winner = "g", Reason = "because" };
        await store.Log.AppendAsync("alpha", Commit(2, new CancelRequested()) with { ChangedNodes = [done, Row("d")], RemovedNodes = ["a"] }, None);
        var rows = await store.Log.NodesAsync("alpha", None);
        Assert.Equal(["b", "c", "d"], rows.Select(row => row.Node));
        Assert.Equal(done with { Labels = rows[0].Labels }, rows[0]);
        Assert.Equal(done.Labels, rows[0].Labels);
        Assert.Null(rows[1].Key);
    }

    [ContractFact]
    public async Task Decisions_keep_order_and_sequence()
    {
        await using var store = await OpenAsync();
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        await store.Log.AppendAsync(
            "alpha", Commit(2, new CancelRequested(), new ResumeRequested()) with { Decisions = [new Decision("n", "second"), new Decision(null, "third")] }, None);
        var decisions = await store.Log.DecisionsAsync("alpha", None);
        Assert.Equal([(1L, "first"), (3L, "second"), (3L, "third")], decisions.Select(stored => (stored.Sequence, stored.Decision.Text)));
        Assert.Equal(["n", null], decisions.Skip(1).Select(stored => stored.Decision.Node));
    }

    [ContractFact]
    public async Task Decisions_come_in_pages_from_the_newest()
    {
        await using var store = await OpenAsync();
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        for (var i = 2; i <= 6; i++)
            await store.Log.AppendAsync("alpha", Commit(i, new CancelRequested()) with { Decisions = [new Decision($"Node/{i % 2}", $"one of {i}"), new Decision(null, $"100% of {i}")] }, None);
        Assert.Equal(("one of 5|100% of 5|one of 6|100% of 6", 11L), await PageAsync(new DecisionFilter(Limit: 4)));
        Assert.Equal(("100% of 4|one of 5", 11L), await PageAsync(new DecisionFilter(Skip: 3, Limit: 2)));
        Assert.Equal(("first", 11L), await PageAsync(new DecisionFilter(Skip: 10)));
        Assert.Equal(("", 11L), await PageAsync(new DecisionFilter(Skip: 11)));
        Assert.Equal(("one of 3|one of 5", 2L), await PageAsync(new DecisionFilter("node/1")));
        Assert.Equal(("100% OF 6", 5L), await PageAsync(new DecisionFilter("100% o", Limit: 1), upper: true));
        Assert.Equal(("", 0L), await PageAsync(new DecisionFilter("_%")));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => store.Log.DecisionsAsync("beta", new DecisionFilter(), None));

        async Task<(string, long)> PageAsync(DecisionFilter filter, bool upper = false)
        {
            var page = await store.Log.DecisionsAsync("alpha", filter, None);
            var texts = string.Join('|', page.Decisions.Select(stored => stored.Decision.Text));
            return (upper ? texts.ToUpperInvariant() : texts, page.Total);
        }
    }

    [ContractFact]
    public async Task Newest_snapshot_stays()
    {
        await using var store = await OpenAsync();
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        await store.Log.SaveSnapshotAsync("alpha", new StudySnapshot(5, """{"b":1,"a":"ü"}"""), None);
        await store.Log.SaveSnapshotAsync("alpha", new StudySnapshot(3, "{}"), None);
        Assert.Equal(new StudySnapshot(5, """{"b":1,"a":"ü"}"""), await store.Log.LoadSnapshotAsync("alpha", None));
    }

    [ContractFact]
    public async Task Damaged_snapshot_is_as_good_as_none()
    {
        await using var store = await OpenAsync();
        await new StudyControl(store.Log, TimeProvider.System).SubmitAsync(Plans.Ladder("one"), None);
        await using (var host = new FakeHost(store, "first")) await host.RunAsync("one");
        var last = (await store.Log.FindAsync("one", None))!.LastSequence;
        var good = (await store.Log.LoadSnapshotAsync("one", None))!.State;
        foreach (var damaged in new[] { "{}", "[null]", good.Replace("\"score\":", "\"socre\":", StringComparison.Ordinal), good.Replace("\"standing\":\"finished\"", "\"standing\":7", StringComparison.Ordinal) })
        {
            Assert.NotEqual(good, damaged);
            await store.Log.SaveSnapshotAsync("one", new StudySnapshot(last, damaged), None);
            await using var other = new FakeHost(store, "second");
            Assert.Equal(StudyStatus.Finished, await other.RunAsync("one"));
            Assert.Empty(other.Runner.Runs);
            var seen = await new StudyFollower("one", store.Log, store.Ledger, store.Metrics, TimeProvider.System).ReadAsync([], null, None);
            Assert.Equal((18, 18, 0), (seen.Trials, seen.Finished, seen.Failed));
        }
    }

    [ContractFact]
    public async Task Newest_ending_is_kept()
    {
        await using var store = await OpenAsync();
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        Assert.Null(await store.Log.LoadEndingAsync("alpha", None));
        await store.Log.SaveEndingAsync("alpha", new StudySnapshot(5, "{}"), None);
        await store.Log.SaveEndingAsync("alpha", new StudySnapshot(3, "[]"), None);
        Assert.Equal(new StudySnapshot(5, "{}"), await store.Log.LoadEndingAsync("alpha", None));
        // Beside the snapshot, not instead of it.
        Assert.Null(await store.Log.LoadSnapshotAsync("alpha", None));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => store.Log.SaveEndingAsync("beta", new StudySnapshot(1, "{}"), None));
        await store.Log.DeleteAsync("alpha", None);
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        Assert.Null(await store.Log.LoadEndingAsync("alpha", None));
    }

    [ContractFact]
    public async Task Newest_revision_is_found_behind_whatever_came_later()
    {
        await using var store = await OpenAsync();
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        Assert.Equal(7UL, (await store.Log.RevisionAsync("alpha", None)).Seed);
        await store.Log.AppendAsync("alpha", Commit(2, new StudyExtended(Study("alpha") with { Seed = 8 })), None);
        await store.Log.AppendAsync("alpha", Commit(3, new CancelRequested()), None);
        Assert.Equal(8UL, (await store.Log.RevisionAsync("alpha", None)).Seed);
        await Assert.ThrowsAsync<StudyNotFoundException>(() => store.Log.RevisionAsync("beta", None));
    }

    [ContractFact]
    public async Task Studies_are_listed_by_name()
    {
        await using var store = await OpenAsync();
        foreach (var name in new[] { "beta", "alpha", "Gamma" }) await store.Log.CreateAsync(name, First(name), None);
        await store.Log.AppendAsync("beta", Commit(2, new CancelRequested()) with { Header = Header(StudyStatus.Cancelled) }, None);
        var list = await store.Log.ListAsync(None);
        Assert.Equal(["Gamma", "alpha", "beta"], list.Select(study => study.Name));
        Assert.Equal(Header(StudyStatus.Cancelled), list[2].Header);
    }

    [ContractFact]
    public async Task Deleted_study_is_gone_and_its_trials_stay()
    {
        await using var store = await OpenAsync();
        await store.Log.CreateAsync("alpha", First("alpha") with { ChangedNodes = [Row("a") with { Key = Train("a").Key }] }, None);
        await store.Log.SaveSnapshotAsync("alpha", new StudySnapshot(1, "{}"), None);
        await store.Ledger.FinishAsync(await ClaimedAsync(store.Ledger, Train("a")), Trained(1), [], None);
        Assert.True(await store.Log.DeleteAsync("alpha", None));
        Assert.False(await store.Log.DeleteAsync("alpha", None));
        Assert.Null(await store.Log.FindAsync("alpha", None));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => store.Log.AppendAsync("alpha", Commit(2, new CancelRequested()), None));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => EventsAsync(store.Log, "alpha", 1));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => store.Log.NodesAsync("alpha", None));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => store.Log.DecisionsAsync("alpha", None));
        Assert.Equal(TrialStatus.Finished, (await RecordAsync(store.Ledger, Train("a").Key)).Status);
        await store.Log.CreateAsync("alpha", First("alpha"), None);
        Assert.Null(await store.Log.LoadSnapshotAsync("alpha", None));
    }

    static ResolvedStudy Study(string name) => new()
    {
        Name = name,
        Seed = 7,
        Nodes = [new TrainNode("a", "g", 0, new SpecTemplate("""{"kind":"train","rate":1e-3}""")) { Labels = Labels }],
        Source = "name: alpha\n",
    };

    static ImmutableSortedDictionary<string, string> Labels { get; } =
        ImmutableSortedDictionary<string, string>.Empty.Add("mode", "full").Add("size", "50").Add("note", "a \"quoted\" word");

    static StudyHeader Header(StudyStatus status) => new(status, new string('a', 64), 3, "what it is for", 4, 1, 2, 1);

    static StudyCommit First(string name) =>
        new(1, [new StudyStarted(Study(name))], [new Decision(null, "first")], [Row("a")], [], Header(StudyStatus.Running));

    static StudyCommit Commit(long expected, params StudyEvent[] events) => new(expected, [.. events], [], [], [], Header(StudyStatus.Running));

    static NodeRow Row(string node) => new(node, "train", "g", 0, NodeStatus.Waiting, null, null, null, Labels);

    static string Json(StudyEvent happened) => JsonSerializer.Serialize(happened, StudyJson.Options);

    static async Task<List<(long Sequence, string Json)>> EventsAsync(IStudyLog log, string study, long from)
    {
        var events = new List<(long, string)>();
        await foreach (var stored in log.ReadAsync(study, from, None)) events.Add((stored.Sequence, Json(stored.Event)));
        return events;
    }
}
