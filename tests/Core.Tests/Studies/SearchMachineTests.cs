using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class SearchMachineTests
{
    static readonly ImmutableArray<SearchDimension> Space = [new FloatDimension("x", -5, 5), new FloatDimension("rate", 1e-5, 1, Log: true)];
    static readonly Pruning Asha = new(PruningRule.Asha, [1, 3, 9]);

    [Theory]
    [InlineData("random", null)]
    [InlineData("tpe", null)]
    [InlineData("random", PruningRule.Asha)]
    [InlineData("tpe", PruningRule.Asha)]
    [InlineData("tpe", PruningRule.Median)]
    [InlineData("tpe", PruningRule.Hyperband)]
    public void Same_search_for_any_number_of_workers_and_any_order_of_ends(string sampler, PruningRule? rule)
    {
        var study = Study(sampler, 60, rule is { } r ? new Pruning(r, [1, 3, 9]) : null);
        var alone = new SimulatedSearch(study, Score, workers: 1, seed: 1).Run();
        Assert.Equal(StudyStatus.Finished, alone.State.Status);
        Assert.All(alone.State.Rows(), row => Assert.Equal(NodeStatus.Finished, row.Status));
        foreach (var (workers, seed) in new[] { (2, 2UL), (7, 3UL), (64, 4UL), (64, 5UL) })
        {
            var many = new SimulatedSearch(study, Score, workers, seed).Run();
            Assert.Equal(alone.Keys(), many.Keys());
            Assert.Equal(alone.State.WinnerOf("best"), many.State.WinnerOf("best"));
            Assert.Equal(alone.Decisions.Where(d => d.Contains("goes on", StringComparison.Ordinal) && d.StartsWith('\'')).Order(), many.Decisions.Where(d => d.Contains("goes on", StringComparison.Ordinal) && d.StartsWith('\'')).Order());
        }
    }

    [Theory]
    [InlineData(PruningRule.Asha, 0)]
    [InlineData(PruningRule.Asha, 1)]
    [InlineData(PruningRule.Asha, 4)]
    [InlineData(PruningRule.Hyperband, 2)]
    [InlineData(PruningRule.Median, 1)]
    public void Short_lookahead_waits_for_nothing_that_has_not_begun(PruningRule rule, int lookahead)
    {
        var study = Study("tpe", 70, new Pruning(rule, [1, 3, 9])) with { Lookahead = lookahead };
        var search = new SimulatedSearch(study, Score, workers: 4, seed: 1).Run();
        Assert.Equal(StudyStatus.Finished, search.State.Status);
        Assert.Equal(70, search.State.Rows().Where(row => row.Kind == "train").Select(row => row.Group).Distinct().Count());
        Assert.Equal(search.Keys(), new SimulatedSearch(study, Score, workers: 16, seed: 2).Run().Keys());
    }

    [Fact]
    public void Learning_search_keeps_its_lookahead_busy_and_no_more()
    {
        var search = new SimulatedSearch(Study("tpe", 40, null), Score, workers: 64, seed: 1);
        Assert.Equal(17, search.Requested.Count); // draw n needs the results of draws before n − 16
        search.Run(1);
        Assert.InRange(search.Requested.Count, 17, 18);
        search.Run();
        Assert.Equal(40, search.Requested.Count);
        Assert.InRange(search.Busiest, 2, 17);
    }

    [Fact]
    public void Restart_from_a_snapshot_in_the_middle_changes_nothing()
    {
        var study = Study("tpe", 50, Asha);
        var undisturbed = new SimulatedSearch(study, Score, workers: 5, seed: 1).Run();
        var restarted = new SimulatedSearch(study, Score, workers: 5, seed: 2);
        for (var i = 0; i < 12; i++)
        {
            restarted.Run(7);
            var before = restarted.State.Requests().Select(request => request.Key).ToArray();
            restarted.Restart();
            Assert.Equal(before, restarted.State.Requests().Select(request => request.Key));
        }
        restarted.Run();
        Assert.Equal(undisturbed.Keys(), restarted.Keys());
        Assert.Equal(undisturbed.State.WinnerOf("best"), restarted.State.WinnerOf("best"));
    }

    [Fact]
    public void Successive_halving_lets_a_third_go_on_from_each_rung_and_each_starts_where_it_paused()
    {
        var search = new SimulatedSearch(Study("random", 81, Asha), Score, workers: 8, seed: 3).Run();
        var rows = search.State.Rows();
        int At(string rung) => rows.Count(row => row.Labels.GetValueOrDefault("rung") == rung && row.Kind == "train");
        Assert.Equal(81, At("1"));
        // Decided cohort by cohort, the third is not exact: early cohorts know little.
        Assert.InRange(At("3"), 27, 36);
        Assert.InRange(At("9"), 7, 15);
        var ends = rows.Where(row => row.Kind == "train" && !row.Labels.ContainsKey("rung")).ToArray();
        Assert.InRange(ends.Length, 2, 7);
        var finalist = ends[0];
        var specs = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        new SimulatedSearch(Study("random", 81, Asha), spec => { specs[spec.ToJsonString()] = spec; return Score(spec); }, workers: 1, seed: 3).Run();
        var paused = rows.Single(row => row.Node == finalist.Node + "@9");
        var last = specs.Values.Single(spec => spec["rung"]!["from"]?.GetValue<string>() == paused.Key!.Value.Hex);
        Assert.Null(last["rung"]!["until"]);
        Assert.Equal(9, specs.Values.Single(spec => TrialSpec.Parse(spec.ToJsonString()).Key == paused.Key)["rung"]!["until"]!.GetValue<int>());
        Assert.Equal(rows.Single(row => row.Node == finalist.Node + "@3").Key!.Value.Hex, specs.Values.Single(spec => TrialSpec.Parse(spec.ToJsonString()).Key == paused.Key)["rung"]!["from"]!.GetValue<string>());
    }

    [Fact]
    public void Median_keeps_the_first_few_and_then_the_better_half()
    {
        var search = new SimulatedSearch(Study("random", 100, new Pruning(PruningRule.Median, [5], Startup: 10)), Score, workers: 4, seed: 1).Run();
        var ends = search.State.Rows().Count(row => row.Kind == "train" && !row.Labels.ContainsKey("rung"));
        Assert.InRange(ends, 45, 65);
    }

    [Fact]
    public void Hyperband_shares_draws_out_among_first_rungs()
    {
        var hyperband = new Pruning(PruningRule.Hyperband, [1, 3, 9]);
        // ⌈4/4·27⌉, ⌈4/3·9⌉, ⌈4/2·3⌉, ⌈4/1⌉
        Assert.Equal([27, 12, 6, 4], Enumerable.Range(0, 49).Select(hyperband.BracketOf).GroupBy(b => b).OrderBy(g => g.Key).Select(g => g.Count()));
        Assert.Equal((1, 3, 9), (hyperband.Until(0, 0)!.Value, hyperband.Until(1, 0)!.Value, hyperband.Until(2, 0)!.Value));
        Assert.Null(hyperband.Until(3, 0));
    }

    [Fact]
    public void Failed_draws_are_never_chosen_and_do_not_hold_the_search_up()
    {
        var study = Study("tpe", 60, Asha);
        var search = new SimulatedSearch(study, spec => spec["x"]!.GetValue<double>() < 0 ? double.NaN : Score(spec), workers: 6, seed: 1).Run();
        Assert.Equal(StudyStatus.Failed, search.State.Status);
        Assert.Equal(NodeStatus.Finished, search.State.StatusOf("best"));
        var winner = search.State.WinnerOf("best")!;
        Assert.True(double.Parse(search.State.Rows().Single(row => row.Node == winner + "/0").Labels["x"], System.Globalization.CultureInfo.InvariantCulture) >= 0);
    }

    [Theory]
    [InlineData("random", PruningRule.Asha, 5)]
    [InlineData("random", PruningRule.Asha, 8)]
    [InlineData("tpe", PruningRule.Asha, 6)]
    [InlineData("random", PruningRule.Hyperband, 30)]
    public void When_all_that_went_on_have_failed_the_best_of_the_pruned_goes_on(string sampler, PruningRule rule, int diverging)
    {
        var study = Study(sampler, rule == PruningRule.Hyperband ? 40 : 9, new Pruning(rule, [1, 3, 9]));
        // The better a draw, the later it diverges: none of the best comes to its end.
        var firsts = new SortedDictionary<double, double>();
        new SimulatedSearch(study, spec => { firsts[Floor(spec)] = 0; return Score(spec); }, workers: 1, seed: 1).Run();
        var worst = firsts.Keys.ElementAt(diverging - 1);
        double Diverging(JsonObject spec) => Floor(spec) <= worst && spec["rung"]?["until"]?.GetValue<int>() is not (1 or 3) ? double.NaN : Score(spec);

        var alone = new SimulatedSearch(study, Diverging, workers: 1, seed: 1).Run();
        Assert.Equal(NodeStatus.Finished, alone.State.StatusOf("best"));
        foreach (var workers in new[] { 3, 16 })
        {
            var many = new SimulatedSearch(study, Diverging, workers, seed: 2);
            for (var i = 0; i < 20; i++)
            {
                many.Run(4);
                many.Restart();
            }
            many.Run();
            Assert.Equal(alone.Keys(), many.Keys());
            Assert.Equal(alone.State.WinnerOf("best"), many.State.WinnerOf("best"));
        }
    }

    [Fact]
    public void A_search_of_which_every_draw_fails_ends()
    {
        var search = new SimulatedSearch(Study("random", 9, Asha), _ => double.NaN, workers: 3, seed: 1).Run();
        Assert.Equal(StudyStatus.Failed, search.State.Status);
        Assert.Equal(NodeStatus.Failed, search.State.StatusOf("best"));
    }

    [Fact]
    public void Dimensions_that_depend_on_another_are_drawn_only_with_its_value_and_leave_the_spec_otherwise()
    {
        ImmutableArray<ParameterValue> kinds = [new ParameterValue.Word("adam"), new ParameterValue.Word("sgd")];
        ImmutableArray<SearchDimension> space =
        [
            new ChoiceDimension("optimizer", kinds),
            new FloatDimension("momentum", 0, 1, GridPoints: 3) { When = new DrawCondition("optimizer", [kinds[1]]) },
            new IntDimension("layers", 1, 2),
        ];
        foreach (var (sampler, draws) in new[] { ("grid", 0), ("random", 30), ("tpe", 30) })
        {
            var specs = new List<JsonObject>();
            var study = Study(sampler, draws, null, space, """{"kind":"train","optimizer":{"$draw":"optimizer"},"momentum":{"$draw":"momentum"},"layers":{"$draw":"layers"}}""");
            new SimulatedSearch(study, spec => { specs.Add(spec); return spec["layers"]!.GetValue<double>(); }, 1, 1).Run();
            Assert.All(specs, spec => Assert.Equal(spec["optimizer"]!.GetValue<string>() == "sgd", spec.ContainsKey("momentum")));
            // The grid: adam × 2 layers, sgd × 3 momenta × 2 layers.
            if (sampler == "grid") Assert.Equal(8, specs.Select(spec => spec.ToJsonString()).Distinct().Count());
        }
    }

    [Fact]
    public void Tpe_finds_what_random_draws_miss()
    {
        double[] tpe = [.. Enumerable.Range(0, 10).Select(seed => Best("tpe", (ulong)seed))];
        double[] random = [.. Enumerable.Range(0, 10).Select(seed => Best("random", (ulong)seed))];
        Assert.True(tpe.Order().ElementAt(5) < 0.5 * random.Order().ElementAt(5), $"medians {tpe.Order().ElementAt(5)} and {random.Order().ElementAt(5)}");

        double Best(string sampler, ulong seed)
        {
            var best = double.PositiveInfinity;
            new SimulatedSearch(Study(sampler, 100, null) with { Seed = seed }, spec => { var s = Score(spec); best = Math.Min(best, s); return s; }, workers: 4, seed: 1).Run();
            return best;
        }
    }

    // A bowl in x and in the logarithm of the rate; more epochs come nearer to its value, at a pace that depends on the rate.
    static double Score(JsonObject spec) => spec["rung"]?["until"]?.GetValue<int>() is { } until ? Floor(spec) + (2.0 / until) : Floor(spec);

    static double Floor(JsonObject spec)
    {
        var (x, rate) = (spec["x"]!.GetValue<double>(), Math.Log10(spec["rate"]!.GetValue<double>()));
        return 0.001 + ((x - 2) * (x - 2)) + ((rate + 3) * (rate + 3));
    }

    static ResolvedStudy Study(string sampler, int draws, Pruning? pruning) =>
        Study(sampler, draws, pruning, Space, """{"kind":"train","x":{"$draw":"x"},"rate":{"$draw":"rate"}}""");

    static ResolvedStudy Study(string sampler, int draws, Pruning? pruning, ImmutableArray<SearchDimension> space, string template) => new()
    {
        Name = "s",
        Seed = 1,
        Nodes = [new SearchNode("search", sampler, draws, space, [new SpecTemplate(template)]) { Pruning = pruning }, new SelectNode("best", ["search"])],
    };
}
