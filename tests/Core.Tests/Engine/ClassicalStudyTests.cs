using AtomSets.Engine;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;
using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Models without gradient steps as trials of a study.</summary>
public sealed class ClassicalStudyTests
{
    const string Study = """
        study: classical
        sources:
          cheap: { data: "ionic:120:1", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 12 }, model: net }
        targets:
          dear: { data: "ionic:100:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 20, test: 20 } }
        models:
          net: { kind: elemnet, architecture: 16x2-8x1-1 }
          line: { kind: ridge, alpha: { log: [0.001, 10], points: 3 } }
          joined: { kind: extra_trees, input: layer+pa145, n_estimators: 20 }
        transfer:
          - { mode: scratch, model: line, name: "SC:ML" }
          - { mode: "features:fc0_1", model: line, name: "TL:ML(FeatExtr)" }
          - { mode: "features:fc0_1", model: joined, name: "TL:ML(FeatExtr, PA)" }
        search: { sampler: grid, pruner: asha }
        training: { epochs: 40, patience: 40, batch_size: 8, loss: mae, learning_rate: 0.003 }
        """;

    [Fact]
    public async Task A_ridge_is_searched_tested_and_predicts_from_its_file()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(Study, "classical.yaml"), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("classical", soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
        var nodes = (await engine.ShowAsync("classical", soon.Token)).Nodes;
        var tests = nodes.Where(node => node.Node.EndsWith("/test", StringComparison.Ordinal)).ToArray();
        Assert.Equal(3, tests.Length);
        var draws = nodes.Where(node => node.Node.Contains("/search/", StringComparison.Ordinal)).ToArray();
        Assert.Equal(6, draws.Length);
        var trained = await bench.Ledger.FindAsync([.. draws.Select(node => node.Key!.Value)], soon.Token);
        foreach (var record in trained.Values)
        {
            var result = (TrainResult)record.Result!;
            Assert.Equal(("mae", 1, AtomSets.Studies.StopReason.Plateau), (result.Score.Metric, result.Epochs, result.Stop));
            Assert.True(result.Metrics["validation_rmse"] >= result.Score.Value);
            Assert.Single(await bench.Metrics.ReadAsync(record.Key, soon.Token));
        }
        foreach (var test in tests)
        {
            var record = (await bench.Ledger.FindAsync([test.Key!.Value], soon.Token))[test.Key!.Value];
            Assert.InRange(((EvaluationResult)record.Result!).Scores.Single(score => score.Metric == "mae").Value, 0.01, 20);
        }

        foreach (var record in trained.Values)
        {
            var file = ModelFile.Read(bench.Artifacts.Get(((TrainResult)record.Result!).Weights!), "weights");
            file.Check(ModelRegistry.Default);
            using var predictor = new Predictor("ridge", file, ModelRegistry.Default, () => CpuKernels.Create());
            var known = Composition.FromAtoms([.. file.Provenance.KnownElements().Take(2)]);
            Assert.Null(predictor.Predict([PredictionInput.Of("known", known)]).Single().Error);
        }
    }

    [Fact]
    public void Training_settings_that_a_fit_does_not_take_leave_its_key()
    {
        using var bench = new EngineBench();
        var keys = Keys(Study);
        Assert.Equal(keys, Keys(Study.Replace("patience: 40", "patience: 30").Replace("\"features:fc0_1\", model: line", "scratch, model: line")).Take(keys.Length));
        Assert.NotEqual(keys, Keys(Study.Replace("loss: mae", "loss: mae, scaling: none")));

        string[] Keys(string text) => [.. bench.Resolve(text).Nodes.OfType<SearchNode>().Where(node => node.Id.Contains("SC:ML", StringComparison.Ordinal))
            .SelectMany(node => node.Replicates).Select(template => template.Json)];
    }

