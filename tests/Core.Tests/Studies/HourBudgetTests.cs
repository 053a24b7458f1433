using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

/// <summary>A study that may take so many hours of workers.</summary>
public sealed class HourBudgetTests
{
    static readonly ValidationScore Score = new("mae", 0.5, "eV");

    // Six trainings, each with a child and an evaluation of both; the search's draws come behind.
    static ResolvedStudy Study(double? hours, int runs = 6) => Plans.Study("s", Enumerable.Range(0, runs).SelectMany(i => new PlanNode[]
    {
        Plans.Train($"run{i}", 0, 0.1), Plans.Evaluate($"test{i}", $"run{i}/0"), Plans.Train($"child{i}", 0, 0.1, $"run{i}/0"), Plans.Evaluate($"look{i}", $"child{i}/0"),
    })) with { CoreHours = hours };

    static StudyStep End(StudyState state, string node, double hours) => state.Rows().Single(row => row.Node == node) is { Kind: "train" } row
        ? StudyMachine.Apply(state, new TrialFinished(row.Key!.Value, Score) { CoreSeconds = hours * 3600 })
        : StudyMachine.Apply(state, new EvaluationFinished(state.KeyOf(node)!.Value));

    [Fact]
    public void When_the_hours_are_spent_nothing_new_begins_and_what_runs_is_finished_and_tested()
    {
        var state = StudyMachine.Apply(null, new StudyStarted(Study(hours: 2))).State;
        state = End(state, "run0/0", 1).State;
        Assert.Equal(NodeStatus.Requested, state.StatusOf("child0/0"));
        var step = End(state, "run1/0", 1.5);
        // The child of what ended last does not begin, its evaluation does; all else that waits for a worker is to be taken back.
        Assert.Equal(NodeStatus.Skipped, step.State.StatusOf("child1/0"));
        Assert.Equal(["test1"], step.Commands.OfType<RequestTrial>().Select(request => request.Node));
        string[] begin = ["run2/0", "run3/0", "run4/0", "run5/0", "child0/0"];
        var stop = Assert.Single(step.Commands.OfType<StopBeginning>());
        Assert.Equal(begin.Select(node => step.State.KeyOf(node)!.Value).Order(), stop.Keys);
        Assert.Contains(step.Decisions, line => line.Text == "the budget of 2 core hours was spent: 2.5 were taken; what has begun goes on");

        // A worker had run2 already.
        step = StudyMachine.Apply(step.State, new TrialsLeftOut(stop.Keys.Remove(step.State.KeyOf("run2/0")!.Value)));
        Assert.All(begin.Skip(1).Append("look5").Append("test3"), node => Assert.Equal(NodeStatus.Skipped, step.State.StatusOf(node)));
        var snapshot = StudyMachine.Restore(StudyMachine.Snapshot(step.State));
        StudyMachineTests.AssertSame(step.State, snapshot);
        Assert.Equal(step.State.Open().Length, snapshot.Open().Length);

        state = End(snapshot, "run2/0", 9).State;
        foreach (var test in new[] { "test0", "test1", "test2" }) state = End(state, test, 0).State;
        Assert.Equal(StudyStatus.Finished, state.Status);
        Assert.Equal((11.5, 24, 6, 0, 0), (state.CoreHours, state.Header.Nodes, state.Header.Finished, state.Header.Failed, state.Header.Blocked));
        Assert.All(state.Rows().Where(row => row.Status == NodeStatus.Skipped), row => Assert.Equal("the budget of 2 core hours was spent", row.Reason));

        // As long as it stays spent, more of the same begins nothing; with more hours the rest runs, once.
        step = StudyMachine.Apply(state, new StudyExtended(Study(hours: 2, runs: 7)));
        Assert.Equal((StudyStatus.Finished, 0), (step.State.Status, step.Commands.OfType<RequestTrial>().Count()));
        step = StudyMachine.Apply(step.State, new StudyExtended(Study(hours: 30)));
        Assert.Equal(["child0/0", "child1/0", "child2/0", "run3/0", "run4/0", "run5/0"], step.Commands.OfType<RequestTrial>().Select(request => request.Node).Order(StringComparer.Ordinal));
        Assert.Empty(step.Commands.OfType<StopBeginning>());
    }

    [Fact]
    public void A_failure_is_still_told_from_what_was_left_out()
    {
        var state = StudyMachine.Apply(null, new StudyStarted(Study(hours: 1, runs: 2))).State;
        state = StudyMachine.Apply(state, new TrialFailed(state.KeyOf("run0/0")!.Value, 1, "diverged", Transient: false)).State;
        state = End(state, "run1/0", 1).State;
        state = End(state, "test1", 0).State;
        Assert.Equal(StudyStatus.Failed, state.Status);
        Assert.Equal((NodeStatus.Blocked, NodeStatus.Skipped), (state.StatusOf("look0")!.Value, state.StatusOf("look1")!.Value));
        Assert.Equal("'run0/0' failed: diverged", state.Rows().Single(row => row.Node == "look0").Reason);
    }

    [Fact]
    public void A_search_chooses_among_what_is_complete_and_what_paused_goes_on()
    {
        var search = new SearchNode("search", "random", 30, [new FloatDimension("x", 0, 1)], [new SpecTemplate("""{"kind":"train","x":{"$draw":"x"}}""")])
        {
            Pruning = new Pruning(PruningRule.Asha, [1]),
        };
        PlanNode[] nodes =
        [
            search, new SelectNode("best", ["search"]), new TrainNode("child", "child", 0, new SpecTemplate("""{"kind":"train","parent":{"$parent":"best","replicate":0}}""")),
            search with { Id = "later", Replicates = [new SpecTemplate("""{"kind":"train","x":{"$draw":"x"},"parent":{"$parent":"child"}}""")] }, new SelectNode("last", ["later"]),
        ];
        var step = StudyMachine.Apply(null, new StudyStarted(new ResolvedStudy { Name = "s", Seed = 1, Nodes = [.. nodes], CoreHours = 6 }));
        var state = step.State;
        for (var i = 0; i < 6; i++)
        {
            step = StudyMachine.Apply(state, new TrialFinished(state.Requests()[0].Key, Score with { Value = 1 + i }) { CoreSeconds = 3600 });
            state = step.State;
        }
        state = StudyMachine.Apply(state, new TrialsLeftOut(Assert.Single(step.Commands.OfType<StopBeginning>()).Keys)).State;
        // Some of the six paused and may go on: these are all that is left.
        while (state.Requests() is { IsEmpty: false } requests)
        {
            Assert.DoesNotContain("@1", requests[0].Node, StringComparison.Ordinal);
            state = StudyMachine.Apply(state, new TrialFinished(requests[0].Key, Score with { Value = 0.5 }) { CoreSeconds = 3600 }).State;
        }
        Assert.Equal(StudyStatus.Finished, state.Status);
        Assert.Equal((NodeStatus.Finished, NodeStatus.Skipped, NodeStatus.Skipped), (state.StatusOf("best")!.Value, state.StatusOf("child")!.Value, state.StatusOf("last")!.Value));
        Assert.NotNull(state.WinnerOf("best"));
    }
}
