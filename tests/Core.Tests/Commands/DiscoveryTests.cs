using AtomSets.Commands;
using AtomSets.Core.Tests.Engine;
using AtomSets.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Commands;

public sealed class DiscoveryTests
{
    /// <summary>Twelve candidates with the truths 1 to 12, of which 10, 11, 12 are the highest: by hand.</summary>
    [Fact]
    public void Figures_are_those_of_the_ranking()
    {
        // Predicted as they are, but 12 at 9.5 (behind 10, 11) and 10 at 8.5 (behind 9): the three predicted highest are 11, 12 and 9.
        double[] values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 8.5, 11, 9.5];
        var figures = DiscoveryFigures.Of(Predictions(values), top: 3);
        Assert.Equal(2 / 3.0, figures.Found, 12);
        Assert.Equal(3 / 10.0, figures.First, 12); // ten of twelve are looked at
        Assert.Equal(1 / 3.0, figures.Above, 12); // 11 alone is predicted at 10 or more
        Assert.Equal((1.5 + 0 + 2.5) / 3, figures.Error, 12);
        Assert.Equal(-(1.5 + 2.5) / 3, figures.Residual, 12);
    }

    [Fact]
    public void Equal_predictions_find_no_more_than_the_order_of_ids_gives()
    {
        var figures = DiscoveryFigures.Of(Predictions([.. Enumerable.Repeat(5.0, 12)]), top: 3);
        Assert.Equal((2 / 3.0, 0.0), (figures.Found, figures.Above)); // by id m1, m10, m11 come first, of which two are among 10, 11, 12
    }

    [Fact]
    public async Task A_study_without_the_highest_values_is_asked_how_it_finds_them()
    {
        const string text = """
            study: above
            targets:
              dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, split: { top: 0.1, test: 10, validation: 8 } }
            models: { line: { kind: ridge, input: pa145 }, mean: { kind: baseline, statistic: mean } }
            transfer: [{ mode: scratch, name: line, model: line }, { mode: scratch, name: mean, model: mean }]
            """;
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(text, "above.yaml"), soon.Token);
        await foreach (var progress in engine.WatchAsync("above", soon.Token)) _ = progress;
        var outcomes = await DiscoveryOutcome.OfAsync(await engine.ShowAsync("above", soon.Token), bench.Ledger, soon.Token);
        Assert.Equal(["line", "mean"], outcomes.Select(one => one.Way));
        Assert.All(outcomes, one => Assert.Equal((6, 16), (one.Top, one.Candidates)));
        var mean = outcomes[1].Parts.Single();
        Assert.Equal((0, -mean.Error), (mean.Above, mean.Residual)); // one value for all, below every one of the highest
        Assert.Contains("0.375", DiscoveryVerb.Table(outcomes, isForPeople: false).ToCsv());
        Assert.Contains("leave out column, folds and stratify", Assert.Throws<StudyFileException>(() => bench.Resolve(text.Replace("test: 10", "folds: 3"))).Message);
    }

    static TrialPrediction[] Predictions(double[] values) => [.. values.Select((value, i) => new TrialPrediction(RowSet.Test, $"m{i + 1}", "k", value, i + 1))];
}
