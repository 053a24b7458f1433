using System.Text.Json.Nodes;
using AtomSets.Engine;
using AtomSets.Studies;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Sources that learn from sources, and element references between levels of theory.</summary>
public sealed class ChainTests : IDisposable
{
    const string Chain = """
        study: chain
        sources:
          last: { data: "ionic:80:1", target: stiffness_like_gpa, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, from: middle, mode: new-head }
          first: { data: "ionic:80:1", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 8 }, sizes: [16, all], parents: largest, model: net }
          middle: { data: "ionic:80:1", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, from: first, mode: "full+parent-scaler+references" }
        targets:
          dear: { data: "ionic:60:2", target: gap_like_ev, where: { max_sites: 8 }, split: { validation: 8, test: 8 } }
        models:
          net: { kind: megnet, embedding: 4, hidden: 6, width: 4, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 3.5, gaussian_stop_angstrom: 4 }
        transfer: [{ mode: new-head, source: last }, { mode: full, name: direct, source: first }]
        training: { epochs: 2, patience: 2, batch_size: 8 }
        seeds: 2
        """;

    readonly EngineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    static JsonNode Spec(TrainNode node) => JsonNode.Parse(node.Spec.Json)!;

    [Fact]
    public void Each_source_of_a_chain_learns_from_the_one_before()
    {
        var study = _bench.Resolve(Chain);
        StudyMachine.Apply(null, new StudyStarted(study)); // the rules of plans hold
        var nodes = study.Nodes.OfType<TrainNode>().ToDictionary(node => node.Id);
        var largest = nodes.Keys.Where(id => id.StartsWith("pretrain/first-n", StringComparison.Ordinal)).Single(id => !id.Contains("-n16/", StringComparison.Ordinal));
        Assert.Equal([largest], nodes["pretrain/middle/s1"].Spec.Parents.Select(parent => parent.Node));
        Assert.Equal(["pretrain/middle/s1"], nodes["pretrain/last/s1"].Spec.Parents.Select(parent => parent.Node));
        Assert.Equal(["pretrain/last/s1"], nodes.Values.Single(node => node.Id.StartsWith("transfer/dear/new-head/last/", StringComparison.Ordinal) && node.Id.EndsWith("/s2", StringComparison.Ordinal)).Spec.Parents.Select(parent => parent.Node));
        Assert.Equal("full+parent-scaler+references", (string)Spec(nodes["pretrain/middle/s1"])["transfer"]!["mode"]!);
        Assert.Null(Spec(nodes["pretrain/middle/s1"])["model"]);
    }

    [Fact]
    public void Formulas_of_targets_and_of_held_out_rows_along_the_chain_are_removed()
    {
        var chained = _bench.Resolve(Chain);
        var alone = _bench.Resolve(Chain.Replace("from: first, mode: \"full+parent-scaler+references\"", "model: net", StringComparison.Ordinal));
        string[] told = [.. chained.Facts.Where(fact => fact.Kind == "leakage").Select(fact => fact.Text)];
        Assert.Contains(told, text => text.Contains("rows of source first have a formula of held-out rows of source", StringComparison.Ordinal));
        Assert.DoesNotContain(alone.Facts, fact => fact.Text.Contains("source first have a formula of held-out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_chain_runs_to_its_target_and_its_models_keep_the_references()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await using var engine = _bench.Engine();
        await engine.SubmitAsync(new StudyFile(Chain, "chain.yaml"), soon.Token);
        StudyProgress? end = null;
        await foreach (var progress in engine.WatchAsync("chain", soon.Token)) end = progress;
        Assert.Equal((StudyStatus.Finished, null), (end!.Status, end.Message));
        var view = await engine.ShowAsync("chain", soon.Token);
        var middle = await FileOf("pretrain/middle/s1");
        var last = await FileOf("pretrain/last/s1");
        Assert.NotEmpty(middle.References!.Values);
        // What the middle network was trained to add them to goes on.
        Assert.Equal(middle.References.Values, last.References!.Values);
        Assert.Equal(middle.References.Values, ModelFile.Read(Bytes(middle), "again").References!.Values);
        Assert.NotEqual(middle.ContentHash, (middle with { References = null }).ContentHash);

        async Task<ModelFile> FileOf(string node)
        {
            var key = view.Nodes.Single(one => one.Node == node).Key!.Value;
            var records = await _bench.Ledger.FindAsync([key], soon.Token);
            return ModelFile.Read(_bench.Artifacts.Get(((TrainResult)records[key].Result!).Weights!), node);
        }

        static byte[] Bytes(ModelFile file)
        {
            using var stream = new MemoryStream();
            file.WriteTo(stream);
            return stream.ToArray();
        }
    }

    [Theory]
    [InlineData("from: first", "from: frist", "Did you mean \"first\"")]
    [InlineData("sizes: [16, all], parents: largest, model: net", "from: last", "learns from itself")]
    [InlineData("mode: new-head }", "mode: \"features:V1\" }", "carries no weights over")]
    [InlineData("from: middle, mode: new-head", "model: net, mode: full", "add from: <source>")]
    [InlineData("from: middle, mode: new-head", "from: middle, model: net", "leave out \"model\"")]
    public void Wrong_chains_are_told(string from, string to, string expected) =>
        Assert.Contains(expected, Assert.Throws<StudyFileException>(() => _bench.Resolve(Chain.Replace(from, to, StringComparison.Ordinal))).Message, StringComparison.Ordinal);
}
