using System.Collections.Immutable;
using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class PoolMachineTests
{
    [Fact]
    public void Free_workers_take_trials_in_order()
    {
        var pool = new Pool();
        pool.Apply(new WorkerJoined("w1"));
        Assert.Equal([("b", "w1")], pool.Submit("s", ("b", 1), ("c", 2), ("a", 3)));
        Assert.Equal([("c", "w2")], pool.Join("w2"));
        Assert.Equal([("a", "w1")], pool.Settle("w1"));
        Assert.Equal(["s:b"], pool.Notified);
    }

    [Fact]
    public void Higher_priority_goes_first_and_equal_studies_take_turns()
    {
        var pool = new Pool();
        pool.Submit("one", ("a1", 1), ("a2", 2), ("a3", 3));
        pool.Submit("two", ("b1", 1), ("b2", 2));
        pool.Submit("urgent", 5, ("c1", 9));
        Assert.Equal("c1", pool.Join("w1").Single().Trial);
        Assert.Equal("a1", pool.Join("w2").Single().Trial);
        Assert.Equal("b1", pool.Join("w3").Single().Trial); // "two" has fewer running
        Assert.Equal("a2", pool.Settle("w1").Single().Trial); // equal again; the turn of "one" is longer ago
        Assert.Equal("b2", pool.Settle("w3").Single().Trial);
    }

    [Fact]
    public void Trial_of_two_studies_runs_once_and_both_hear()
    {
        var pool = new Pool();
        pool.Submit("one", ("x", 1));
        pool.Submit("two", ("x", 5), ("y", 6));
        Assert.Equal([("x", "w1")], pool.Join("w1"));
        Assert.Equal([("y", "w2")], pool.Join("w2"));
        pool.Settle("w1");
        Assert.Equal(["one:x", "two:x"], pool.Notified);
    }

    [Fact]
    public void Trial_of_a_dead_worker_runs_again_first_and_its_late_report_is_ignored()
    {
        var pool = new Pool();
        pool.Join("w1");
        pool.Submit("s", ("a", 1), ("b", 2));
        var old = pool.State.RunningOn("w1")!.Value;
        pool.Apply(new WorkerLeft("w1"));
        Assert.Equal([("a", "w2")], pool.Join("w2"));
        pool.Apply(new WorkerReported("w1", old.Key, old.Ticket, AttemptEnd.Settled));
        pool.Apply(new WorkerReported("w2", old.Key, old.Ticket, AttemptEnd.Settled)); // a ticket that w2 does not hold
        Assert.Empty(pool.Notified);
        Assert.Equal([("b", "w2")], pool.Settle("w2"));
        Assert.Equal(["s:a"], pool.Notified);
    }

    [Fact]
    public void Withdrawn_trial_is_revoked_only_when_nobody_else_wants_it()
    {
        var pool = new Pool();
        pool.Join("w1");
        pool.Submit("one", ("x", 1));
        pool.Submit("two", ("x", 1));
        Assert.Empty(pool.Apply(new TrialsWithdrawn("one", [Key("x")])));
        var revoke = Assert.IsType<RevokeTrial>(Assert.Single(pool.Apply(new StudyWithdrawn("two"))));
        Assert.Equal("w1", revoke.Worker);
        Assert.Equal(0, pool.State.FreeCount);
        pool.Apply(new WorkerReported("w1", revoke.Key, revoke.Ticket, AttemptEnd.Given));
        Assert.Equal((1, 0), (pool.State.FreeCount, pool.State.TrialCount));
        Assert.Empty(pool.Notified);
    }

    [Fact]
    public void Report_of_a_revoked_worker_leaves_the_trial_to_the_worker_that_has_it_now()
    {
        var pool = new Pool();
        pool.Join("w1");
        pool.Submit("s", ("x", 1));
        var old = pool.State.RunningOn("w1")!.Value;
        pool.Apply(new TrialsWithdrawn("s", [Key("x")]));
        pool.Join("w2");
        Assert.Equal([("x", "w2")], pool.Submit("s", ("x", 1)));
        foreach (var end in new[] { AttemptEnd.Given, AttemptEnd.Settled })
        {
            Assert.Empty(pool.Apply(new WorkerReported("w1", old.Key, old.Ticket, end)));
            Assert.Equal(Key("x"), pool.State.RunningOn("w2")!.Value.Key);
            Assert.Equal((1, 0), (pool.State.FreeCount, pool.State.WaitingOf("s")));
        }
        pool.Settle("w2");
        Assert.Equal(["s:x"], pool.Notified);
    }

    [Fact]
    public void Trial_held_elsewhere_waits_without_a_worker()
    {
        var pool = new Pool();
        pool.Join("w1");
        pool.Submit("s", ("a", 1), ("b", 2));
        var held = pool.State.RunningOn("w1")!.Value;
        var commands = pool.Apply(new WorkerReported("w1", held.Key, held.Ticket, AttemptEnd.HeldByOther));
        Assert.Contains(new WakeLater(Key("a")), commands);
        Assert.Equal(Key("b"), pool.State.RunningOn("w1")!.Value.Key);
        pool.Apply(new TrialWoken(Key("a")));
        Assert.Equal([("a", "w1")], pool.Settle("w1"));
    }

    [Fact]
    public void Sharded_trial_starts_on_the_workers_there_are()
    {
        var pool = new Pool(maxGang: 4);
        foreach (var worker in new[] { "w1", "w2", "w3" }) pool.Join(worker);
        pool.Apply(new TrialsSubmitted("s", 0, [new PoolTrial(Key("small"), 1), new PoolTrial(Key("wide"), 2, Shards: 4)]));
        Assert.Equal(Key("wide"), pool.State.RunningOn("w2")!.Value.Key);
        Assert.Equal(pool.State.RunningOn("w2"), pool.State.RunningOn("w3"));
        var commands = pool.Apply(new WorkerLeft("w2"));
        Assert.Equal("w3", Assert.IsType<RevokeTrial>(Assert.Single(commands)).Worker); // w3 stays taken until it reports
        var (key, ticket) = pool.State.RunningOn("w3")!.Value;
        var again = Assert.IsType<AssignTrial>(Assert.Single(pool.Apply(new WorkerReported("w3", key, ticket, AttemptEnd.Given))));
        Assert.Equal("w3", Assert.Single(again.Workers));
    }

    [Fact]
    public void Trial_for_which_a_place_lacks_something_goes_elsewhere_and_others_begin_before_it()
    {
        var pool = new Pool();
        pool.Join("a1", "a");
        pool.Join("b1", "b");
        pool.Submit("s", ("x", 1), ("y", 2), ("a", 3), ("b", 4)); // x at a1, y at b1
        Assert.Equal([("a", "a1")], pool.Lack("a1")); // x waits for place b
        Assert.Equal([("b", "a2")], pool.Join("a2", "a"));
        Assert.Equal([("x", "b1")], pool.Settle("b1"));
        Assert.False(pool.MayGiveBack); // nobody else can
        Assert.Empty(pool.Settle("b1"));
        Assert.Equal(["s:y", "s:x"], pool.Notified);
    }

    [Fact]
    public void Last_place_has_the_last_word()
    {
        var pool = new Pool();
        pool.Submit("s", ("x", 1));
        pool.Join("a1", "a");
        Assert.False(pool.MayGiveBack); // alone: it need not be asked twice
        pool.Join("b1", "b");
        Assert.Equal([("x", "b1")], pool.Lack("a1")); // it was asked before another place was there, and may say so all the same
        Assert.False(pool.MayGiveBack);
        Assert.Equal([("x", "a1")], pool.Lack("b1"));
        Assert.False(pool.MayGiveBack);
        pool.Settle("a1");
        Assert.Equal(["s:x"], pool.Notified);
    }

    [Fact]
    public void Place_that_joins_later_is_asked_and_one_that_leaves_is_not_waited_for()
    {
        var pool = new Pool();
        pool.Join("a1", "a");
        pool.Join("b1", "b");
        pool.Submit("s", ("a", 1), ("x", 2)); // a at a1, x at b1
        Assert.True(pool.MayGiveBack);
        Assert.Empty(pool.Lack("b1")); // x waits for place a, which is busy
        Assert.Equal([("x", "c1")], pool.Join("c1", "c"));
        Assert.True(pool.MayGiveBack);
        Assert.Empty(pool.Lack("c1"));
        pool.Apply(new WorkerLeft("a1")); // its own trial goes to b1, the oldest; nobody is left who could take x
        Assert.Equal(("a", "x"), (pool.Running("b1"), pool.Running("c1")));
        Assert.False(pool.MayGiveBack);
    }

    static TrialKey Key(string name) => Samples.Train(name).Key;

    sealed class Pool(int maxGang = 1)
    {
        readonly Dictionary<TrialKey, string> _names = Enumerable.Range('a', 3).SelectMany(letter => new[] { $"{(char)letter}", $"{(char)letter}1", $"{(char)letter}2", $"{(char)letter}3" })
            .Append("x").Append("y").ToDictionary(Key);

        public PoolState State { get; private set; } = PoolState.Empty(maxGang);

        public List<string> Notified { get; } = [];

        /// <summary>Of the last assignment.</summary>
        public bool MayGiveBack { get; private set; }

        public ImmutableArray<PoolCommand> Apply(PoolEvent happened)
        {
            var step = PoolMachine.Apply(State, happened);
            State = step.State;
            foreach (var assign in step.Commands.OfType<AssignTrial>()) MayGiveBack = assign.MayGiveBack;
            Notified.AddRange(step.Commands.OfType<NotifyStudy>().Select(notify => $"{notify.Study}:{_names[notify.Key]}"));
            return step.Commands;
        }

        public (string Trial, string Worker)[] Join(string worker, string place = "") => Assigned(Apply(new WorkerJoined(worker, place)));

        public string Running(string worker) => _names[State.RunningOn(worker)!.Value.Key];

        public (string Trial, string Worker)[] Submit(string study, params (string Name, long Order)[] trials) => Submit(study, 0, trials);

        public (string Trial, string Worker)[] Submit(string study, int priority, params (string Name, long Order)[] trials) =>
            Assigned(Apply(new TrialsSubmitted(study, priority, [.. trials.Select(trial => new PoolTrial(Key(trial.Name), trial.Order))])));

        public (string Trial, string Worker)[] Settle(string worker) => End(worker, AttemptEnd.Settled);

        public (string Trial, string Worker)[] Lack(string worker) => End(worker, AttemptEnd.Lacking);

        (string Trial, string Worker)[] End(string worker, AttemptEnd end)
        {
            var (key, ticket) = State.RunningOn(worker)!.Value;
            return Assigned(Apply(new WorkerReported(worker, key, ticket, end)));
        }

        (string, string)[] Assigned(ImmutableArray<PoolCommand> commands) =>
            [.. commands.OfType<AssignTrial>().Select(assign => (_names[assign.Key], assign.Workers[0]))];
    }
}
