using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

/// <summary>Snapshots and events say what a sampler that learns has drawn; those that do not say it mean the same.</summary>
public sealed class DrawMemoryTests
{
    static readonly ImmutableArray<SearchDimension> Space =
        [new FloatDimension("x", -5, 5), new FloatDimension("rate", 1e-5, 1, Log: true), new IntDimension("layers", 1, 9), new ChoiceDimension("kind", [new ParameterValue.Word("a"), new ParameterValue.Flag(true)])];

    [Theory]
    [InlineData(null)]
    [InlineData(PruningRule.Asha)]
    [InlineData(PruningRule.Hyperband)]
    public void Logs_and_snapshots_with_and_without_draws_open_as_the_same_study(PruningRule? rule)
    {
        var search = new SimulatedSearch(Study(rule), spec => Score(spec), workers: 5, seed: 1);
        for (var i = 0; i < 8; i++)
        {
            search.Run(9);
            var snapshot = StudyMachine.Snapshot(search.State);
            var old = JsonNode.Parse(snapshot)!.AsObject();
            Assert.True(old.Remove("draws"));
            StudyState[] opened =
            [
                StudyMachine.Restore(snapshot),
                StudyMachine.Restore(old.ToJsonString()),
                Replay(search.Events),
                Replay(search.Events.Select(happened => happened with { Drawn = null })),
            ];
            foreach (var state in opened)
            {
                StudyMachineTests.AssertSame(search.State, state);
                Assert.Equal(snapshot, StudyMachine.Snapshot(state));
            }
        }
    }

    /// <summary>Values that no sampler would draw are taken as they stand: nothing is drawn again.</summary>
    [Fact]
    public void What_was_drawn_is_not_drawn_again()
    {
        var search = new SimulatedSearch(Study(null), spec => Score(spec), workers: 5, seed: 1).Run(30);
        var snapshot = JsonNode.Parse(StudyMachine.Snapshot(search.State))!;
        var last = snapshot["draws"]!.AsArray()[^1]!;
        last["values"]!["x"]!["value"] = 77;
        Assert.Contains(StudyMachine.Restore(snapshot.ToJsonString()).Requests(), request => request.Spec.Json.Contains("77", StringComparison.Ordinal));

        var at = search.Events.FindLastIndex(happened => happened.Drawn is not null);
        var drawn = search.Events[at].Drawn!.Value;
        var odd = drawn[^1] with { Values = drawn[^1].Values.SetItem("x", new ParameterValue.Real(77)) };
        search.Events[at] = search.Events[at] with { Drawn = drawn.SetItem(drawn.Length - 1, odd) };
        Assert.Contains(Replay(search.Events).Requests(), request => request.Spec.Json.Contains("77", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(PruningRule.Asha)]
    public void Draws_after_a_failure_that_is_forgotten_are_made_anew(PruningRule? rule)
    {
        var undisturbed = new SimulatedSearch(Study(rule), spec => Score(spec), workers: 5, seed: 1).Run();
        var fails = true;
        var search = new SimulatedSearch(Study(rule), spec => fails && spec["x"]!.GetValue<double>() is > -1 and < 0 ? double.NaN : Score(spec), workers: 5, seed: 2).Run();
        Assert.Equal(StudyStatus.Failed, search.State.Status);
        fails = false;
        search.Apply(new ResumeRequested());
        search.Run();
        Assert.Equal(StudyStatus.Finished, search.State.Status);
        Assert.Equal(undisturbed.Keys(), search.Keys());
        Assert.Equal(undisturbed.State.WinnerOf("best"), search.State.WinnerOf("best"));
        StudyMachineTests.AssertSame(search.State, Replay(search.Events));
    }

    [Fact]
    public void A_cancelled_search_goes_on_as_it_would_have()
    {
        var undisturbed = new SimulatedSearch(Study(PruningRule.Asha), spec => Score(spec), workers: 5, seed: 1).Run();
        var search = new SimulatedSearch(Study(PruningRule.Asha), spec => Score(spec), workers: 5, seed: 2).Run(35);
        var before = search.State.Requests().Select(request => request.Key).ToArray();
        search.Apply(new CancelRequested());
        search.Apply(new ResumeRequested());
        Assert.Equal(before, search.State.Requests().Select(request => request.Key));
        Assert.Equal(undisturbed.Keys(), search.Run().Keys());
    }

    /// <summary>As from a store: through JSON.</summary>
    static StudyState Replay(IEnumerable<StudyEvent> events)
    {
        StudyState? state = null;
        foreach (var happened in events)
        {
            var stored = JsonSerializer.Deserialize<StudyEvent>(JsonSerializer.Serialize(happened, StudyJson.Options), StudyJson.Options)!;
            state = StudyMachine.Apply(state, stored).State;
        }
        return state!;
    }

    static double Score(JsonObject spec) =>
        Math.Abs(spec["x"]!.GetValue<double>() - 1) + Math.Abs(Math.Log10(spec["rate"]!.GetValue<double>()) + 2) + (spec["layers"]!.GetValue<int>() / 10.0);

    static ResolvedStudy Study(PruningRule? rule)
    {
        var template = new SpecTemplate("""{"kind":"train","x":{"$draw":"x"},"rate":{"$draw":"rate"},"layers":{"$draw":"layers"},"kindOf":{"$draw":"kind"}}""");
        var search = new SearchNode("search", "tpe", 60, Space, [template]) { Pruning = rule is { } r ? new Pruning(r, [1, 3, 9]) : null };
        return new ResolvedStudy { Name = "s", Seed = 1, Nodes = [search, new SelectNode("best", ["search"])] };
    }
}