    [Fact]
    public void A_model_that_reads_a_layer_has_none_from_scratch()
    {
        using var bench = new EngineBench();
        var error = Assert.Throws<StudyFileException>(() => bench.Resolve(Study.Replace("\"features:fc0_1\", model: joined", "scratch, model: joined")));
        Assert.Contains("trains from scratch, and model joined reads a layer of a parent", Assert.Single(error.Problems).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_usual_space_searches_what_the_file_does_not_give_itself()
    {
        using var bench = new EngineBench();
        var text = Study.Replace("{ kind: ridge, alpha: { log: [0.001, 10], points: 3 } }", "{ kind: svr, space: usual, c: 3, epsilon: { choice: [0.2, 0.3] } }");
        var space = bench.Resolve(text).Nodes.OfType<SearchNode>().First().Space;
        Assert.Equal(["epsilon", "gamma", "standardise"], space.Select(dimension => dimension.Name));
        Assert.Equal(2, ((ChoiceDimension)space[0]).Values.Length);
        Assert.True(space[1] is FloatDimension { Log: true, Low: 1e-4, GridPoints: 6 });

        var network = Study.Replace("architecture: 16x2-8x1-1", "architecture: 16x2-8x1-1, space: usual");
        Assert.Contains("has no usual space", Assert.Throws<StudyFileException>(() => bench.Resolve(network)).Message, StringComparison.Ordinal);
        var other = text.Replace("space: usual", "space: large");
        Assert.Contains("must be usual", Assert.Throws<StudyFileException>(() => bench.Resolve(other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_usual_space_is_valid_for_its_own_setting()
    {
        using var bench = new EngineBench();
        foreach (var family in AtomSets.Models.Classical.ClassicalFamilies.All)
        {
            var text = Study.Replace("{ kind: ridge, alpha: { log: [0.001, 10], points: 3 } }", $"{{ kind: {family.Name}, space: usual }}");
            Assert.NotEmpty(bench.Resolve(text).Nodes.OfType<SearchNode>().First().Space);
        }
    }

    [Fact]
    public async Task The_best_of_the_classical_families_by_validation_is_tested_alone()
    {
        const string text = """
            study: best
            targets:
              dear: { data: "ionic:200:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 30, test: 30 }, seeds: 2 }
            models:
              constant: { kind: baseline }
              line: { kind: ridge, space: usual }
              near: { kind: knn, input: pa145, standardise: true }
              trees: { kind: extra_trees, input: pa145, n_estimators: 20, max_features: 0.33 }
            transfer:
              - { mode: scratch, name: constant, model: constant, group: "SC:ML" }
              - { mode: scratch, name: line, model: line, group: "SC:ML", trials: 3 }
              - { mode: scratch, name: near, model: near, group: "SC:ML" }
              - { mode: scratch, name: trees, model: trees, group: "SC:ML" }
            search: { sampler: random, trials: 2 }
            """;
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(text, "best.yaml"), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("best", soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
        var nodes = (await engine.ShowAsync("best", soon.Token)).Nodes;
        var scores = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        foreach (var node in nodes.Where(node => node.Key is not null && node.Node.StartsWith("transfer/", StringComparison.Ordinal)))
        {
            var result = (TrainResult)(await bench.Ledger.FindAsync([node.Key!.Value], soon.Token))[node.Key.Value].Result!;
            var configuration = node.Node[..node.Node.LastIndexOf('/')];
            if (!scores.TryGetValue(configuration, out var found)) scores.Add(configuration, found = []);
            found.Add(result.Score.Value);
        }
        Assert.Equal(6, scores.Count); // three single ones, three draws
        Assert.All(scores.Values, values => Assert.Equal(2, values.Count));
        var best = scores.MinBy(pair => pair.Value.Average()).Key;
        var tests = nodes.Where(node => node.Node.EndsWith("/test", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, tests.Length);
        foreach (var test in tests)
        {
            var spec = System.Text.Json.Nodes.JsonNode.Parse((await bench.Ledger.SpecAsync(test.Key!.Value, soon.Token))!.Json)!;
            Assert.StartsWith(best, nodes.Single(node => node.Key?.Hex == (string)spec["trial"]! && node.Node.StartsWith("transfer/", StringComparison.Ordinal)).Node, StringComparison.Ordinal);
        }
        Assert.Contains("trees", best, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_file_is_kept_by_the_evaluation_alone_which_fits_it_again()
    {
        const string text = """
            study: large
            sources:
              cheap: { data: "ionic:60:1", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 8 }, model: net }
            targets:
              dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 } }
            models:
              net: { kind: elemnet, architecture: 1024x2-1 }
              line: { kind: ridge }
            transfer: [{ mode: "features:layer1", model: line, name: on-layer }]
            training: { epochs: 1 }
            """;
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(text, "large.yaml"), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("large", soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
        var nodes = (await engine.ShowAsync("large", soon.Token)).Nodes;
        var records = await bench.Ledger.FindAsync([.. nodes.Where(node => node.Key is not null && node.Node.Contains("on-layer", StringComparison.Ordinal)).Select(node => node.Key!.Value)], soon.Token);
        var trained = records.Values.Select(record => record.Result).OfType<TrainResult>().Single();
        var tested = records.Values.Select(record => record.Result).OfType<EvaluationResult>().Single();
        Assert.Null(trained.Weights);
        var file = ModelFile.Read(bench.Artifacts.Get(tested.Weights!), "weights");
        Assert.Equal(trained.Score.Value, file.Metrics["validation_mae"]);
        Assert.Equal(1024 + 1 + 2 * 1024, trained.Parameters);
        Assert.Equal(86 * 1024, file.FeatureParent!.Parameters["fc0_0.W"].Values.Length);
    }

    [Fact]
    public void A_model_of_a_layer_beside_attributes_waits_for_the_mode_that_names_the_layer()
    {
        using var bench = new EngineBench();
        var text = Study.Replace("name: \"SC:ML\" }", "name: \"SC:ML\" }\n  - { mode: { choice: [\"features:layer1\", \"features:layer2\"] }, model: both, name: both }")
            .Replace("models:", "models:\n  both: { kind: extra_trees, input: layer+pa145 }");
        var search = bench.Resolve(text).Nodes.OfType<SearchNode>().Single(node => node.Id.Contains("/both/", StringComparison.Ordinal));
        Assert.Equal(["layer"], search.Space.Select(dimension => dimension.Name));
        var wrong = Assert.Throws<StudyFileException>(() => bench.Resolve(text.Replace("layer+pa145", "layer+pa154")));
        Assert.Contains("'pa154' is unknown", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_a_fitted_source_cannot_be_carried_over()
    {
        using var bench = new EngineBench();
        var text = Study.Replace("model: net }", "model: line }").Replace("features:fc0_1", "full").Replace(", model: line, name: \"TL", ", name: \"TL");
        Assert.Contains("fitted in one go", Assert.Throws<StudyFileException>(() => bench.Resolve(text)).Message, StringComparison.Ordinal);
    }
}
