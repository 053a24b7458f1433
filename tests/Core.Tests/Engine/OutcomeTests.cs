using AtomSets.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Winners of groups, and means of predictions, read from a study that ran.</summary>
public sealed class OutcomeTests
{
    const string Study = """
        study: outcomes
        sources:
          one: { data: "ionic:120:1", target: lattice_energy_kapustinskii_ev_atom, split: { validation: 16 }, model: net }
          two: { data: "ionic:120:3", target: lattice_energy_ev_atom, split: { validation: 16 }, model: net }
        targets:
          dear: { data: "ionic:120:2", target: lattice_energy_ev_atom, split: { validation: 16, test: 16 }, seeds: 2 }
        models:
          net: { kind: elemnet, architecture: 24x2-16x1-1 }
          middle: { kind: baseline }
        transfer:
          - { mode: scratch, name: Median, model: middle }
          - { mode: full, name: FineTune }
          - { mode: scratch, name: SC-DL, model: net, group: SC }
          - { mode: new-head, name: TL-New, source: { choice: all }, group: TL }
        search: { sampler: grid }
        training: { epochs: 4, patience: 4, loss: mae, learning_rate: 0.001, batch_size: 16 }
        """;

    [Fact]
    public async Task Errors_are_those_of_the_stored_predictions()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(Study, "outcomes.yaml"), soon.Token);
        await foreach (var _ in engine.WatchAsync("outcomes", soon.Token)) continue;
        var details = await engine.ShowAsync("outcomes", soon.Token);

        var groups = await GroupOutcome.OfAsync(details, bench.Ledger, soon.Token);
        Assert.Equal(["FineTune", "FineTune", "Median", "SC", "TL"], groups.Select(group => group.Group).Order(StringComparer.Ordinal));
        Assert.Equal(["SC", "TL"], groups.Where(group => group.IsChoice).Select(group => group.Group).Order(StringComparer.Ordinal));
        var transfer = groups.Single(group => group.Group == "TL");
        Assert.Equal(2, transfer.Tests.Length);
        Assert.Equal("TL-New", transfer.Mode);
        Assert.Matches("^TL-New \\((one|two)\\)$", transfer.Winner);
        Assert.Equal("SC-DL", groups.Single(group => group.Group == "SC").Winner);

        var found = await EnsembleOutcome.OfAsync(details, bench.Ledger, soon.Token);
        var fine = found.Single(one => one.Mode == "FineTune");
        Assert.Equal(["one net", "two net"], fine.Members);
        var predictions = new List<TrialPrediction[]>();
        foreach (var row in details.Nodes.Where(row => row.Kind == "evaluate" && row.Labels["mode"] == "FineTune")) predictions.Add([.. await bench.Ledger.PredictionsAsync(row.Key!.Value, soon.Token)]);
        Assert.Equal(4, predictions.Count);
        Assert.Equal(predictions.Average(one => one.Average(p => Math.Abs(p.Value - p.Truth))), fine.Single, 12);
        var all = Enumerable.Range(0, 16).Average(i => Math.Abs(predictions.Average(one => one.Single(p => p.MaterialId == predictions[0][i].MaterialId).Value) - predictions[0][i].Truth));
        Assert.Equal(all, fine.OverAll, 12);
        Assert.Equal(2, fine.OverSources.Count);
        Assert.True(fine.OverAll <= fine.Single);
    }

    [Fact]
    public async Task A_fold_counts_once_however_many_of_its_seeds_were_tested()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(
            """
            study: folds
            targets:
              dear: { data: "ionic:90:2", target: lattice_energy_ev_atom, split: { folds: 3, nested: true, validation: 12, resample: true }, seeds: 2 }
            models:
              net: { kind: elemnet, architecture: 12x1-1 }
              line: { kind: ridge, input: ef86 }
            transfer:
              - { mode: scratch, name: net, model: net, group: best }
              - { mode: scratch, name: line, model: line, group: best }
              - { ensemble: net, name: nets, group: best }
            training: { epochs: 6, patience: 6, loss: mae, learning_rate: 0.01, batch_size: 16 }
            """, "folds.yaml"), soon.Token);
        await foreach (var _ in engine.WatchAsync("folds", soon.Token)) continue;
        var details = await engine.ShowAsync("folds", soon.Token);

        var best = Assert.Single(await GroupOutcome.OfAsync(details, bench.Ledger, soon.Token), group => group.IsChoice);

        var tested = details.Nodes.Where(row => row.Kind == "evaluate" && row.Labels.ContainsKey("group")).ToArray();
        var looks = await bench.Ledger.FindAsync([.. tested.Select(row => row.Key!.Value)], soon.Token);
        var folds = tested.GroupBy(row => row.Labels["fold"]).Select(fold => fold.Select(row => row.Key!.Value).Distinct().Average(key => ((EvaluationResult)looks[key].Result!).Scores[0].Value)).ToArray();
        Assert.Equal(3, folds.Length);
        Assert.Equal(folds, best.Tests);
        Assert.Equal(folds.Average(), best.Test);
    }
}
