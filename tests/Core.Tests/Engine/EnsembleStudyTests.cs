using System.Text;
using System.Text.Json.Nodes;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Several seeds as one predictor: judged on validation rows, chosen in a group, tested in one look.</summary>
public sealed class EnsembleStudyTests
{
    const string Study = """
        study: together
        targets:
          dear: { data: "ionic:120:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { folds: 2, nested: false, validation: 0.25, resample: true }, seeds: 3 }
        models:
          line: { kind: ridge, alpha: { choice: [0.01, 10] } }
          stump: { kind: baseline }
        transfer:
          - { mode: scratch, model: line, name: line, tested: false }
          - { mode: scratch, model: stump, name: stump, group: best }
          - { ensemble: line, name: lines, group: best }
          - { ensemble: [line, stump], name: both }
        search: { sampler: grid }
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_ensemble_has_a_validation_error_wins_a_group_and_is_looked_at_once_in_each_fold(bool nested)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(Study.Replace("nested: false", $"nested: {(nested ? "true" : "false")}"), "together.yaml"), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("together", soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
        var details = await engine.ShowAsync("together", soon.Token);

        // The mean of the linear models is better than the median on validation rows, so it wins: two looks by it, two by the other ensemble, and none by anything else.
        var selects = details.Nodes.Where(node => node.Node.StartsWith("select/", StringComparison.Ordinal) && node.Kind == "select").ToArray();
        Assert.Equal(nested ? 2 : 1, selects.Length);
        Assert.All(selects, select => Assert.Contains("/lines/ensemble/", select.Winner, StringComparison.Ordinal));
        Assert.Equal(4, (await bench.Ledger.CountTestLooksAsync(soon.Token)).Sum(look => look.Looks));

        foreach (var node in details.Nodes.Where(node => node.Kind == "train" && node.Node.Contains("/lines/ensemble/", StringComparison.Ordinal)))
        {
            var (result, members) = await OpenAsync(bench, node.Key!.Value, soon.Token);
            Assert.Equal(3, members.Length);
            // By hand: every validation row by the mean of those members that it validates.
            var values = new Dictionary<string, (double Truth, List<double> Values)>(StringComparer.Ordinal);
            foreach (var key in members)
            {
                var spec = JsonNode.Parse((await bench.Ledger.SpecAsync(key, soon.Token))!.Json)!;
                Assert.Equal(node.Labels["fold"], (string?)spec["data"]!["fold"]);
                var split = SplitManifest.Parse(Encoding.UTF8.GetString(bench.Artifacts.Get((string)spec["data"]!["manifest"]!)));
                var set = bench.Data.Load(DataRequest.FromJson(spec["data"]!.AsObject()), soon.Token);
                var weights = ((TrainResult)(await bench.Ledger.FindAsync([key], soon.Token))[key].Result!).Weights!;
                using var kernels = CpuKernels.Create();
                using var model = RowModel.Open(ModelFile.Read(bench.Artifacts.Get(weights), "member"), ModelRegistry.Default, kernels);
                using var data = PreparedData.FromCompositions("validation", [.. split.ValidationIds.Select(id => set.Composition(set.RowOf(id)))], () => CpuKernels.Create());
                using var inputs = model.OpenInputs(_ => data);
                var predicted = inputs.Predict([.. Enumerable.Range(0, split.ValidationIds.Count)])[0];
                foreach (var (i, id) in split.ValidationIds.Index())
                {
                    if (!values.TryGetValue(id, out var entry)) values.Add(id, entry = (set.Column("lattice_energy_ev_atom")[set.RowOf(id)], []));
                    entry.Values.Add(predicted[i]);
                }
            }
            Assert.True(values.Count > 20 && values.All(row => row.Value.Values.Count == 1), "validation rows of three seeds are disjoint here");
            Assert.Equal(values.Values.Average(row => Math.Abs(row.Values.Average() - row.Truth)), result.Score.Value, 1e-4);
            Assert.Equal(("mae", (double)values.Count, 0), (result.Score.Metric, result.Metrics["validation_rows"], result.Epochs));

            var file = ModelFile.Read(bench.Artifacts.Get(result.Weights!), "ensemble");
            Assert.Equal((3, values.Count, 0.0), (file.Members.Count, file.Calibration!.Rows, file.Calibration.SpreadShare));
        }
        var metrics = await MetricOutcome.OfAsync(details, bench.Ledger, DataSetRegistry.Shared, soon.Token);
        Assert.Contains(metrics, metric => metric is { Way: "best", Metric: "mae", Looks: 2 } && metric.Parts.Count == 2);
        Assert.Contains(metrics, metric => metric is { Way: "both ensemble" or "both", Metric: "member_mae" });
        Assert.All(metrics.Where(metric => metric.Metric == "coverage_90"), metric => Assert.InRange(metric.Mean, 0.7, 1));
        var ensembles = await EnsembleOutcome.OfAsync(details, bench.Ledger, soon.Token);
        var both = ensembles.Single(ensemble => ensemble.Mode == "both");
        Assert.Equal(6, both.Members.Count);
        Assert.True(both.Mean < both.Single && both.Validation > 0 && both.Coverage > 0.5);
    }

    [Fact]
    public void Members_that_share_their_validation_rows_need_no_more_than_seeds_and_a_winner_of_a_group_can_be_one()
    {
        using var bench = new EngineBench();
        var nodes = bench.Resolve(Study.Replace(", resample: true", "", StringComparison.Ordinal)
            .Replace("- { ensemble: lines, name: lines, group: best }", "", StringComparison.Ordinal).Replace("  - { ensemble: line, name: lines, group: best }\n", "", StringComparison.Ordinal)
            .Replace("ensemble: [line, stump]", "ensemble: best", StringComparison.Ordinal)).Nodes;
        var both = nodes.OfType<TrainNode>().Where(node => node.Stands == 3).ToArray();
        Assert.Equal(["transfer/dear/both/ensemble/n28/f0", "transfer/dear/both/ensemble/n28/f1"], both.Select(node => node.Id));
        Assert.All(both[1].Spec.Parents, parent => Assert.Equal("select/dear/best/n28", parent.Node));
        Assert.Equal([3, 4, 5], both[1].Spec.Parents.Select(parent => parent.Replicate!.Value));
    }

    [Theory]
    [InlineData("ensemble: line, name", "ensemble: lime, name", "no entry or group \"lime\"")]
    [InlineData("seeds: 3", "seeds: 1", "an ensemble of one model is none")]
    [InlineData("ensemble: [line, stump]", "ensemble: best", "may be won by an ensemble")]
    [InlineData("tested: false", "tested: false, group: best", "of a group the winner is tested")]
    public void Mistakes_are_named(string right, string wrong, string expected)
    {
        using var bench = new EngineBench();
        Assert.Contains(expected, Assert.Throws<StudyFileException>(() => bench.Resolve(Study.Replace(right, wrong, StringComparison.Ordinal))).Message, StringComparison.Ordinal);
    }

    static async Task<(TrainResult Result, TrialKey[] Members)> OpenAsync(EngineBench bench, TrialKey key, CancellationToken cancellation)
    {
        var spec = JsonNode.Parse((await bench.Ledger.SpecAsync(key, cancellation))!.Json)!;
        return ((TrainResult)(await bench.Ledger.FindAsync([key], cancellation))[key].Result!, [.. spec["ensemble"]!.AsArray().Select(member => new TrialKey((string)member!))]);
    }
}
