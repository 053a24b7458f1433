using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class StudyMachineTests
{
    [Fact]
    public void Start_requests_what_needs_no_parent_in_plan_order()
    {
        var step = Start(Plans.Ladder("s"));
        Assert.Equal(
            ["pre/slow/0", "pre/slow/1", "pre/slow/2", "pre/fast/0", "pre/fast/1", "pre/fast/2"],
            step.Commands.Cast<RequestTrial>().Select(request => request.Node));
        Assert.Equal(step.Commands.Cast<RequestTrial>().Select(request => request.Key), step.State.Requests().Select(request => request.Key));
        Assert.Equal(19, step.ChangedNodes.Length);
        Assert.Equal(NodeStatus.Waiting, step.State.StatusOf("best"));
    }

    [Fact]
    public void Selection_waits_for_every_replicate_and_takes_the_lowest_mean_not_the_luckiest_seed()
    {
        // "lucky" has the best single seed (0.01) but the worse mean (0.255 against 0.2).
        var sim = new Simulation(Plans.Study(
            "s", Plans.Train("lucky", 0, 0.01), Plans.Train("lucky", 1, 0.5), Plans.Train("steady", 0, 0.2), Plans.Train("steady", 1, 0.2),
            Plans.Select("best", "lucky", "steady"), Plans.Train("child", 1, 0.1, "best")));
        sim.Finish("lucky/0");
        sim.Finish("steady/0");
        sim.Finish("steady/1");
        Assert.Equal(NodeStatus.Waiting, sim.State.StatusOf("best"));
        var step = sim.Finish("lucky/1");
        Assert.Equal("steady", sim.State.WinnerOf("best"));
        var request = Assert.IsType<RequestTrial>(Assert.Single(step.Commands));
        Assert.Equal("child/1", request.Node);
        Assert.Contains(sim.State.KeyOf("steady/1")!.Value.Hex, request.Spec.Json, StringComparison.Ordinal);
        Assert.Contains("mae 0.2 eV/atom over 2 replicates, before 'lucky' with mae 0.255", step.Decisions.Single(d => d.Node == "best").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Tie_goes_to_the_earlier_candidate_whatever_the_order_of_finishing()
    {
        foreach (var order in new[] { new[] { "a/0", "b/0" }, ["b/0", "a/0"] })
        {
            var sim = new Simulation(Plans.Study("s", Plans.Train("a", 0, 0.3), Plans.Train("b", 0, 0.3), Plans.Select("best", "b", "a")));
            foreach (var node in order) sim.Finish(node);
            Assert.Equal("b", sim.State.WinnerOf("best"));
        }
    }

    [Fact]
    public void Group_with_a_failed_replicate_is_no_candidate_and_without_candidates_the_selection_fails()
    {
        var plan = Plans.Study(
            "s", Plans.Train("a", 0, 0.1), Plans.Train("a", 1, 0.1), Plans.Train("b", 0, 0.9), Plans.Select("best", "a", "b"),
            Plans.Train("child", 0, 0.1, "best"), Plans.Evaluate("test", "child/0"));
        var sim = new Simulation(plan);
        sim.Finish("a/0");
        sim.Fail("a/1", "diverged");
        sim.Finish("b/0");
        Assert.Equal("b", sim.State.WinnerOf("best"));
        Assert.Contains(sim.Decisions, d => d.Node == "best" && d.Text.EndsWith("the only candidate; 1 candidate failed", StringComparison.Ordinal));

        sim = new Simulation(plan);
        sim.Fail("b/0", "diverged");
        sim.Fail("a/1", "diverged");
        Assert.Equal(NodeStatus.Failed, sim.State.StatusOf("best"));
        Assert.Equal(NodeStatus.Blocked, sim.State.StatusOf("child/0"));
        Assert.Equal(NodeStatus.Blocked, sim.State.StatusOf("test"));
        Assert.Equal(StudyStatus.Running, sim.State.Status); // a/0 still runs
        sim.Finish("a/0");
        Assert.Equal(StudyStatus.Failed, sim.State.Status);
        Assert.Equal(new StudyHeader(StudyStatus.Failed, plan.Hash, 0, "", 6, 1, 3, 2), sim.State.Header);
    }

    [Fact]
    public void Scores_in_different_units_are_never_compared()
    {
        var sim = new Simulation(Plans.Study("s", Plans.Train("a", 0, 0.1), Plans.Train("b", 0, 0.2), Plans.Select("best", "a", "b")));
        sim.Apply(new TrialFinished(sim.KeyOf("a/0"), new ValidationScore("mae", 0.1, "eV/atom")));
        sim.Apply(new TrialFinished(sim.KeyOf("b/0"), new ValidationScore("mae", 100, "meV/atom")));
        Assert.Equal(NodeStatus.Failed, sim.State.StatusOf("best"));
    }

    [Fact]
    public void Nodes_with_one_spec_share_one_trial()
    {
        var spec = new SpecTemplate("""{"kind":"train"}""");
        var sim = new Simulation(Plans.Study("s", new TrainNode("x", "x", 0, spec), new TrainNode("y", "y", 0, spec)));
        Assert.Single(sim.State.Requests());
        var step = sim.Apply(new TrialFinished(sim.KeyOf("x"), new ValidationScore("mae", 1, "")));
        Assert.Equal(["x", "y"], step.ChangedNodes.Select(row => row.Node));
        Assert.Equal(StudyStatus.Finished, sim.State.Status);
    }

    [Fact]
    public void Late_and_doubled_reports_change_nothing()
    {
        var sim = new Simulation(Plans.Ladder("s"));
        var key = sim.KeyOf("pre/slow/0");
        sim.Finish("pre/slow/0");
        foreach (var late in new StudyEvent[]
        {
            new TrialFinished(key, new ValidationScore("mae", 9, "eV/atom")),
            new TrialFailed(key, 7, "late", Transient: false),
            new TrialFailed(new TrialKey(new string('0', 64)), 1, "unknown", Transient: true),
            new EvaluationFinished(new TrialKey(new string('0', 64))),
        })
        {
            var step = sim.Apply(late);
            Assert.Empty(step.Commands);
            Assert.Empty(step.Decisions);
            Assert.Empty(step.ChangedNodes);
        }
        Assert.Equal(NodeStatus.Finished, sim.State.StatusOf("pre/slow/0"));
    }

    [Fact]
    public void Passing_failure_is_requested_again_up_to_the_limit_counting_each_epoch_once()
    {
        var sim = new Simulation(Plans.Study("s", Plans.Train("a", 0, 0.1)) with { MaxAttempts = 3 });
        var key = sim.KeyOf("a/0");
        Assert.IsType<RequestTrial>(Assert.Single(sim.Apply(new TrialFailed(key, 1, "disk full", Transient: true)).Commands));
        Assert.Empty(sim.Apply(new TrialFailed(key, 1, "disk full", Transient: true)).Commands);
        Assert.IsType<RequestTrial>(Assert.Single(sim.Apply(new TrialFailed(key, 2, "disk full", Transient: true)).Commands));
        Assert.IsType<CompleteStudy>(Assert.Single(sim.Apply(new TrialFailed(key, 3, "disk full", Transient: true)).Commands));
        Assert.Equal(NodeStatus.Failed, sim.State.StatusOf("a/0"));
        Assert.IsType<RequestTrial>(Assert.Single(sim.Apply(new ResumeRequested()).Commands));
        Assert.Empty(sim.Apply(new TrialFailed(key, 3, "disk full", Transient: true)).Commands);
        sim.Finish("a/0");
        Assert.Equal(StudyStatus.Finished, sim.State.Status);
    }

    [Fact]
    public void Extension_keeps_what_is_finished_requests_what_is_new_and_withdraws_what_is_gone()
    {
        var sim = new Simulation(Plans.Study("s", Plans.Train("a", 0, 0.1), Plans.Train("gone", 0, 0.2)));
        var gone = sim.KeyOf("gone/0");
        sim.Finish("a/0");
        var step = sim.Apply(new StudyExtended(Plans.Study("s", Plans.Train("a", 0, 0.1), Plans.Train("b", 0, 0.2), Plans.Train("c", 0, 0.2, "a/0"))));
        Assert.Equal(new WithdrawTrial(gone), step.Commands[0]);
        Assert.Equal(["b/0", "c/0"], step.Commands.OfType<RequestTrial>().Select(request => request.Node));
        Assert.Equal(["b/0", "c/0"], step.ChangedNodes.Select(row => row.Node));
        Assert.Equal("gone/0", Assert.Single(step.RemovedNodes));
        Assert.Equal("extended: 2 new nodes, 1 removed, 1 kept", step.Decisions[0].Text);

        // The edit is taken back: what was finished before is known still.
        sim.Finish("b/0");
        sim.Apply(new StudyExtended(Plans.Study("s", Plans.Train("a", 0, 0.1))));
        Assert.Equal(StudyStatus.Finished, sim.State.Status);
        step = sim.Apply(new StudyExtended(Plans.Study("s", Plans.Train("a", 0, 0.1), Plans.Train("b", 0, 0.2))));
        Assert.Equal(StudyStatus.Finished, sim.State.Status);
        Assert.DoesNotContain(step.Commands, command => command is RequestTrial);
    }

    [Fact]
    public void Search_makes_groups_and_the_selection_among_them_feeds_its_child()
    {
        var template = new SpecTemplate(new JsonObject { ["kind"] = "train", ["rate"] = SpecTemplate.Draw("rate"), ["seed"] = 0 });
        var other = new SpecTemplate(new JsonObject { ["kind"] = "train", ["rate"] = SpecTemplate.Draw("rate"), ["seed"] = 1 });
        ImmutableArray<ParameterValue> rates = [new ParameterValue.Real(0.1), new ParameterValue.Real(0.01), new ParameterValue.Real(0.001)];
        var search = new SearchNode("search", "grid", 0, [new ChoiceDimension("rate", rates)], [template, other]);
        var sim = new Simulation(Plans.Study("s", search, Plans.Select("best", "search"), Plans.Train("child", 1, 0.5, "best")));
        Assert.Equal(8 + 1, sim.State.Rows().Length);
        Assert.Equal(
            ["search/0/0", "search/0/1", "search/1/0", "search/1/1", "search/2/0", "search/2/1"],
            sim.State.Requests().Select(request => request.Node));
        Assert.Equal("0.01", sim.State.Rows().Single(row => row.Node == "search/1/0").Labels["rate"]);
        foreach (var (node, error) in new[] { ("2/0", 0.3), ("0/1", 0.4), ("1/0", 0.1), ("0/0", 0.4), ("1/1", 0.2), ("2/1", 0.3) })
            sim.Apply(new TrialFinished(sim.KeyOf($"search/{node}"), new ValidationScore("mae", error, "")));
        Assert.Equal("search/1", sim.State.WinnerOf("best"));
        Assert.Contains(sim.KeyOf("search/1/1").Hex, Assert.Single(sim.State.Requests()).Spec.Json, StringComparison.Ordinal);
        Assert.Equal(NodeStatus.Finished, sim.State.StatusOf("search"));
        AssertSame(sim.State, StudyMachine.Restore(StudyMachine.Snapshot(sim.State)));
    }

    [Fact]
    public void Random_histories_end_replay_to_the_same_log_and_survive_snapshots()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            var random = new KeyedStream(seed, "history");
            ulong position = 0;
            var plan = RandomPlan(random, ref position);
            var sim = new Simulation(plan);
            for (var steps = 0; sim.State.OutstandingCount > 0 || sim.State.Status == StudyStatus.Cancelled; steps++)
            {
                Assert.True(steps < 1000, $"seed {seed}: no end");
                var requests = sim.State.Requests();
                var pick = requests[(int)random.Below(position++, (ulong)requests.Length)];
                switch (random.Below(position++, 20))
                {
                    case 0:
                        sim.Apply(new CancelRequested());
                        sim.Apply(new ResumeRequested());
                        break;
                    case 1:
                        sim.Apply(new TrialFailed(pick.Key, steps + 1, "bad luck", Transient: random.Below(position++, 2) == 0));
                        break;
                    case 2:
                        sim.Apply(new StudyExtended(plan with { Description = $"revision {steps}" }));
                        break;
                    default:
                        sim.Finish(pick.Node);
                        if (random.Below(position++, 4) == 0) sim.Finish(pick.Node);
                        break;
                }
                if (random.Below(position++, 4) == 0) AssertSame(sim.State, StudyMachine.Restore(StudyMachine.Snapshot(sim.State)));
            }
            Assert.True(sim.State.Status is StudyStatus.Finished or StudyStatus.Failed, $"seed {seed}: {sim.State.Status}");
            Assert.All(sim.State.Rows(), row => Assert.True(row.Status is NodeStatus.Finished or NodeStatus.Failed or NodeStatus.Blocked, $"seed {seed}: {row}"));
            var replay = new Simulation(sim.Events);
            Assert.Equal(sim.Decisions, replay.Decisions);
            AssertSame(sim.State, replay.State);
        }
    }

    [Fact]
    public void Winner_is_the_same_for_any_order_of_finishing()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var random = new KeyedStream(seed, "order");
            ulong position = 0;
            var sim = new Simulation(Plans.Ladder("s"));
            while (sim.State.OutstandingCount > 0)
            {
                var requests = sim.State.Requests();
                sim.Finish(requests[(int)random.Below(position++, (ulong)requests.Length)].Node);
            }
            var reference = new Simulation(Plans.Ladder("s"));
            while (reference.State.OutstandingCount > 0) reference.Finish(reference.State.Requests()[0].Node);
            Assert.Equal(reference.State.Rows().Select(row => (row.Node, row.Key, row.Winner, row.Reason)), sim.State.Rows().Select(row => (row.Node, row.Key, row.Winner, row.Reason)));
        }
    }

    static StudyStep Start(ResolvedStudy study) => StudyMachine.Apply(null, new StudyStarted(study));

    /// <summary>Reasons may name another of several failed parents; everything else is the same.</summary>
    internal static void AssertSame(StudyState expected, StudyState actual)
    {
        Assert.Equal(
            expected.Rows().Select(row => (row.Node, row.Kind, row.Group, row.Replicate, row.Status, row.Key, row.Winner)),
            actual.Rows().Select(row => (row.Node, row.Kind, row.Group, row.Replicate, row.Status, row.Key, row.Winner)));
        Assert.Equal(expected.Header, actual.Header);
        Assert.Equal(expected.Requests().Select(request => (request.Key, request.Node)), actual.Requests().Select(request => (request.Key, request.Node)));
    }

    static ResolvedStudy RandomPlan(KeyedStream random, ref ulong position)
    {
        var nodes = new List<PlanNode>();
        var parents = new List<string>();
        var layers = 1 + (int)random.Below(position++, 3);
        for (var layer = 0; layer < layers; layer++)
        {
            var groups = 1 + (int)random.Below(position++, 3);
            for (var g = 0; g < groups; g++)
            {
                for (var replicate = 0; replicate < 2; replicate++)
                {
                    string[] parent = parents.Count > 0 && random.Below(position++, 3) > 0 ? [parents[(int)random.Below(position++, (ulong)parents.Count)]] : [];
                    nodes.Add(Plans.Train($"l{layer}g{g}", replicate, random.Uniform(position++), parent));
                    if (random.Below(position++, 2) == 0) nodes.Add(Plans.Evaluate($"test/l{layer}g{g}/{replicate}", $"l{layer}g{g}/{replicate}"));
                }
            }
            nodes.Add(Plans.Select($"best{layer}", [.. Enumerable.Range(0, groups).Select(g => $"l{layer}g{g}")]));
            parents.Add($"best{layer}");
            parents.Add($"l{layer}g0/0");
        }
        return Plans.Study("random", nodes);
    }
}

