using AtomSets.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>ElemNet as a network of study files.</summary>
public sealed class ElemNetStudyTests
{
    const string Study = """
        study: formulas
        sources:
          cheap: { data: "ionic:120:1", target: lattice_energy_kapustinskii_ev_atom, split: { validation: 16 }, model: net }
        targets:
          dear: { data: "ionic:120:2", target: lattice_energy_ev_atom, split: { validation: 16, test: 16 }, sizes: [32] }
        models:
          net: { kind: elemnet, architecture: 24x2D-16x1D-1, dropout: train }
        transfer: [scratch, full, new-head, "freeze:fc0_0,fc0_1", "freeze:fc0_0+new-head", full+parent-scaler, "features:fc0_1", "features:fc1_0"]
        training: { epochs: 3, patience: 3, loss: mae, learning_rate: 0.0001, epsilon: 1.0e-7, batch_size: 32, scaling: none, clip: none }
        """;

    [Fact]
    public async Task A_study_pretrains_carries_over_and_tests()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(Study, "formulas.yaml"), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("formulas", soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
        var view = await engine.ShowAsync("formulas", soon.Token);
        var tests = view.Nodes.Where(node => node.Node.EndsWith("/test", StringComparison.Ordinal)).ToArray();
        Assert.Equal(8, tests.Length);
        var results = await bench.Ledger.FindAsync([.. tests.Select(node => node.Key!.Value)], soon.Token);
        var errors = results.Values.Select(record => ((EvaluationResult)record.Result!).Scores.Single(score => score.Metric == "mae").Value).ToArray();
        Assert.All(errors, error => Assert.True(double.IsFinite(error)));
        // Without scaling of the target the parent's scaler is none either: full and full+parent-scaler are one.
        Assert.Equal(7, errors.Distinct().Count());
        var scratch = view.Nodes.Single(node => node.Node.Contains("/scratch/", StringComparison.Ordinal) && !node.Node.EndsWith("/test", StringComparison.Ordinal));
        var trained = (TrainResult)(await bench.Ledger.FindAsync([scratch.Key!.Value], soon.Token))[scratch.Key!.Value].Result!;
        Assert.Equal(86 * 24 + 24 + 24 * 24 + 24 + 24 * 16 + 16 + 16 + 1, trained.Parameters);
    }

    [Fact]
    public void Unknown_parts_and_layers_are_refused()
    {
        using var bench = new EngineBench();
        var part = Assert.Throws<StudyFileException>(() => bench.Resolve(Study.Replace("fc0_0,fc0_1", "fc0_2")));
        Assert.Contains("no part 'fc0_2'", part.Message, StringComparison.Ordinal);
        var layer = Assert.Throws<StudyFileException>(() => bench.Resolve(Study.Replace("features:fc1_0", "features:fc1_1")));
        Assert.Contains("no hidden layer 'fc1_1'", layer.Message, StringComparison.Ordinal);
    }
}
