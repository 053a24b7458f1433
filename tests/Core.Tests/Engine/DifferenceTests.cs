using System.Globalization;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Δ-learning on a parent's predictions: as a baseline that the model adds to, and as an input.</summary>
public sealed class DifferenceTests : IDisposable
{
    const string Crystals = """
        study: differences
        sources:
          cheap: { data: "ionic:60:1", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 8 }, model: net }
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, seeds: 2 }
        models:
          net: { kind: megnet, embedding: 4, hidden: 6, width: 4, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 3.5, gaussian_stop_angstrom: 4 }
          shells: { kind: cgat, preset: small, width: 8, edge_width: 8, heads: 2, steps: 2, composition_hidden: 8, output_widths: [16, 8] }
          middle: { kind: baseline, statistic: median }
          line: { kind: ridge, alpha: 1.0e-6 }
          process: { kind: gp }
          sets: { kind: atomsets, phi: [8], rho: [8] }
        transfer:
          - delta
          - delta+references
          - full+delta
          - { mode: delta, name: other, model: shells }
          - { mode: delta, name: shift, model: middle }
          - { mode: "features:prediction", name: line, model: line }
          - { mode: "features:final+delta", name: process, model: process }
          - { mode: "features:V1+prediction", name: sets, model: sets }
          - { ensemble: [shift, full+delta], name: together }
        training: { epochs: 2, patience: 2, batch_size: 8 }
        """;

    readonly EngineBench _bench = new();
    readonly CancellationTokenSource _soon = new(TimeSpan.FromMinutes(4));

    public void Dispose()
    {
        _soon.Dispose();
        _bench.Dispose();
    }

    async Task<StudyDetails> RunAsync(string text, string name)
    {
        await using var engine = _bench.Engine();
        await engine.SubmitAsync(new StudyFile(text, Path.Combine(_bench.Home, name + ".yaml")), _soon.Token);
        StudyProgress? end = null;
        await foreach (var progress in engine.WatchAsync(name, _soon.Token)) end = progress;
        Assert.Equal((StudyStatus.Finished, null), (end!.Status, end.Message));
        return await engine.ShowAsync(name, _soon.Token);
    }

    async Task<TrialRecord> RecordAsync(StudyDetails study, Func<string, bool> isNode)
    {
        var key = study.Nodes.Single(node => isNode(node.Node)).Key!.Value;
        return (await _bench.Ledger.FindAsync([key], _soon.Token))[key];
    }

    async Task<ModelFile> FileAsync(StudyDetails study, Func<string, bool> isNode) =>
        ModelFile.Read(_bench.Artifacts.Get(((TrainResult)(await RecordAsync(study, isNode)).Result!).Weights!), "weights");

    static double[] Predict(ModelFile file, IReadOnlyList<Crystal> crystals)
    {
        using var stream = new MemoryStream();
        (file with { Provenance = new ModelProvenance() }).WriteTo(stream); // elements that it has never seen are predicted as well
        using var predictor = new Predictor("model", ModelFile.Read(stream.ToArray(), "again"), ModelRegistry.Default, () => CpuKernels.Create());
        return [.. predictor.Predict([.. crystals.Select(crystal => PredictionInput.Of("x", crystal))]).Select(one => one.Value ?? throw new InvalidOperationException(one.Error))];
    }

