using System.Text.Json.Nodes;
using AtomSets.Engine;
using AtomSets.Models.MegNet;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Models trained before, and networks of several levels of theory, as parents of a study.</summary>
public sealed class KeptParentTests : IDisposable
{
    const string Study = """
        study: kept
        sources:
          own: { parent: own.safetensors }
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, sizes: [16] }
        models:
          sets: { kind: atomsets, phi: [8], rho: [8] }
          line: { kind: ridge }
        transfer:
          - scratch
          - full
          - { mode: "features:V0+V1", model: sets, name: sets }
          - { mode: "features:V1_stats", model: line, name: line }
        training: { epochs: 3, patience: 3, batch_size: 8 }
        """;

    static readonly MegNetSettings Small = new() { Embedding = 4, Hidden = 6, Width = 4, Readout = 3, Blocks = 1, GaussianCentres = 6, CutoffAngstrom = 3.5 };

    readonly EngineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_model_file_is_a_parent()
    {
        Write("own.safetensors", Small, new TrainedOn("ionic", "", "lattice_energy_kapustinskii_ev_atom", 400, ""));
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await using var engine = _bench.Engine();
        await engine.SubmitAsync(new StudyFile(Study, Path.Combine(_bench.Home, "kept.yaml")), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("kept", soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
        var view = await engine.ShowAsync("kept", soon.Token);
        var line = view.Nodes.Single(node => node.Node == "transfer/dear/line/own/n16/s1").Key!.Value;
        var result = (TrainResult)(await _bench.Ledger.FindAsync([line], soon.Token))[line].Result!;
        // A weight for each of 6 statistics of 4 numbers, and the constant; means and deviations of the standardised columns.
        Assert.Equal(24 + 1 + 2 * 24, result.Parameters);
        var file = ModelFile.Read(_bench.Artifacts.Get(result.Weights!), "line");
        Assert.Equal(("ionic", 400), (file.Provenance.AllTrainedOn().Last().DataSet, file.Provenance.AllTrainedOn().Last().Count));
    }

    [Fact]
    public void It_stands_in_the_spec_by_its_bytes_and_what_it_has_seen_is_told()
    {
        var hash = Write("own.safetensors", Small, new TrainedOn("ionic", "", "lattice_energy_kapustinskii_ev_atom", 400, ""));
        var study = _bench.Resolver.Resolve(Study, Path.Combine(_bench.Home, "kept.yaml"));
        var spec = JsonNode.Parse(((TrainNode)study.Nodes.Single(node => node.Id == "transfer/dear/full/own/n16/s1")).Spec.Json)!;
        Assert.Equal(hash, (string)spec["transfer"]!["parent"]!["file"]!);
        Assert.True(_bench.Artifacts.Contains(hash));
        Assert.Contains("own was trained on 400 rows of ionic (lattice_energy_kapustinskii_ev_atom)", Assert.Single(study.Facts, fact => fact.Kind == "parent-rows").Text);
        Assert.Contains(study.Nodes, node => node.Id == "transfer/dear/scratch/own/n16/s1");
    }

    [Theory]
    [InlineData("ionic", "lattice_energy_ev_atom", "own was trained on ionic.lattice_energy_ev_atom and has seen the labels")]
    [InlineData("ionic", "gap_like_ev", null)]
    public void A_model_that_has_seen_the_targets_labels_is_refused(string set, string column, string? reason)
    {
        Write("own.safetensors", Small, new TrainedOn(set, "", column, 10, ""));
        StudyFileException? error = null;
        try
        {
            _bench.Resolver.Resolve(Study, Path.Combine(_bench.Home, "kept.yaml"));
        }
        catch (StudyFileException e)
        {
            error = e;
        }
        Assert.Equal(reason is not null, error is not null);
        if (reason is not null) Assert.Contains(reason, error!.Message);
    }

    [Fact]
    public void Levels_of_theory_are_chosen_by_name()
    {
        Write("own.safetensors", Small with { States = 3, StateEmbedding = 5 }, new TrainedOn("else", "", "gap", 10, ""), "cheap", "middle", "dear");
        var path = Path.Combine(_bench.Home, "kept.yaml");
        Assert.Contains("own distinguishes cheap, middle, dear: say which", Assert.Throws<StudyFileException>(() => _bench.Resolver.Resolve(Study, path)).Message);
        Assert.Contains("choose 0 (cheap), 1 (middle), 2 (dear)",
            Assert.Throws<StudyFileException>(() => _bench.Resolver.Resolve(Study.Replace("own.safetensors", "own.safetensors, state: best"), path)).Message);
        var study = _bench.Resolver.Resolve(Study.Replace("own.safetensors", "own.safetensors, state: Middle"), path);
        var spec = JsonNode.Parse(((TrainNode)study.Nodes.Single(node => node.Id == "transfer/dear/full/own/n16/s1")).Spec.Json)!;
        Assert.Equal(1, (int)spec["transfer"]!["parent"]!["state"]!);
    }

    [Fact]
    public void What_cannot_be_a_parent_is_refused_with_the_reason()
    {
        Assert.Contains("there is no model file", Assert.Throws<StudyFileException>(() => _bench.Resolver.Resolve(Study, Path.Combine(_bench.Home, "kept.yaml"))).Message);
        _bench.Write("own.safetensors", "this is no such file");
        Assert.Contains("own.safetensors", Assert.Throws<StudyFileException>(() => _bench.Resolver.Resolve(Study, Path.Combine(_bench.Home, "kept.yaml"))).Message);
        Assert.Contains("state is the level of theory of a parent", Assert.Throws<StudyFileException>(() => _bench.Resolve(
            TinyStudy.File("s").Text.Replace("model: net }", "model: net, state: PBE }"))).Message);
    }

    /// <summary>The program's own parent has learnt formation energies of the Materials Project.</summary>
    [DataTheory]
    [InlineData("struct_elastic_mp_binary", "log10_k_vrh", true)]
    [InlineData("struct_elastic_mp_binary", "e_form_mp2018_ev_atom", false)]
    [InlineData("struct_mp_pool", "e_form_crysxpp_ev_atom", false)]
    [InlineData("struct_mp_pool", "gap_pbe_mp2018_ev", true)]
    public void The_programs_own_parent_is_refused_where_it_has_seen_the_labels(string set, string column, bool allowed)
    {
        using var bench = new EngineBench(shippedData: true);
        var own = Path.Combine(AtomSets.Core.Tests.Docs.GuidePages.Root, "models", "megnet-mp-pool-eform.safetensors");
        var text = $$"""
            study: from-own
            sources: { own: { parent: {{own}} } }
            targets: { dear: { data: {{set}}, target: {{column}}, where: { limit: 200 }, split: { validation: 20, test: 20 } } }
            transfer: [full]
            """;
        if (allowed) Assert.NotEmpty(bench.Resolve(text).Nodes);
        else Assert.Contains("has seen the labels of", Assert.Throws<StudyFileException>(() => bench.Resolve(text)).Message);
    }

    string Write(string name, MegNetSettings settings, TrainedOn seen, params string[] states)
    {
        using var kernels = new ReferenceKernels();
        var model = new MegNetModel(settings);
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 3);
        var path = Path.Combine(_bench.Home, name);
        (ModelFile.From(model, parameters, new ModelTarget(seen.Column, "eV", new TargetScaler(0, 1))) with
        {
            States = states,
            Provenance = new ModelProvenance { TrainedOn = [seen] },
        }).Write(path);
        return ArtifactStore.HashOf(File.ReadAllBytes(path));
    }
}
