using System.Text.Json.Nodes;
using AtomSets.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Configurations that compete in groups, and modes, layers and sources that are searched.</summary>
public sealed class TransferGroupTests
{
    const string Study = """
        study: groups
        sources:
          first: { data: "ionic:120:1", target: lattice_energy_kapustinskii_ev_atom, split: { validation: 16 }, model: net }
          second: { data: "ionic:120:3", target: lattice_energy_ev_atom, split: { validation: 16 }, model: net, leakage: as-published }
        targets:
          dear: { data: "ionic:120:2", target: lattice_energy_ev_atom, split: { validation: 16, test: 16 }, seeds: 2 }
          other: { data: "ionic:90:4", target: lattice_energy_ev_atom, split: { validation: 16, test: 16 } }
        models:
          net: { kind: elemnet, architecture: 24x2-16x1-1 }
          attributes: { kind: elemnet, input: pa145, standardise: true, architecture: 16x1-1 }
        transfer:
          - { mode: scratch, name: SC-EF, model: net, group: [EF, SC] }
          - { mode: scratch, name: SC-PA, model: attributes, group: SC }
          - { mode: full, name: TL-FineTune, group: TL, source: { choice: all }, targets: dear }
          - { mode: { choice: ["features:layer1", "features:last"] }, name: TL-FeatExtr, model: net, group: TL, source: { choice: [first, second] }, targets: dear }
          - { mode: { choice: [full, new-head] }, name: one-source, source: first, targets: [other], trials: 1 }
        search: { sampler: grid }
        training: { epochs: 3, patience: 3, loss: mae, learning_rate: 0.001, batch_size: 32 }
        """;

    [Fact]
    public void Only_winners_of_groups_are_evaluated_and_searches_range_over_layers_and_sources()
    {
        using var bench = new EngineBench();
        var nodes = bench.Resolve(Study).Nodes;
        Assert.Equal(
            ["select/dear/EF/n88/s1/test", "select/dear/EF/n88/s2/test", "select/dear/SC/n88/s1/test", "select/dear/SC/n88/s2/test", "select/dear/TL/n88/s1/test", "select/dear/TL/n88/s2/test",
             "select/other/EF/n58/s1/test", "select/other/SC/n58/s1/test", "transfer/other/one-source/first/n58/s1/test"],
            nodes.OfType<EvaluateNode>().Select(node => node.Id).Order(StringComparer.Ordinal));
        var winner = nodes.OfType<SelectNode>().Single(node => node.Id == "select/dear/TL/n88");
        Assert.Equal(["transfer/dear/TL-FineTune/searched/n88/search", "transfer/dear/TL-FeatExtr/searched/n88/search"], winner.Candidates.AsEnumerable());
        var search = nodes.OfType<SearchNode>().Single(node => node.Id == "transfer/dear/TL-FeatExtr/searched/n88/search");
        Assert.Equal(["layer", "source"], search.Space.Select(dimension => dimension.Name));
        Assert.Equal(2, search.Replicates.Length);
        Assert.Equal(["pretrain/first/s1", "pretrain/second/s1"], search.Replicates[0].Parents.Select(parent => parent.Node));
        Assert.Equal(1, nodes.OfType<SearchNode>().Single(node => node.Id.Contains("one-source", StringComparison.Ordinal)).Draws);
    }

    [Fact]
    public async Task Such_a_study_runs_and_each_draw_reads_the_layer_of_its_source()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(Study, "groups.yaml"), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("groups", soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
        var view = await engine.ShowAsync("groups", soon.Token);
        var specs = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var node in view.Nodes.Where(node => node.Key is not null))
            specs[node.Node] = JsonNode.Parse((await bench.Ledger.SpecAsync(node.Key!.Value, soon.Token))!.Json)!;

        var drawn = specs.Where(pair => pair.Key.StartsWith("transfer/dear/TL-FeatExtr", StringComparison.Ordinal) && pair.Key.EndsWith("/0", StringComparison.Ordinal)).Select(pair => pair.Value).ToArray();
        Assert.Equal(4, drawn.Length);
        foreach (var spec in drawn) Assert.Equal("features:" + spec["model"]!["settings"]!["features"], (string?)spec["transfer"]!["mode"]);
        var parents = view.Nodes.Where(node => node.Node.StartsWith("pretrain/", StringComparison.Ordinal) && node.Key is not null).Select(node => node.Key!.Value.Hex).ToArray();
        Assert.Equal(4, drawn.Select(spec => (spec["transfer"]!["mode"]!.ToString(), spec["transfer"]!["parent"]!.ToString())).Distinct().Count());
        Assert.All(drawn, spec => Assert.Contains(spec["transfer"]!["parent"]!.ToString(), parents));

        // The winner's evaluation names a training of the group, the one with the lowest mean validation error.
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (node, _) in specs.Where(pair => pair.Key.StartsWith("transfer/dear/TL-", StringComparison.Ordinal)))
        {
            var key = view.Nodes.Single(one => one.Node == node).Key!.Value;
            var result = (TrainResult)(await bench.Ledger.FindAsync([key], soon.Token))[key].Result!;
            scores[node] = result.Score.Value;
        }
        var best = scores.GroupBy(pair => pair.Key[..pair.Key.LastIndexOf('/')]).MinBy(group => group.Average(pair => pair.Value))!;
        var tested = specs["select/dear/TL/n88/s1/test"]["trial"]!.ToString();
        Assert.Contains(best, pair => view.Nodes.Single(one => one.Node == pair.Key).Key!.Value.Hex == tested);
    }

    [Theory]
    [InlineData("mode: full, name: TL-FineTune", "mode: { choice: [full, scratch] }, name: TL-FineTune", "must all be features of a layer")]
    [InlineData("source: first,", "source: frist,", "no source \"frist\"")]
    [InlineData("targets: [other]", "targets: [others]", "no target \"others\"")]
    [InlineData("mode: scratch, name: SC-PA", "mode: scratch, source: first, name: SC-PA", "leave out \"source\"")]
    [InlineData("source: { choice: all }", "source: { chose: all }", "must be a name, a list of names or a choice")]
    [InlineData("\"features:last\"", "\"features:layer4\"", "no hidden layer 'layer4'")]
    public void Mistakes_are_named(string right, string wrong, string expected)
    {
        using var bench = new EngineBench();
        Assert.Contains(expected, Assert.Throws<StudyFileException>(() => bench.Resolve(Study.Replace(right, wrong, StringComparison.Ordinal))).Message, StringComparison.Ordinal);
    }
}
