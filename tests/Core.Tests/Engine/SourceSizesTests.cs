using System.Text.Json.Nodes;
using AtomSets.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Several sizes of a source: each has its parent, with settings and a search of its own, and the source says which go on.</summary>
public sealed class SourceSizesTests : IDisposable
{
    const string Ladder = """
        study: ladder
        sources:
          cheap:
            data: ionic:80:1
            target: lattice_energy_kapustinskii_ev_atom
            where: { max_sites: 8 }
            split: { validation: 8, test: 8 }
            sizes: [{ rows: 16, training: { epochs: 9 } }, 32]
            parents: largest
        targets:
          dear:
            data: ionic:60:2
            target: lattice_energy_ev_atom
            where: { max_sites: 8 }
            split: { validation: 8, test: 8 }
            sizes: [{ rows: 8, training: { epochs: 7 } }, 16]
        models:
          net: { kind: megnet, hidden: 8, cutoff_angstrom: 3.5 }
        transfer: [scratch, full]
        training: { epochs: 5 }

        """;

    readonly EngineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    static JsonNode Spec(TrainNode node) => JsonNode.Parse(node.Spec.Json)!;

    static Dictionary<string, TrainNode> Trained(ResolvedStudy study) => study.Nodes.OfType<TrainNode>().ToDictionary(node => node.Id);

    static string[] ParentsOf(ResolvedStudy study) =>
        [.. study.Nodes.OfType<TrainNode>().Where(node => node.Labels["role"] == "transfer").SelectMany(node => node.Spec.Parents).Select(parent => parent.Node).Distinct()];

    [Fact]
    public void A_size_has_training_settings_of_its_own()
    {
        var nodes = Trained(_bench.Resolve(Ladder));
        Assert.Equal((16, 9), ((int)Spec(nodes["pretrain/cheap-n16/s1"])["data"]!["rows"]!, (int)Spec(nodes["pretrain/cheap-n16/s1"])["training"]!["epochs"]!));
        Assert.Equal(5, (int)Spec(nodes["pretrain/cheap-n32/s1"])["training"]!["epochs"]!);
        Assert.Equal(7, (int)Spec(nodes["transfer/dear/scratch/net/n8/s1"])["training"]!["epochs"]!);
        Assert.Equal(5, (int)Spec(nodes["transfer/dear/full/cheap-n32/n16/s1"])["training"]!["epochs"]!);
    }

    [Fact]
    public void A_size_that_says_only_its_rows_changes_no_key()
    {
        var plain = _bench.Resolve(Ladder.Replace("{ rows: 16, training: { epochs: 9 } }", "16", StringComparison.Ordinal));
        var mapped = _bench.Resolve(Ladder.Replace("{ rows: 16, training: { epochs: 9 } }", "{ rows: 16 }", StringComparison.Ordinal));
        Assert.Equal(plain.Hash, mapped.Hash);
    }

    [Fact]
    public void Every_parent_is_trained_and_tested_and_the_chosen_ones_go_on()
    {
        var largest = _bench.Resolve(Ladder);
        Assert.Equal(["pretrain/cheap-n32/s1"], ParentsOf(largest));
        Assert.Equal(2, largest.Nodes.OfType<EvaluateNode>().Count(node => node.Labels["role"] == "pretrain"));
        var all = _bench.Resolve(Ladder.Replace("parents: largest", "parents: all", StringComparison.Ordinal));
        Assert.Equal(["pretrain/cheap-n16/s1", "pretrain/cheap-n32/s1"], ParentsOf(all).Order(StringComparer.Ordinal));
        // What both ask for is the same trial.
        Assert.Equal(Trained(largest)["transfer/dear/full/cheap-n32/n8/s1"].Spec.Json, Trained(all)["transfer/dear/full/cheap-n32/n8/s1"].Spec.Json);
    }

    [Fact]
    public void The_best_parent_is_selected_among_all_sizes()
    {
        var study = _bench.Resolve(Ladder.Replace("parents: largest", "parents: best", StringComparison.Ordinal));
        var best = Assert.IsType<SelectNode>(study.Nodes.Single(node => node.Id == "pretrain/cheap/best"));
        Assert.Equal(["pretrain/cheap-n16", "pretrain/cheap-n32"], best.Candidates.AsEnumerable());
        Assert.Equal([best.Id], ParentsOf(study));
        StudyMachine.Apply(null, new StudyStarted(study)); // the rules of plans hold
    }

    [Fact]
    public void Each_size_searches_for_itself_with_rungs_that_follow_its_epochs()
    {
        var text = Ladder.Replace("hidden: 8", "hidden: { choice: [4, 8] }", StringComparison.Ordinal) + "search: { sampler: random, trials: 9, pruner: { rule: asha, min_epochs: 1 } }\n";
        foreach (var choice in new[] { "largest", "best" })
        {
            var study = _bench.Resolve(text.Replace("parents: largest", $"parents: {choice}", StringComparison.Ordinal));
            var searches = study.Nodes.OfType<SearchNode>().Where(node => node.Labels["role"] == "pretrain").ToDictionary(node => node.Id);
            Assert.Equal([1, 3], searches["pretrain/cheap-n16/search"].Pruning!.Rungs.AsEnumerable());
            Assert.Equal([1, 3], searches["pretrain/cheap-n32/search"].Pruning!.Rungs.AsEnumerable());
            Assert.Equal(9, searches["pretrain/cheap-n16/search"].Draws);
            Assert.Equal([choice == "best" ? "pretrain/cheap/best" : "pretrain/cheap-n32/select"], ParentsOf(study));
            if (choice == "best") Assert.Equal(["pretrain/cheap-n16/search", "pretrain/cheap-n32/search"], study.Nodes.OfType<SelectNode>().Single(node => node.Id == "pretrain/cheap/best").Candidates.AsEnumerable());
            StudyMachine.Apply(null, new StudyStarted(study));
        }
    }

    [Theory]
    [InlineData("{ rows: 16, training: { epochs: 9 } }", "{ rows: 16, epochs: 9 }", "has no key \"epochs\"")]
    [InlineData("{ rows: 16, training: { epochs: 9 } }", "{ training: { epochs: 9 } }", "sizes holds a mapping")]
    [InlineData("{ rows: 16, training: { epochs: 9 } }", "{ rows: 16, training: { epohcs: 9 } }", "Did you mean \"epochs\"")]
    [InlineData("parents: largest", "parents: biggest", "parents is \"biggest\", but must be all, largest or best")]
    public void A_wrong_size_is_told(string from, string to, string expected) =>
        Assert.Contains(expected, Assert.Throws<StudyFileException>(() => _bench.Resolve(Ladder.Replace(from, to, StringComparison.Ordinal))).Message, StringComparison.Ordinal);
}
