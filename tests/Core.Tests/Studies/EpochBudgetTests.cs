using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

/// <summary>A search that has a share of a study's epochs.</summary>
public sealed class EpochBudgetTests
{
    const int Longest = 81;
    static readonly ImmutableArray<SearchDimension> Space = [new FloatDimension("x", -5, 5, GridPoints: 300)];

    [Theory]
    [InlineData("random", null, 16)]
    [InlineData("tpe", null, 16)]
    [InlineData("tpe", null, 3)]
    [InlineData("grid", null, 16)]
    [InlineData("random", PruningRule.Asha, 16)]
    [InlineData("tpe", PruningRule.Asha, 5)]
    [InlineData("tpe", PruningRule.Hyperband, 16)]
    [InlineData("random", PruningRule.Median, 8)]
    public void It_is_the_same_search_for_any_number_of_workers_and_stays_within_its_share(string sampler, PruningRule? rule, int lookahead)
    {
        foreach (var share in new[] { 300L, 600, 1100 })
        {
            var study = Study(sampler, 300, rule, share) with { Lookahead = lookahead };
            var alone = Run(study, workers: 1, seed: 1);
            var (draws, epochs) = (Draws(alone), Trained(alone));
            Assert.InRange(draws, 1, 299);
            // What will go on from a rung is an expectation, and draws that learn come further than those before: a search that prunes may miss its share by a few trainings.
            Assert.InRange(epochs, share - (2 * Longest), rule is null ? share : share + (5 * Longest));
            Assert.Equal((StudyStatus.Finished, NodeStatus.Finished), (alone.State.Status, alone.State.StatusOf("best")!.Value));
            var said = Assert.Single(alone.Decisions, line => line.StartsWith("the budget left out draws", StringComparison.Ordinal));
            Assert.Contains($"draws {draws + 1} to 300: the {draws} before have trained", said, StringComparison.Ordinal);
            Assert.Equal(said, alone.State.Rows().Single(row => row.Node == "search").Reason);
            foreach (var (workers, seed) in new[] { (2, 2UL), (7, 3UL), (64, 4UL), (64, 5UL) })
            {
                var many = Run(study, workers, seed);
                Assert.Equal(alone.Keys(), many.Keys());
                Assert.Equal(alone.State.WinnerOf("best"), many.State.WinnerOf("best"));
            }
        }
    }

    [Fact]
    public void Where_all_fits_nothing_waits()
    {
        var search = Simulated(Study("random", 60, null, 60 * Longest), workers: 60, seed: 1);
        Assert.Equal(60, search.Requested.Count);
        search.Run();
        Assert.DoesNotContain(search.Decisions, line => line.Contains("budget", StringComparison.Ordinal));
    }

    [Fact]
    public void Restart_in_the_middle_changes_nothing()
    {
        var study = Study("tpe", 300, PruningRule.Asha, 600);
        var undisturbed = Run(study, workers: 5, seed: 1);
        var restarted = Simulated(study, workers: 5, seed: 2);
        for (var i = 0; i < 8; i++)
        {
            restarted.Run(5);
            var before = restarted.State.Requests().Select(request => request.Key).ToArray();
            restarted.Restart();
            Assert.Equal(before, restarted.State.Requests().Select(request => request.Key));
        }
        restarted.Run();
        Assert.Equal(undisturbed.Keys(), restarted.Keys());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(PruningRule.Asha)]
    public void A_larger_budget_goes_on_where_the_smaller_one_ended(PruningRule? rule)
    {
        var (small, large) = (Study("random", 300, rule, 300), Study("random", 300, rule, 900));
        var ended = Run(small, workers: 4, seed: 1);
        var extension = StudyMachine.Apply(ended.State, new StudyExtended(large));
        Assert.Equal(StudyStatus.Running, extension.State.Status);
        var known = ended.Keys();
        Assert.DoesNotContain(extension.Commands.OfType<RequestTrial>(), request => known.Contains(request.Key.Hex));
        // To the end, it is the search that the larger budget would have made at once.
        var state = extension.State;
        while (state.Requests() is { IsEmpty: false } requests)
        {
            var spec = JsonNode.Parse(requests[0].Spec.Json)!.AsObject();
            state = StudyMachine.Apply(state, new TrialFinished(requests[0].Key, new ValidationScore("mae", Score(spec), "eV")) { Epochs = Epochs(spec) }).State;
        }
        Assert.Equal(Run(large, workers: 4, seed: 1).Keys(), [.. state.Rows().Where(row => row.Key is not null).Select(row => row.Key!.Value.Hex)]);
        // And back: what is not wanted any more goes, what is finished stays known.
        var back = StudyMachine.Apply(state, new StudyExtended(small));
        Assert.Equal(StudyStatus.Finished, back.State.Status);
        Assert.Empty(back.Commands.OfType<RequestTrial>());
    }

    [Fact]
    public void Draws_that_fail_cost_nothing_and_hold_nothing_up()
    {
        var search = new SimulatedSearch(Study("tpe", 300, PruningRule.Asha, 500), spec => X(spec) < 0 ? double.NaN : Score(spec), workers: 6, seed: 1) { Epochs = Epochs }.Run();
        Assert.Equal((StudyStatus.Failed, NodeStatus.Finished), (search.State.Status, search.State.StatusOf("best")!.Value));
        // Here nearly all that were in flight when the share was full turned out better than those before: as many trainings more, at worst.
        Assert.InRange(Trained(search), 500 - (4 * Longest), 500 + ((search.State.Study.Lookahead + 1) * Longest));
    }

    static SimulatedSearch Simulated(ResolvedStudy study, int workers, ulong seed) => new(study, Score, workers, seed) { Epochs = Epochs };

    static SimulatedSearch Run(ResolvedStudy study, int workers, ulong seed) => Simulated(study, workers, seed).Run();

    static int Draws(SimulatedSearch search) => search.State.Rows().Where(row => row.Kind == "train").Select(row => row.Group).Distinct().Count();

    /// <summary>Of each draw, up to where it came.</summary>
    static long Trained(SimulatedSearch search)
    {
        var rows = search.State.Rows().Where(row => row is { Kind: "train", Status: NodeStatus.Finished }).GroupBy(row => row.Group);
        return rows.Sum(draw => draw.Max(row => row.Labels.GetValueOrDefault("rung") is { } rung
            ? int.Parse(rung, System.Globalization.CultureInfo.InvariantCulture)
            : Whole(double.Parse(row.Labels["x"], System.Globalization.CultureInfo.InvariantCulture))));
    }

    static double X(JsonObject spec) => spec["x"]!.GetValue<double>();

    static double Score(JsonObject spec) => ((X(spec) - 2) * (X(spec) - 2)) + (2.0 / (spec["rung"]?["until"]?.GetValue<int>() ?? Longest));

    static int Epochs(JsonObject spec) => spec["rung"]?["until"]?.GetValue<int>() ?? Whole(X(spec));

    /// <summary>Most trainings end on a plateau: after 28 to 81 epochs.</summary>
    static int Whole(double x) => 28 + (int)(Math.Abs(x * 1000) % (Longest - 27));

    static ResolvedStudy Study(string sampler, int draws, PruningRule? rule, long share) => new()
    {
        Name = "s",
        Seed = 1,
        Nodes =
        [
            new SearchNode("search", sampler, draws, Space, [new SpecTemplate("""{"kind":"train","x":{"$draw":"x"}}""")])
            {
                Pruning = rule is { } r ? new Pruning(r, [3, 9, 27]) : null, Share = new EpochShare(share, Longest),
            },
            new SelectNode("best", ["search"]),
        ],
    };
}