/// <summary>A machine with its history; trials of <see cref="Plans"/> end with the error in their spec.</summary>
sealed class Simulation
{
    readonly List<StudyEvent> _events = [];

    public Simulation(ResolvedStudy study) => Apply(new StudyStarted(study));

    public Simulation(IEnumerable<StudyEvent> events)
    {
        foreach (var happened in events) Apply(happened);
    }

    public StudyState State { get; private set; } = null!;

    public List<Decision> Decisions { get; } = [];

    public IReadOnlyList<StudyEvent> Events => _events;

    public StudyStep Apply(StudyEvent happened)
    {
        // Through JSON, as a log would keep it.
        var stored = JsonSerializer.Deserialize<StudyEvent>(JsonSerializer.Serialize(happened, StudyJson.Options), StudyJson.Options)!;
        _events.Add(stored);
        var step = StudyMachine.Apply(State, stored);
        State = step.State;
        Decisions.AddRange(step.Decisions);
        return step;
    }

    public TrialKey KeyOf(string node) => State.KeyOf(node) ?? throw new InvalidOperationException($"{node} has no key");

    public StudyStep Finish(string node)
    {
        var key = KeyOf(node);
        if (State.Rows().Single(row => row.Node == node).Kind == "evaluate") return Apply(new EvaluationFinished(key));
        var spec = State.Requests().FirstOrDefault(request => request.Key == key)?.Spec;
        var error = spec is null ? 99 : JsonNode.Parse(spec.Json)!["error"]!.GetValue<double>();
        return Apply(new TrialFinished(key, new ValidationScore("mae", error, "eV/atom")));
    }

    public StudyStep Fail(string node, string reason) => Apply(new TrialFailed(KeyOf(node), _events.Count, reason, Transient: false));
}