    [Fact]
    public async Task What_a_model_of_differences_predicts_is_the_parents_prediction_and_its_own()
    {
        var study = await RunAsync(Crystals, "differences");
        var (parent, set) = (await FileAsync(study, id => id == "pretrain/cheap/s1"), _bench.Data.Load(new DataRequest("ionic:60:2", "lattice_energy_ev_atom", 8, null, 0)));
        var cheap = Predict(parent, set.Crystals);
        var shift = await FileAsync(study, id => id.StartsWith("transfer/dear/shift/", StringComparison.Ordinal) && id.EndsWith("/s1", StringComparison.Ordinal));
        Assert.Equal(parent.ContentHash, shift.Baseline!.ContentHash);
        Assert.NotEqual(shift.ContentHash, (shift with { Baseline = null }).ContentHash);

        // By hand: the median of what the training labels exceed the parent's predictions by.
        var manifest = SplitManifest.Parse(System.Text.Encoding.UTF8.GetString(_bench.Artifacts.Get(shift.Provenance.TrainedOn[0].ManifestHash)));
        var labels = set.Column("lattice_energy_ev_atom").ToArray();
        double[] differences = [.. set.RowsOf(manifest.TrainIds).Select(row => labels[row] - cheap[row]).Order()];
        var median = differences.Length % 2 == 1 ? differences[differences.Length / 2] : (differences[(differences.Length / 2) - 1] + differences[differences.Length / 2]) / 2;
        var dear = Predict(shift, set.Crystals);
        Assert.All(dear.Zip(cheap), pair => Assert.Equal(pair.Second + median, pair.First, 1e-4));

        // Every mode: what the evaluation found is what the model file says, which holds its baseline.
        string[] modes = ["delta", "delta+references", "full+delta", "other", "shift", "line", "process", "sets"];
        foreach (var mode in modes)
        {
            var file = await FileAsync(study, id => id.StartsWith($"transfer/dear/{mode}/", StringComparison.Ordinal) && id.EndsWith("/s1", StringComparison.Ordinal));
            Assert.Equal(mode is not ("line" or "sets"), file.Baseline is not null);
            Assert.Equal(mode == "delta+references", file.References is not null);
            var evaluation = study.Nodes.Single(node => node.Node.StartsWith($"transfer/dear/{mode}/", StringComparison.Ordinal) && node.Node.EndsWith("/s1/test", StringComparison.Ordinal)).Key!.Value;
            var tested = await _bench.Ledger.PredictionsAsync(evaluation, _soon.Token);
            var own = Predict(file, [.. tested.Select(one => set.Crystal(set.RowOf(one.MaterialId)))]);
            Assert.All(tested.Zip(own), pair => Assert.Equal(pair.First.Value, pair.Second, 1e-3));
            var errors = tested.Select(one => Math.Abs(one.Value - one.Truth)).Average();
            Assert.Equal(errors, ((EvaluationResult)(await _bench.Ledger.FindAsync([evaluation], _soon.Token))[evaluation].Result!).Scores[0].Value, 1e-9);
        }

        // The mean of members, of which each has a baseline.
        var together = await FileAsync(study, id => id.StartsWith("transfer/dear/together/", StringComparison.Ordinal) && !id.EndsWith("/test", StringComparison.Ordinal));
        var some = set.Crystals.Take(5).ToArray();
        double[][] members = [.. together.Members.Select(member => Predict(member, some))];
        Assert.Equal(4, members.Length);
        Assert.All(Predict(together, some).Select((value, i) => (value, members.Average(member => member[i]))), pair => Assert.Equal(pair.Item2, pair.value, 1e-4));
    }

    [Fact]
    public async Task Labels_that_a_parent_predicts_up_to_a_constant_are_learnt_exactly()
    {
        const string source = """
            study: cheap
            sources:
              cheap: { data: "ionic:200:1", target: lattice_energy_kapustinskii_ev_atom, split: { validation: 20 }, model: net }
            models:
              net: { kind: elemnet, architecture: 16x2-1 }
            training: { epochs: 20, patience: 20, learning_rate: 0.01 }
            """;
        var parent = await FileAsync(await RunAsync(source, "cheap"), id => id == "pretrain/cheap/s1");
        parent.Write(Path.Combine(_bench.Home, "parent.safetensors"));
        var set = _bench.Data.Load(new DataRequest("ionic:120:2", "lattice_energy_ev_atom", null, null, 0));
        var predicted = Predict(parent, set.Crystals);
        _bench.Write("labels.csv", "id,formula,value\n" + string.Concat(set.Formulas.Select((formula, row) => string.Create(CultureInfo.InvariantCulture, $"r{row},{formula},{predicted[row] + 0.25:R}\n"))));
        const string target = """
            study: dear
            sources:
              cheap: { parent: parent.safetensors }
            targets:
              dear: { data: labels.csv, target: value, split: { validation: 20, test: 40 } }
            models:
              middle: { kind: baseline, statistic: mean }
              line: { kind: ridge, alpha: 1.0e-6 }
              net: { kind: elemnet, architecture: 16x2-1 }
            transfer:
              - { mode: scratch, name: scratch, model: middle }
              - { mode: delta, name: shift, model: middle }
              - { mode: "features:prediction", name: line, model: line }
              - { mode: delta, name: drawn }
              - { mode: delta, name: net, model: net }
            training: { epochs: 20, patience: 20, learning_rate: 0.01 }
            """;
        var study = await RunAsync(target, "dear");
        Assert.True(await ErrorAsync("scratch") > 0.1);
        Assert.InRange(await ErrorAsync("shift"), 0, 1e-5);
        Assert.InRange(await ErrorAsync("line"), 0, 1e-4);
        // Nothing is left to learn but that there is nothing to learn: the constant is the target's scaling.
        Assert.InRange(await ErrorAsync("drawn"), 0, 0.05);
        Assert.InRange(await ErrorAsync("net"), 0, 0.05);

        async Task<double> ErrorAsync(string mode) => ((EvaluationResult)(await RecordAsync(study, id => id.StartsWith($"transfer/dear/{mode}/", StringComparison.Ordinal) && id.EndsWith("/test", StringComparison.Ordinal))).Result!)
            .Scores.Single(score => score.Metric == "mae").Value;
    }

