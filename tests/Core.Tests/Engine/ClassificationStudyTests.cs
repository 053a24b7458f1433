using System.Globalization;
using System.Text;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Classes by folds, with a choice inside each fold: the protocol of benchmarks with nested selection.</summary>
public sealed class ClassificationStudyTests
{
    static string Study(string file) => $$"""
        study: classes
        targets:
          oxide: { data: {{file}}, target: is_oxide, split: { folds: 3, nested: true, validation: 0.2, stratify: true }, seeds: 2 }
        models:
          line: { kind: ridge, task: classification }
          near: { kind: knn, task: classification, n_neighbors: { choice: [1, 5] } }
        transfer:
          - { mode: scratch, model: line, name: line, group: best }
          - { mode: scratch, model: near, name: near, group: best }
        search: { sampler: grid }
        training: { criterion: roc_auc_from_probabilities }
        """;

    [Fact]
    public async Task Each_fold_tests_the_winner_of_its_own_validation_rows_once_and_tells_both_areas()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(Study(bench.Write("oxides.csv", Table())), "classes.yaml"), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("classes", soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
        var details = await engine.ShowAsync("classes", soon.Token);

        var selects = details.Nodes.Where(node => node.Kind == "select" && node.Node.StartsWith("select/", StringComparison.Ordinal)).ToArray();
        Assert.Equal(3, selects.Length);
        var trained = details.Nodes.Where(node => node is { Kind: "train", Key: not null }).ToArray();
        var records = await bench.Ledger.FindAsync([.. trained.Select(node => node.Key!.Value)], soon.Token);
        Assert.All(records.Values, record => Assert.Equal("one_minus_roc_auc_from_probabilities", ((TrainResult)record.Result!).Score.Metric));
        foreach (var select in selects)
        {
            // 1 line and 2 draws of the neighbours, each of two seeds, in this fold alone.
            var groups = trained.Where(node => node.Labels["fold"] == select.Labels["fold"]).GroupBy(node => node.Group!).ToArray();
            Assert.Equal(3, groups.Length);
            Assert.Equal(groups.MinBy(group => group.Average(node => ((TrainResult)records[node.Key!.Value].Result!).Score.Value))!.Key, select.Winner);
        }
        // Two seeds in each of three folds are all the looks there are.
        Assert.Equal((3, 6), ((await bench.Ledger.CountTestLooksAsync(soon.Token)).Count, (await bench.Ledger.CountTestLooksAsync(soon.Token)).Sum(look => look.Looks)));

        var metrics = await MetricOutcome.OfAsync(details, bench.Ledger, DataSetRegistry.Shared, soon.Token);
        Assert.Equal(
            ["one_minus_roc_auc_from_probabilities", "log_loss", "roc_auc_from_probabilities", "roc_auc_from_labels", "accuracy", "f1"], metrics.Select(metric => metric.Metric));
        Assert.All(metrics, metric => Assert.Equal(("oxide", "best", 3, 6, ""), (metric.Target, metric.Way, metric.Parts.Count, metric.Looks, metric.Unit)));
        var area = metrics.Single(metric => metric.Metric == "roc_auc_from_probabilities");
        Assert.InRange(area.Mean, 0.9, 1);
        Assert.Equal(1 - area.Mean, metrics[0].Mean, 1e-12);
        var (a, b, c) = (area.Parts[0], area.Parts[1], area.Parts[2]);
        Assert.Equal(Math.Sqrt((((a - area.Mean) * (a - area.Mean)) + ((b - area.Mean) * (b - area.Mean)) + ((c - area.Mean) * (c - area.Mean))) / 2), area.Spread!.Value, 1e-12);
    }

    [Theory]
    [InlineData("criterion: roc_auc_from_probabilities", "criterion: auc", "training.criterion")]
    [InlineData("stratify: true", "stratify: yes", "must be true or false")]
    public void Mistakes_are_named(string right, string wrong, string expected)
    {
        using var bench = new EngineBench();
        var text = Study(bench.Write("oxides.csv", Table())).Replace(right, wrong, StringComparison.Ordinal);
        Assert.Contains(expected, Assert.Throws<AtomSets.Engine.StudyFileException>(() => bench.Resolve(text)).Message, StringComparison.Ordinal);
    }

    // A quarter are oxides.
    static string Table()
    {
        string[] metals = ["Li", "Na", "K", "Mg", "Ca", "Sr", "Al", "Ti", "Fe", "Zn"], others = ["O", "S", "F", "Cl"];
        var table = new StringBuilder("formula,is_oxide\n");
        for (var i = 0; i < 160; i++)
            table.Append(CultureInfo.InvariantCulture, $"{metals[i / 4 % 10]}{others[i % 4]}{1 + (i / 40)},{(i % 4 == 0 ? 1 : 0)}\n");
        return table.ToString();
    }
}
