using System.Text.Json.Nodes;
using AtomSets.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>CGCNN as a network of study files.</summary>
public sealed class CgcnnStudyTests
{
    const string Study = """
        study: gated
        sources:
          cheap: { data: "ionic:60:1", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 8 }, model: net }
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, sizes: [16] }
        models:
          net: { kind: cgcnn, atom_features: 6, convolutions: 2, hidden: 6, cutoff_angstrom: 4, gaussian_step_angstrom: 1, gaussian_width_angstrom: 1 }
        transfer: [scratch, full, new-head, "freeze:embedding,convs.0", "freeze:convs.1+new-head", full+parent-scaler, "features:V0", "features:V1", "features:final"]
        training: { epochs: 3, patience: 3, batch_size: 8, optimizer: sgd, learning_rate: 0.01, schedule: milestones, milestones: [2], schedule_factor: 0.1, clip: none }
        """;

    [Fact]
    public async Task A_study_pretrains_carries_over_and_tests()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(Study, "gated.yaml"), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("gated", soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
        var view = await engine.ShowAsync("gated", soon.Token);
        var tests = view.Nodes.Where(node => node.Node.EndsWith("/test", StringComparison.Ordinal)).ToArray();
        Assert.Equal(9, tests.Length);
        var results = await bench.Ledger.FindAsync([.. tests.Select(node => node.Key!.Value)], soon.Token);
        var errors = results.Values.Select(record => ((EvaluationResult)record.Result!).Scores.Single(score => score.Metric == "mae").Value).ToArray();
        Assert.All(errors, error => Assert.True(double.IsFinite(error)));
        Assert.Equal(9, errors.Distinct().Count());
        var scratch = view.Nodes.Single(node => node.Node.Contains("/scratch/", StringComparison.Ordinal) && !node.Node.EndsWith("/test", StringComparison.Ordinal));
        var trained = (TrainResult)(await bench.Ledger.FindAsync([scratch.Key!.Value], soon.Token))[scratch.Key!.Value].Result!;
        // 92·6 + 6, two convolutions of 17·12 + 12 and 2·(12 + 6), 6·6 + 6, 6 + 1.
        Assert.Equal(558 + 2 * 252 + 42 + 7, trained.Parameters);
    }

    [Fact]
    public void Later_settings_stand_in_a_trial_only_where_they_were_changed()
    {
        using var bench = new EngineBench();
        var changed = Training(bench.Resolve(Study));
        Assert.Equal("[2]", changed["milestones"]!.ToJsonString());
        Assert.False(changed.ContainsKey("momentum"));
        var usual = Training(bench.Resolve(Study[..Study.IndexOf("training:", StringComparison.Ordinal)] + "training: { epochs: 3, momentum: 0.9, milestones: [] }"));
        Assert.False(usual.ContainsKey("milestones"));
        Assert.False(usual.ContainsKey("momentum"));

        static JsonObject Training(ResolvedStudy study) =>
            JsonNode.Parse(study.Nodes.OfType<TrainNode>().First().Spec.Json)!["training"]!.AsObject();
    }

    [Fact]
    public void Shards_and_unknown_parts_and_layers_are_refused()
    {
        using var bench = new EngineBench();
        var sharded = Assert.Throws<StudyFileException>(() => bench.Resolve(Study.Replace("epochs: 3,", "epochs: 3, shards: 2,")));
        Assert.Contains("training.shards = 2 does not go with a cgcnn", sharded.Message, StringComparison.Ordinal);
        Assert.Contains("a.yaml:", sharded.Message, StringComparison.Ordinal);
        var part = Assert.Throws<StudyFileException>(() => bench.Resolve(Study.Replace("convs.1+", "convs.2+")));
        Assert.Contains("no part 'convs.2'", part.Message, StringComparison.Ordinal);
        var layer = Assert.Throws<StudyFileException>(() => bench.Resolve(Study.Replace("features:V1", "features:V3")));
        Assert.Contains("no layer 'V3'", layer.Message, StringComparison.Ordinal);
    }

    [DataTheory]
    [InlineData("cgcnn_formation-energy-per-atom", "struct_mp_pool", "e_form_mp2018_ev_atom", false)]
    [InlineData("cgcnn_final-energy-per-atom", "struct_elastic_mp_binary", "e_form_mp2018_ev_atom", false)]
    [InlineData("cgcnn_bulk-moduli", "struct_elastic_mp_binary", "log10_k_vrh", false)]
    [InlineData("cgcnn_shear-moduli", "struct_elastic_mp_binary", "log10_k_vrh", false)]
    [InlineData("cgcnn_semi-metal-classification", "struct_mp_pool", "gap_pbe_mp2018_ev", false)]
    [InlineData("cgcnn_band-gap", "struct_mf_gaps", "gap_hse_ev", false)]
    [InlineData("cgcnn_formation-energy-per-atom", "struct_elastic_mp_binary", "log10_k_vrh", true)]
    [InlineData("cgcnn_efermi", "struct_elastic_mp_binary", "log10_g_vrh", true)]
    [InlineData("cgcnn_poisson-ratio", "struct_matbench_phonons", "last_phdos_peak_cm1", true)]
    public void A_published_network_is_parent_of_properties_that_it_has_not_seen(string parent, string set, string column, bool allowed)
    {
        using var bench = new EngineBench(shippedData: true);
        var text = $$"""
            study: from-published
            sources:
              published: { parent: {{parent}} }
            targets:
              dear: { data: {{set}}, target: {{column}}, where: { limit: 300 }, split: { validation: 40, test: 60 } }
            transfer: [scratch, full, new-head, "freeze:convs.0,convs.1"]
            """;
        if (allowed)
        {
            var study = bench.Resolve(text);
            Assert.Equal(4, study.Nodes.OfType<TrainNode>().Count());
            Assert.All(study.Nodes.OfType<TrainNode>(), node => Assert.Equal(parent, node.Labels["model"]));
            return;
        }
        Assert.Contains("has seen the labels of", Assert.Throws<StudyFileException>(() => bench.Resolve(text)).Message, StringComparison.Ordinal);
    }
}
