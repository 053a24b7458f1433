using System.Text;
using System.Text.Json.Nodes;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Replicates of a source: each trains on rows of its own, and each of a target's seeds learns from another of them.</summary>
public sealed class SourceSeedsTests : IDisposable
{
    const string Plain = """
        study: s
        sources:
          cheap:
            data: ionic:80:1
            target: lattice_energy_kapustinskii_ev_atom
            where: { max_sites: 8 }
            split: { validation: 8, test: 8 }
            sizes: [12, 24]
            parents: largest
            model: net
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, sizes: [8] }
        models:
          net: { kind: megnet, embedding: 4, hidden: 6, width: 4, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 3.5, gaussian_stop_angstrom: 4 }
        transfer: [scratch, full]
        seeds: 3
        training: { epochs: 3, batch_size: 8 }

        """;

    readonly EngineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    static string With(string seeds, string text = Plain) => text.Replace("    model: net\n", $"    model: net\n    seeds: {seeds}\n", StringComparison.Ordinal);

    static string Searched(string text) => text.Replace("width: 4", "width: { choice: [3, 4] }", StringComparison.Ordinal) + "search: { sampler: grid }\n";

    static Dictionary<string, TrainNode> Trained(ResolvedStudy study) => study.Nodes.OfType<TrainNode>().ToDictionary(node => node.Id);

    static NodeReference[] ParentsOf(IEnumerable<SpecTemplate> replicates) => [.. replicates.Select(spec => Assert.Single(spec.Parents))];

    string Manifest(SpecTemplate spec) => Encoding.UTF8.GetString(_bench.Artifacts.Get(JsonNode.Parse(spec.Json)!["data"]!["manifest"]!.GetValue<string>()));

    SplitManifest Split(SpecTemplate spec) => SplitManifest.Parse(Manifest(spec));

    [Theory]
    [InlineData("seed: 1\n")]
    [InlineData("seed: 7\n")]
    public void One_replicate_has_the_keys_and_names_of_a_study_that_does_not_say(string seed)
    {
        foreach (var text in new[] { Plain + seed, Searched(Plain) + seed, Plain.Replace("parents: largest", "parents: best", StringComparison.Ordinal) + seed })
        {
            var plain = _bench.Resolve(text);
            Assert.Equal(plain.Hash, _bench.Resolve(With("1", text)).Hash);
            Assert.Equal(plain.Hash, _bench.Resolve(With($"[{seed[6]}]", text)).Hash);
        }
        var nodes = _bench.Resolve(Plain + seed).Nodes;
        Assert.Equal([$"pretrain/cheap-n12/s{seed[6]}", $"pretrain/cheap-n24/s{seed[6]}"], nodes.OfType<TrainNode>().Select(node => node.Id).Where(id => id.StartsWith("pretrain", StringComparison.Ordinal)));
        Assert.Equal(Enumerable.Repeat(new NodeReference($"pretrain/cheap-n24/s{seed[6]}"), 3), ParentsOf(nodes.OfType<TrainNode>().Where(node => node.Group == "transfer/dear/full/cheap-n24/n8").Select(node => node.Spec)));
    }