    [Fact]
    public void A_source_that_predicts_is_kept_clear_of_the_targets_formulas()
    {
        const string text = """
            study: clear
            sources:
              cheap: { data: "ionic:80:2", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 8 }, model: net, leakage: strict }
            targets:
              dear: { data: "ionic:20:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 4, test: 4 } }
            models:
              net: { kind: elemnet, architecture: 8x1-1 }
            transfer: [delta]
            """;
        var strict = _bench.Resolve(text).Facts.Where(fact => fact.Kind == "leakage").ToArray();
        Assert.StartsWith("strict: ", Assert.Single(strict).Text, StringComparison.Ordinal);
        var kept = _bench.Resolve(text.Replace("leakage: strict", "leakage: as-published", StringComparison.Ordinal)).Facts.Where(fact => fact.Kind == "leakage").ToArray();
        Assert.StartsWith("as published: ", Assert.Single(kept).Text, StringComparison.Ordinal);
        Assert.Equal(strict[0].Count, kept[0].Count);
    }

    [Theory]
    [InlineData("- delta\n", "- full+parent-scaler+delta\n", "have a scaling of their own")]
    [InlineData("- delta\n", "- delta+delta\n", "does not go with delta")]
    [InlineData("- delta\n", "- { mode: { choice: [delta, full] }, name: either }\n", "or all draw them anew (delta)")]
    [InlineData("model: middle }\n  - {", "model: nobody }\n  - {", "there is no model \"nobody\"")]
    [InlineData("model: net }\ntargets", "model: net }\n  later: { data: \"ionic:60:3\", target: gap_like_ev, split: { validation: 8 }, from: cheap, mode: full+delta }\ntargets", "learns differences")]
    [InlineData("data: \"ionic:60:2\"", "data: formulas.csv", "needs crystal structures")]
    public void Wrong_differences_are_told(string from, string to, string expected)
    {
        _bench.Write("formulas.csv", "formula,lattice_energy_ev_atom\n" + string.Concat(IonicGenerator.Generate(60, seed: 4).Crystals.Select((crystal, i) => $"{crystal.Composition.ReducedFormula},{i}\n")));
        var text = Crystals.Replace("where: { max_sites: 8 }, split: { validation: 8, test: 8 }", "split: { validation: 8, test: 8 }", StringComparison.Ordinal).Replace(from, to, StringComparison.Ordinal);
        Assert.Contains(expected, Assert.Throws<StudyFileException>(() => _bench.Resolver.Resolve(text, Path.Combine(_bench.Home, "a.yaml"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delta")]
    [InlineData("delta+references")]
    [InlineData("full+delta")]
    [InlineData("full+references+delta")]
    [InlineData("freeze:embed+new-head+delta")]
    [InlineData("features:V0+V1+delta")]
    public void A_mode_with_differences_is_read_as_it_is_written(string text)
    {
        var plan = TransferPlan.Parse(text);
        Assert.Equal((text, true, true), (plan.ToString(), plan.LearnsDifference, plan.NeedsParent));
        Assert.NotEqual(plan, TransferPlan.Parse(text.Replace("+delta", "", StringComparison.Ordinal).Replace("delta", "scratch", StringComparison.Ordinal).Replace("scratch+references", "full", StringComparison.Ordinal)));
    }
}
