using AtomSets.Engine;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

public sealed class StudyForecastTests : IDisposable
{
    const string Data = """
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, sizes: [8, 16] }

        """;

    readonly EngineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    IReadOnlyList<ForecastRow> Of(string text) => StudyForecast.Of(_bench.Resolve(text));

    [Fact]
    public void Fixed_trainings_are_counted_by_size_with_their_looks()
    {
        var rows = StudyForecast.Of(_bench.Resolver.Resolve(TinyStudy.File("tiny", epochs: 5).Text, "a.yaml"));
        var parent = Assert.Single(rows, row => row.Role == "pretrain");
        Assert.Equal(("cheap", "scratch", "net", 1L, 5L, 0L), (parent.Name, parent.Mode, parent.Model, parent.Trainings, parent.Epochs, parent.Looks));
        Assert.Equal(5 * parent.Rows, parent.Passes);
        Assert.Equal(
            [("scratch", 8L, 1L, 5L, 40L, 1L), ("scratch", 16L, 1L, 5L, 80L, 1L), ("full", 8L, 1L, 5L, 40L, 1L), ("full", 16L, 1L, 5L, 80L, 1L)],
            rows.Where(row => row.Role == "transfer").Select(row => (row.Mode, row.Rows, row.Trainings, row.Epochs, row.Passes, row.Looks)));
    }

    // 9 draws to 3 epochs, 3 go on to 9, 1 to the cap of 20: 9·3 + 3·6 + 1·11 = 56 epochs a replicate.
    [Theory]
    [InlineData("{ sampler: random, trials: 9, pruner: { rule: asha, min_epochs: 3 } }", 9 * 2, 56 * 2)]
    [InlineData("{ sampler: random, trials: 9 }", 9 * 2, 9 * 20 * 2)]
    [InlineData("{ sampler: grid }", 3 * 2, 3 * 20 * 2)]
    public void Searches_count_what_their_rungs_leave(string search, long trainings, long epochs)
    {
        var row = Of($$"""
            study: searched
            {{Data}}
            models: { net: { kind: atomsets, features: embedding } }
            transfer: [{ mode: scratch, model: net }]
            seeds: 2
            training: { epochs: 20, learning_rate: { choice: [0.01, 0.003, 0.001] } }
            search: {{search}}
            """).First(one => one.Rows == 8);
        Assert.Equal((trainings, epochs, 2L), (row.Trainings, row.Epochs, row.Looks));
        Assert.Equal(search.Contains("pruner", StringComparison.Ordinal), row.IsPruned);
    }

    [Fact]
    public void The_highest_of_searched_epochs_counts_and_a_fit_counts_as_one()
    {
        var rows = Of($$"""
            study: both
            {{Data}}
            models:
              net: { kind: atomsets, features: embedding }
              line: { kind: ridge }
            transfer: [{ mode: scratch, name: net, model: net }, { mode: scratch, name: line, model: line }]
            training: { epochs: { choice: [10, 30] } }
            search: { sampler: grid }
            """);
        Assert.Equal((2L, 60L), rows.Where(row => row is { Mode: "net", Rows: 16 }).Select(row => (row.Trainings, row.Epochs)).Single());
        Assert.Equal((1L, 1L), rows.Where(row => row is { Mode: "line", Rows: 16 }).Select(row => (row.Trainings, row.Epochs)).Single());
    }

    [Fact]
    public void A_budget_of_epochs_bounds_its_searches()
    {
        var rows = Of($$"""
            study: bounded
            {{Data}}
            models: { net: { kind: atomsets, features: embedding } }
            transfer: [{ mode: scratch, model: net }]
            training: { epochs: 20, learning_rate: { log: [0.001, 0.01] } }
            search: { sampler: random, trials: 10 }
            budget: { epochs: 200 }
            """);
        Assert.Equal(200, rows.Sum(row => row.Epochs));
    }

    [Fact]
    public void Ensembles_train_nothing_and_are_looked_at()
    {
        var rows = Of($$"""
            study: together
            {{Data}}
            models: { net: { kind: atomsets, features: embedding } }
            transfer: [{ mode: scratch, name: one, model: net }, { ensemble: one, name: mean }]
            seeds: 3
            training: { epochs: 4 }
            """);
        var mean = rows.Where(row => row.Mode == "mean").ToList();
        Assert.Equal((0L, 0L, 2L), (mean.Sum(row => row.Trainings), mean.Sum(row => row.Epochs), mean.Sum(row => row.Looks)));
    }
}
