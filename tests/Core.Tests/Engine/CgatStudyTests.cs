using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>CGAT and Roost as networks of study files.</summary>
public sealed class CgatStudyTests
{
    const string Network = "preset: small, width: 8, edge_width: 8, heads: 2, steps: 2, composition_hidden: 8, output_widths: [16, 8]";

    const string Study = $$"""
        study: shells
        sources:
          cheap: { data: "ionic:60:1", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 8 }, model: net }
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, sizes: [16] }
        models:
          net: { kind: cgat, {{Network}} }
        transfer: [scratch, full, full+parent-scaler, new-head, "freeze:graph", "freeze:graph+new-head", "freeze:graph.nodes,graph.edges,graph.steps.0,graph.composition", "features:V0", "features:V1", "features:final"]
        training: { epochs: 3, patience: 3, batch_size: 8, optimizer: adamw, learning_rate: 0.001, loss: mae }
        """;

    [Theory]
    [InlineData(Study, 10)]
    [InlineData("""
        study: shells
        sources:
          cheap: { data: "ionic:60:1", target: lattice_energy_kapustinskii_ev_atom, split: { validation: 8 }, model: net }
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, split: { validation: 8, test: 8 }, sizes: [16] }
        models:
          net: { kind: roost, preset: small, width: 8, hidden: 8, output_widths: [16, 8] }
        transfer: [scratch, full, new-head, "freeze:composition"]
        training: { epochs: 3, patience: 3, batch_size: 8, optimizer: adamw, learning_rate: 0.001, loss: mae }
        """, 4)]
    public async Task A_study_pretrains_carries_over_and_tests(string study, int modes)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var bench = new EngineBench();
        await using var engine = bench.Engine();
        await engine.SubmitAsync(new StudyFile(study, "shells.yaml"), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("shells", soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
        var view = await engine.ShowAsync("shells", soon.Token);
        var tests = view.Nodes.Where(node => node.Node.EndsWith("/test", StringComparison.Ordinal)).ToArray();
        Assert.Equal(modes, tests.Length);
        var results = await bench.Ledger.FindAsync([.. tests.Select(node => node.Key!.Value)], soon.Token);
        var errors = results.Values.Select(record => ((EvaluationResult)record.Result!).Scores.Single(score => score.Metric == "mae").Value).ToArray();
        Assert.All(errors, error => Assert.True(double.IsFinite(error)));
        Assert.Equal(modes, errors.Distinct().Count());
    }

    [Fact]
    public void A_preset_is_written_out_in_the_trials_and_a_wrong_one_is_refused_at_its_line()
    {
        using var bench = new EngineBench();
        var spec = bench.Resolve(Study).Nodes.OfType<TrainNode>().First().Spec.Json;
        Assert.DoesNotContain("preset", spec, StringComparison.Ordinal);
        Assert.Contains("\"direction\":\"centre\"", spec, StringComparison.Ordinal);
        Assert.Contains("\"width\":8", spec, StringComparison.Ordinal);
        var e = Assert.Throws<StudyFileException>(() => bench.Resolve(Study.Replace("preset: small", "preset: smal")));
        Assert.Contains("did you mean 'small'", e.Message, StringComparison.Ordinal);
        Assert.Contains("a.yaml:", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trained_network_and_its_output_network_survive_the_file()
    {
        var data = IonicGenerator.Generate(30, seed: 4);
        using var prepared = PreparedData.FromCrystals("ionic", data.Crystals, () => CpuKernels.Create());
        var family = ModelRegistry.Default.Network("cgat");
        var spec = family.Bind(ModelRegistry.Default.Resolve("cgat", [new("preset", "small"), new("width", 8L), new("heads", 2L), new("output_widths", new long[] { 8 })]), prepared, []);
        var model = family.Create(spec);
        using var source = family.OpenSource(spec, prepared);
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(2);
        int[] rows = [.. Enumerable.Range(0, 30)];
        var inputs = new TrainInputs
        {
            Model = model, Parameters = parameters, Source = source, Targets = data.Column("lattice_energy_ev_atom").ToArray(), TrainRows = rows[..24], ValidationRows = rows[24..],
            Settings = new TrainSettings { Epochs = 6, BatchSize = 8 }, Seed = 1,
        };
        using var trainer = new Trainer(inputs);
        var outcome = trainer.Run();
        var expected = trainer.Predict(rows);
        var weights = model.Parameters.Parameters.ToDictionary(p => p.Name, p => new ModelTensor(p.Rows, p.Columns, parameters.Export(p.Name)));
        var file = new ModelFile { Spec = spec, Target = new ModelTarget("lattice_energy_ev_atom", "eV/atom", outcome.Scaler), Parameters = weights };
        using var stream = new MemoryStream();
        file.WriteTo(stream);
        var read = ModelFile.Read(stream.ToArray(), "memory");
        using var predictor = new Predictor("cgat", read, ModelRegistry.Default, () => CpuKernels.Create());
        var got = predictor.Predict([.. rows.Select(row => PredictionInput.Of(data.Ids[row], data.Crystal(row)))]);
        for (var i = 0; i < rows.Length; i++) Assert.Equal(expected[i], got[i].Value!.Value, 1e-4);
        var report = TransferPlan.Parse("freeze:graph").Apply(model, parameters, read, seed: 3);
        Assert.All(report.Copied, parameter => Assert.StartsWith("output.", parameter.Name, StringComparison.Ordinal));
        Assert.All(report.Frozen, parameter => Assert.StartsWith("graph.", parameter.Name, StringComparison.Ordinal));
    }

    [DataFact]
    public void The_authors_element_table_is_read_once_and_travels_with_the_model()
    {
        var unbound = ModelRegistry.Default.Resolve("roost", [new("width", 8L), new("hidden", 8L), new("output_widths", new long[] { 8 })]);
        using var data = PreparedData.FromCompositions("formulas", [Composition.Parse("NaCl"), Composition.Parse("BaTiO3")], () => CpuKernels.Create());
        var family = ModelRegistry.Default.Network("roost");
        var spec = family.Bind(unbound, data, []);
        Assert.Equal(spec, family.Bind(spec, data, []));
        Assert.Equal(spec, ModelSpec.Parse(spec.ToJson()));
        Assert.Contains("\"element_table\":\"(109868 characters)\"", spec.ToShortJson(), StringComparison.Ordinal);
        Assert.Equal(unbound.ToJson(), unbound.ToShortJson());
        TransferPlan.Parse("full").Check(family.Create(unbound), spec);
        var table = ElementInputs.Table(spec)!;
        Assert.Equal(104 * 200, table.Length);
        // Hydrogen's first number, as in the file; row 0 is no element.
        Assert.Equal(0.01664030f, table[200], 1e-7f);
        var damaged = spec.With("element_table", spec.Text("element_table")[..^8]);
        Assert.Contains("no 103 × 200 numbers", Assert.Throws<ModelException>(() => family.Create(damaged)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_table_the_error_says_what_to_do()
    {
        var e = Assert.Throws<ModelException>(() => ElementInputs.ReadMatscholar(null));
        Assert.Contains("set ATOMSETS_DATA, or take element_features: cgcnn92", e.Message, StringComparison.Ordinal);
    }
}