    [Fact]
    public void Every_size_is_trained_and_tested_once_for_each_replicate()
    {
        var study = _bench.Resolve(With("3"));
        // Sources: 2 sizes × 3; targets: 2 modes × 3; all with their evaluations.
        Assert.Equal((12, 12), (study.Nodes.OfType<TrainNode>().Count(), study.Nodes.OfType<EvaluateNode>().Count()));
        var group = study.Nodes.OfType<TrainNode>().Where(node => node.Group == "pretrain/cheap-n12").ToArray();
        Assert.Equal([("pretrain/cheap-n12/s1", 0), ("pretrain/cheap-n12/s2", 1), ("pretrain/cheap-n12/s3", 2)], group.Select(node => (node.Id, node.Replicate)));
        Assert.Equal(["1", "2", "3"], group.Select(node => node.Labels["seed"]));
        // A further replicate computes only what is new of the source.
        var plain = Trained(_bench.Resolve(Plain));
        foreach (var id in plain.Keys.Where(id => id.StartsWith("pretrain", StringComparison.Ordinal))) Assert.Equal(plain[id].Spec, Trained(study)[id].Spec);
        StudyMachine.Apply(null, new StudyStarted(study)); // the rules of plans hold
        Assert.Contains("the study needs 12 training runs, but its budget is 11 trials",
            Assert.Throws<StudyFileException>(() => _bench.Resolve(With("3") + "budget: { trials: 11 }\n")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Replicates_draw_rows_of_their_own_nested_over_sizes_with_one_validation_and_test()
    {
        var nodes = Trained(_bench.Resolve(With("[1, 4]")));
        var (one, four) = (Split(nodes["pretrain/cheap-n24/s1"].Spec), Split(nodes["pretrain/cheap-n24/s4"].Spec));
        Assert.NotEqual(one.TrainIds.Take(24).Order(), four.TrainIds.Take(24).Order());
        Assert.Equal(one.TrainIds.Order(), four.TrainIds.Order());
        Assert.Equal(one.ValidationIds, four.ValidationIds);
        Assert.Equal(Tested("pretrain/cheap-n24/s1"), Tested("pretrain/cheap-n24/s4"));
        // A size is a number of rows from the front of the replicate's permutation.
        Assert.Equal(four.TrainIds, Split(nodes["pretrain/cheap-n12/s4"].Spec).TrainIds);
        Assert.Equal((12, 24), (Rows("pretrain/cheap-n12/s4"), Rows("pretrain/cheap-n24/s4")));
        var same = Trained(_bench.Resolve(With("2") + "subsets: fixed\n"));
        Assert.Equal(Split(same["pretrain/cheap-n24/s1"].Spec).TrainIds, Split(same["pretrain/cheap-n24/s2"].Spec).TrainIds);

        string Tested(string id) => Manifest(nodes[id].Spec) is var text ? text[text.IndexOf("\ntest ", StringComparison.Ordinal)..] : "";
        int Rows(string id) => JsonNode.Parse(nodes[id].Spec.Json)!["data"]!["rows"]!.GetValue<int>();
    }

    [Theory]
    [InlineData("[5, 6, 8]", "s5 s6 s8")]
    [InlineData("2", "s1 s2 s1")]
    [InlineData("4", "s1 s2 s3")]
    public void Each_seed_of_a_target_learns_from_another_replicate_of_the_parent(string seeds, string expected)
    {
        var study = _bench.Resolve(With(seeds));
        Assert.Equal(expected.Split(' ').Select(name => new NodeReference($"pretrain/cheap-n24/{name}")),
            ParentsOf(study.Nodes.OfType<TrainNode>().Where(node => node.Group == "transfer/dear/full/cheap-n24/n8").Select(node => node.Spec)));
        StudyMachine.Apply(null, new StudyStarted(study));
    }

    [Fact]
    public void All_folds_of_a_seed_learn_from_the_same_replicate()
    {
        foreach (var nested in new[] { "", ", nested: true" })
        {
            var study = _bench.Resolve(With("3").Replace("split: { validation: 8, test: 8 }, sizes: [8]", $"split: {{ validation: 8, folds: 2{nested} }}, sizes: [8]", StringComparison.Ordinal));
            var full = study.Nodes.OfType<TrainNode>().Where(node => node.Labels["mode"] == "full").ToArray();
            Assert.Equal(6, full.Length);
            Assert.All(full, node => Assert.Equal(new NodeReference($"pretrain/cheap-n24/s{node.Labels["seed"]}"), Assert.Single(node.Spec.Parents)));
        }
    }

    [Fact]
    public void A_searched_source_selects_all_replicates_of_a_draw_as_one()
    {
        foreach (var choice in new[] { "largest", "best" })
        {
            var study = _bench.Resolve(Searched(With("2")).Replace("parents: largest", $"parents: {choice}", StringComparison.Ordinal));
            var search = Assert.IsType<SearchNode>(study.Nodes.Single(node => node.Id == "pretrain/cheap-n24/search"));
            Assert.Equal(2, search.Replicates.Length);
            Assert.Equal([0, 1], study.Nodes.OfType<EvaluateNode>().Where(node => node.Id.StartsWith("pretrain/cheap-n24", StringComparison.Ordinal)).Select(node => node.Replicate));
            var select = choice == "best" ? "pretrain/cheap/best" : "pretrain/cheap-n24/select";
            NodeReference[] expected = [new(select, 0), new(select, 1), new(select, 0)];
            // The network is the parent's, so nothing is searched on the target.
            Assert.Equal(expected, ParentsOf(study.Nodes.OfType<TrainNode>().Where(node => node.Labels["mode"] == "full").Select(node => node.Spec)));
            StudyMachine.Apply(null, new StudyStarted(study));
            var rates = _bench.Resolve(study.Source.Replace("epochs: 3", "epochs: 3, learning_rate: { choice: [0.01, 0.001] }", StringComparison.Ordinal));
            Assert.Equal(expected, ParentsOf(rates.Nodes.OfType<SearchNode>().Single(node => node.Labels["mode"] == "full").Replicates));
            StudyMachine.Apply(null, new StudyStarted(rates));
        }
    }

    [Fact]
    public async Task A_study_with_replicates_of_its_source_runs_to_its_end()
    {
        var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3)).Token;
        var text = Searched(With("3"));
        await using var engine = _bench.Engine(workers: 3);
        await engine.SubmitAsync(new StudyFile(text, "s.yaml"), soon);
        await foreach (var _ in engine.WatchAsync("s", soon)) { }
        var rows = (await engine.ShowAsync("s", soon)).Nodes;
        Assert.All(rows, row => Assert.Equal(NodeStatus.Finished, row.Status));
        // Source: 2 sizes × 2 widths × 3; target: scratch 2 widths × 3, full 3. Tested: what each of the four configurations kept.
        Assert.Equal((12 + 6 + 3, 4 * 3), (rows.Count(row => row.Kind == "train"), rows.Count(row => row.Kind == "evaluate")));
        var results = await _bench.Ledger.FindAsync([.. rows.Where(row => row.Key is not null).Select(row => row.Key!.Value)], soon);
        double Mean(string group) => rows.Where(row => row.Kind == "train" && row.Group == group).Average(row => ((TrainResult)results[row.Key!.Value].Result!).Score.Value);

        var looks = new List<TestLook>();
        foreach (var size in new[] { 12, 24 })
        {
            var winner = rows.Single(row => row.Node == $"pretrain/cheap-n{size}/select").Winner!;
            Assert.Equal(rows.Where(row => row.Kind == "train" && row.Node.StartsWith($"pretrain/cheap-n{size}/", StringComparison.Ordinal)).Select(row => row.Group!).Distinct().MinBy(Mean), winner);
            var kept = Replicates(row => row.Kind == "train" && row.Group == winner);
            var tested = Replicates(row => row.Kind == "evaluate" && row.Node.StartsWith($"pretrain/cheap-n{size}/", StringComparison.Ordinal));
            var children = Replicates(row => row.Kind == "train" && row.Node.StartsWith("transfer/dear/full", StringComparison.Ordinal));
            Assert.Equal(3, kept.Select(row => ((TrainResult)results[row.Key!.Value].Result!).Score.Value).Distinct().Count());
            for (var i = 0; i < 3; i++)
            {
                Assert.Contains(kept[i].Key!.Value.Hex, await JsonAsync(tested[i]), StringComparison.Ordinal);
                looks.Add(Assert.Single(((EvaluationResult)results[tested[i].Key!.Value].Result!).Looks));
                if (size == 24) Assert.Contains(kept[i].Key!.Value.Hex, await JsonAsync(children[i]), StringComparison.Ordinal);
            }
        }

        // The same test rows for all sizes and replicates; every look counts.
        Assert.Equal((6, 1), (looks.Count, looks.Distinct().Count()));
        Assert.Equal(("lattice_energy_kapustinskii_ev_atom", 8), (looks[0].Target, looks[0].RowCount));

        NodeRow[] Replicates(Func<NodeRow, bool> which) => [.. rows.Where(which).OrderBy(row => row.Replicate)];
        async Task<string> JsonAsync(NodeRow row) => (await _bench.Ledger.SpecAsync(row.Key!.Value, soon))!.Json;
    }

    [Theory]
    [InlineData("0", "source cheap: seeds is \"0\", but must be a number of replicates")]
    [InlineData("[2, 2]", "source cheap: seeds lists a seed twice")]
    [InlineData("[x]", "source cheap: seeds holds \"x\"")]
    public void Wrong_seeds_are_told(string seeds, string expected) =>
        Assert.Contains(expected, Assert.Throws<StudyFileException>(() => _bench.Resolve(With(seeds))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_published_parent_has_no_replicates() =>
        Assert.Contains("source cheap: a published parent has no replicates: leave out \"seeds\"",
            Assert.Throws<StudyFileException>(() => StudyFileReader.Parse("study: s\nsources: { cheap: { parent: p, seeds: 2 } }", "a.yaml")).Message, StringComparison.Ordinal);
}
