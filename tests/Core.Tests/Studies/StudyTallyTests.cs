using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class StudyTallyTests
{
    static readonly ImmutableArray<SearchDimension> Space = [new FloatDimension("x", -5, 5)];

    public static TheoryData<string, PruningRule?, int, bool> Searches() => new()
    {
        { "random", null, 1, false },
        { "tpe", PruningRule.Asha, 1, false },
        { "random", PruningRule.Asha, 2, true },
        { "random", PruningRule.Hyperband, 1, true },
        { "tpe", PruningRule.Median, 2, true },
    };

    [Theory]
    [MemberData(nameof(Searches))]
    public async Task Counts_kept_event_by_event_are_those_of_a_count_from_the_beginning(string sampler, PruningRule? rule, int replicates, bool fails)
    {
        var random = new KeyedStream(7, $"{sampler}{rule}{replicates}");
        ulong draws = 0;
        var run = new WatchedRun(Study(sampler, rule, replicates), 5, (spec, _) =>
        {
            var failed = fails && random.Below(++draws, 12) == 0;
            return new(1 + random.Uniform(++draws), failed ? double.NaN : Score(spec));
        });
        var kept = new StudyTally(WatchedRun.SizeOf);
        kept.Reset(run.State);
        while (run.State.Status == StudyStatus.Running)
        {
            var before = run.Steps.Count;
            await run.RunAsync(3);
            foreach (var (step, _) in run.Steps.Skip(before)) kept.Apply(step, replan: false);
            var counted = new StudyTally(WatchedRun.SizeOf);
            counted.Reset(run.State);
            Assert.Equal(Describe(counted, run.State), Describe(kept, run.State));
            MustBeTrue(kept, run.State);
        }
        Assert.Equal(0, kept.Count(NodeStatus.Requested));
        Assert.Equal(0, kept.PausedDraws);
    }

    [Fact]
    public async Task An_extension_counts_what_is_new()
    {
        var run = await new WatchedRun(Study("random", PruningRule.Asha, 1), 2, (spec, _) => new(1, Score(spec))).RunAsync();
        var kept = new StudyTally(WatchedRun.SizeOf);
        kept.Reset(run.State);
        var before = kept.Trials;
        var more = Study("random", PruningRule.Asha, 1);
        more = more with { Nodes = [.. more.Nodes, new TrainNode("extra/0", "extra", 0, new SpecTemplate("""{"kind":"train","x":9}""")) { Labels = Labels("20") }] };
        var step = StudyMachine.Apply(run.State, new StudyExtended(more));
        kept.Apply(step, replan: true);
        Assert.Equal((before + 1, 1), (kept.Trials, kept.Count(NodeStatus.Requested)));
        MustBeTrue(kept, step.State);
        Assert.Contains(kept.Recent, decision => decision.Text.StartsWith("extended: 1 new nodes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_round_of_active_learning_chose_leads_nothing()
    {
        TrainNode Node(string id, string role, double x) => new(id, id, 0, new SpecTemplate(new JsonObject { ["kind"] = "train", ["x"] = x })) { Labels = Labels("20").SetItem("role", role) };
        var study = new ResolvedStudy { Name = "s", Seed = 3, Nodes = [Node("round", "transfer", 5), Node("round/acquire", "acquisition", 1.7)] };
        var run = await new WatchedRun(study, 1, (spec, _) => new(1, Score(spec))).RunAsync();
        var tally = new StudyTally(WatchedRun.SizeOf);
        tally.Reset(run.State);
        Assert.Equal(2, tally.Count(NodeStatus.Finished));
        Assert.Equal(3.3, Assert.Single(tally.Leaders(run.State)).Score.Value, 1e-9);
        Assert.Equal(3.3, tally.Best(run.State)!.Value.Value, 1e-9);
    }

    /// <summary>Against what the state says, node by node and draw by draw.</summary>
    static void MustBeTrue(StudyTally tally, StudyState state)
    {
        var trials = state.Rows().Where(row => row.Kind is "train" or "evaluate").ToArray();
        var keyed = trials.Where(row => row.Key is not null).GroupBy(row => row.Key!.Value).Select(rows => rows.First().Status);
        foreach (var status in Enum.GetValues<NodeStatus>())
            Assert.Equal(keyed.Count(other => other == status) + trials.Count(row => row.Key is null && row.Status == status), tally.Count(status));
        foreach (var search in tally.Searches(state))
        {
            var pruning = ((SearchNode)state.Nodes[search.Search].Node).Pruning;
            var draws = Enumerable.Range(0, search.Drawn).Select(n => state.Groups[$"{search.Search}/{n}"]).ToArray();
            foreach (var rung in search.Rungs)
            {
                int LevelOf(GroupState group) => Enumerable.Range(0, pruning?.Levels(group.Draw!.Bracket) ?? 1).FirstOrDefault(level => pruning?.Until(group.Draw!.Bracket, level) == rung.Epochs, -1);
                var here = draws.Select(group => (Group: group, Level: LevelOf(group))).Where(draw => draw.Level >= 0 && draw.Group.Draw!.Level >= draw.Level).ToArray();
                Assert.Equal(here.Length, rung.Reached);
                Assert.Equal(here.Count(draw => draw.Group.Draw!.Level > draw.Level || draw.Group.Mean is not null), rung.Done);
                Assert.Equal(here.Count(draw => draw.Group.Draw!.Level == draw.Level && draw.Group.Draw.Pruned), rung.Pruned);
                Assert.Equal(here.Count(draw => draw.Group.Draw!.Level == draw.Level && draw.Group.Failure is not null), rung.Failed);
            }
            Assert.Equal(search.Ended, search.Rungs.Sum(rung => rung.Pruned + rung.Failed) + search.Rungs[^1].Done);
        }
        foreach (var leader in tally.Leaders(state).Where(leader => leader is { Epochs: null } && leader.Replicates == leader.Of))
        {
            // The best mean of all groups that were trained to the end and compete for the same.
            var means = state.Groups.Values.Where(group => group.Mean is not null && state.Nodes[group.Members[0].Node].Node.Labels["rows"] == leader.What.Split(' ')[1]);
            Assert.Equal(means.Min(group => group.Mean!.Value.Value), leader.Score.Value, 1e-12);
        }
    }

    static string Describe(StudyTally tally, StudyState state) => string.Join('\n',
    [
        string.Join(' ', Enum.GetValues<NodeStatus>().Select(tally.Count)),
        string.Join(' ', tally.Costs.All.Where(kind => kind.Open > 0).OrderBy(kind => kind.Depth).ThenBy(kind => kind.Work).Select(kind => $"{kind.Depth}:{kind.Open}")),
        .. tally.Searches(state).Select(search => $"{search.Search} {search.Drawn} {search.Ended} {string.Join(' ', search.Rungs)}"),
        .. tally.Leaders(state).Select(leader => leader.ToString()),
        tally.Best(state).ToString(),
    ]);

    internal static double Score(JsonObject spec) => Math.Abs(spec["x"]!.GetValue<double>() - 1.7) + (0.01 * (spec["seed"]?.GetValue<int>() ?? 0));

    static ImmutableSortedDictionary<string, string> Labels(string rows) => ImmutableSortedDictionary<string, string>.Empty
        .Add("role", "transfer").Add("target", "dear").Add("rows", rows).Add("mode", "full").Add("unit", "eV");

    static ResolvedStudy Study(string sampler, PruningRule? rule, int replicates) => new()
    {
        Name = "s",
        Seed = 3,
        Nodes =
        [
            .. new[] { "20", "40" }.SelectMany(rows => new PlanNode[]
            {
                new SearchNode($"{rows}/search", sampler, 30, Space,
                    [.. Enumerable.Range(0, replicates).Select(r => new SpecTemplate($$$"""{"kind":"train","seed":{{{r}}},"rows":{{{rows}}},"epochs":27,"x":{"$draw":"x"}}"""))])
                {
                    Labels = Labels(rows), Pruning = rule is { } some ? new Pruning(some, [1, 3, 9]) : null,
                },
                new SelectNode($"{rows}/best", [$"{rows}/search"]) { Labels = Labels(rows) },
            }),
        ],
    };
}
