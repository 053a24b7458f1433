using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AtomSets.Engine;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Crystals with shared and vacant sites as rows of data sets: trained on where the models can, refused to all models of a study where one cannot.</summary>
public sealed class DisorderedStudyTests : IDisposable
{
    const int Rows = 24;

    readonly EngineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    // Rock salt: sodium and potassium share a site, of which a third of the rows (0, 3, …) hold one of them alone.
    static double Sodium(int row) => row % 3 == 0 ? row % 2 : Math.Round((row + 1) / 25.0, 2);

    static string Cif(int row, bool inParts)
    {
        var sodium = Sodium(row);
        var lines = new List<string>();
        void Add(string element, double amount)
        {
            if (amount == 0) return;
            // A whole atom may be listed as parts of itself.
            double[] parts = inParts && amount == 1 ? [0.25, 0.75] : [amount];
            foreach (var part in parts) lines.Add(string.Create(CultureInfo.InvariantCulture, $"{element} {element}{lines.Count} 0 0 0 {part}"));
        }
        Add("Na", sodium);
        Add("K", Math.Round(1 - sodium, 2));
        lines.Add("Cl Cl 0.5 0.5 0.5 1");
        var length = string.Create(CultureInfo.InvariantCulture, $"{4 - 0.5 * sodium}");
        return $"data_x\n_cell_length_a {length}\n_cell_length_b {length}\n_cell_length_c {length}\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\nloop_\n_atom_site_type_symbol\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n"
            + string.Join('\n', lines) + "\n";
    }

    string Folder(string name, bool inParts = false, Func<int, bool>? takes = null)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_bench.Home, name)).FullName;
        var table = new StringBuilder();
        foreach (var row in Enumerable.Range(0, Rows).Where(takes ?? (_ => true)))
        {
            table.Append(CultureInfo.InvariantCulture, $"r{row},{10 * Sodium(row) + 0.1 * row}\n");
            File.WriteAllText(Path.Combine(folder, $"r{row}.cif"), Cif(row, inParts));
        }
        File.WriteAllText(Path.Combine(folder, "id_prop.csv"), table.ToString());
        return folder;
    }

    static string Study(string name, string folder, string models = "", string transfer = "") => $$"""
        study: {{name}}
        sources:
          cheap: { data: "ionic:60:1", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8 }, model: net, leakage: as-published }
        targets:
          dear: { data: "{{folder}}", target: target, split: { validation: 6, test: 6 } }
        models:
          net: { kind: megnet, embedding: 4, hidden: 6, width: 4, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 4.2, gaussian_stop_angstrom: 5 }
          sets: { kind: atomsets, phi: [6], rho: [6] }
          own: { kind: atomsets, phi: [6], rho: [6], features: embedding }
          line: { kind: ridge }
        {{models}}
        transfer:
          - { mode: scratch, model: net, name: MEGNet }
          - { mode: scratch, model: own, name: learned }
          - { mode: scratch, model: line, name: fractions }
          - { mode: full, name: tuned }
          - { mode: "features:V1", model: sets, name: V1 }
          - { mode: "features:V0", model: sets, name: V0 }
        {{transfer}}
        training: { epochs: 4, patience: 4, batch_size: 8, learning_rate: 0.01 }
        """;

    async Task<SortedDictionary<string, double>> ErrorsOf(string name, string text)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await using var engine = _bench.Engine();
        await engine.SubmitAsync(new StudyFile(text, $"{name}.yaml"), soon.Token);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync(name, soon.Token)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
        var tests = (await engine.ShowAsync(name, soon.Token)).Nodes.Where(node => node.Node.EndsWith("/test", StringComparison.Ordinal)).ToArray();
        var results = await _bench.Ledger.FindAsync([.. tests.Select(node => node.Key!.Value)], soon.Token);
        return new(tests.ToDictionary(node => node.Node, node => ((EvaluationResult)results[node.Key!.Value].Result!).Scores.Single(score => score.Metric == "mae").Value), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Networks_their_layers_and_models_of_formulas_train_on_disordered_rows_and_a_site_that_is_all_of_one_element_is_an_ordered_one()
    {
        var errors = await ErrorsOf("mixed", Study("mixed", Folder("a")));
        Assert.Equal(6, errors.Count);
        Assert.All(errors.Values, error => Assert.True(double.IsFinite(error)));
        Assert.Equal(errors, await ErrorsOf("parts", Study("parts", Folder("b", inParts: true))));
        Assert.DoesNotContain(_bench.Resolver.Resolve(Study("again", Folder("c")), "a.yaml").Facts, fact => fact.Kind is "refused-rows" or "disordered-rows");
    }

    [Fact]
    public void A_model_of_one_element_a_site_refuses_such_rows_to_all_models_of_the_study_and_says_so()
    {
        const string Cgcnn = "  gated: { kind: cgcnn, atom_features: 4, convolutions: 1, hidden: 4, cutoff_angstrom: 4, neighbours: 4 }";
        const string Trains = "  - { mode: scratch, model: gated, name: CGCNN }";
        var folder = Folder("a");
        var study = _bench.Resolve(Study("gated", folder, Cgcnn, Trains).Replace("validation: 6, test: 6", "validation: 2, test: 2", StringComparison.Ordinal));
        var disordered = Enumerable.Range(0, Rows).Count(row => Sodium(row) is > 0 and < 1);
        var fact = Assert.Single(study.Facts, fact => fact.Kind == "disordered-rows");
        Assert.Equal(disordered, fact.Count);
        Assert.Contains("because model gated (cgcnn) takes one element for each site", fact.Text, StringComparison.Ordinal);
        var set = _bench.Data.Load(new DataRequest(folder, "target", null, null, 0) { OrderedOnly = true });
        Assert.Equal(Rows - disordered, set.Count);
        Assert.Contains("Na0.08K0.92", set.Refusals[0].Reason, StringComparison.Ordinal);
        Assert.Null(set.Occupancies);
        // Of ordered rows alone nothing is asked, and nothing changes: models of one element a site and the others have the keys that they always had.
        var ordered = Folder("ordered", takes: row => Sodium(row) is 0 or 1);
        Assert.All(_bench.Resolve(Study("o", ordered, Cgcnn, Trains).Replace("validation: 6, test: 6", "validation: 2, test: 2", StringComparison.Ordinal)).Nodes.OfType<TrainNode>(),
            node => Assert.DoesNotContain("\"ordered\"", node.Spec.Json, StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_keep_their_sites_on_disk_and_V0_is_the_weighted_sum_by_hand()
    {
        var table = _bench.Write("mixed.csv", "id,cif,y\n" + string.Concat(Enumerable.Range(0, Rows).Select(row => string.Create(CultureInfo.InvariantCulture, $"r{row},\"{Cif(row, false)}\",{row}\n"))));
        var set = _bench.Data.Load(new DataRequest(table, "y", null, null, 0));
        Assert.Equal((Rows, 0), (set.Count, set.Refusals.Count));
        var file = Network();
        var prepared = _bench.Data.Prepare(set, file.ToParent(ModelRegistry.Default, "net"));
        var embedding = file.Parameters["embed.atom"].Values;
        for (var row = 0; row < Rows; row++)
        {
            var sodium = Sodium(row);
            Assert.Equal(sodium is 0 or 1, prepared.Occupancies!(row) is null);
            for (var k = 0; k < 4; k++) Assert.Equal((sodium * embedding[44 + k]) + ((1 - sodium) * embedding[76 + k]), prepared.Features("V0")[row][k], 1e-7);
        }
        Assert.Equal("ClK0.92Na0.08", set.Composition(1).AlphabeticalFormula);
    }

    [Fact]
    public void The_hash_of_ordered_rows_is_what_it_was_and_that_of_others_says_that_they_are_taken()
    {
        var one = _bench.Data.Load(new DataRequest(_bench.Write("one.csv", $"id,cif,y\na,\"{Cif(3, false)}\",1\n"), "y", null, null, 0));
        var two = _bench.Data.Load(new DataRequest(_bench.Write("two.csv", $"id,cif,y\na,\"{Cif(3, false)}\",1\nb,\"{Cif(1, false)}\",2\n"), "y", null, null, 0));
        Assert.Equal(HashOf($"{one.ContentHash}\nid\n\ncif\n\n\n{one.Query.Canonical}"), one.Hash);
        Assert.Equal("target y\n", one.Query.Canonical);
        Assert.NotEqual(HashOf($"{two.ContentHash}\nid\n\ncif\n\n\n{two.Query.Canonical}"), two.Hash);

        static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    static ModelFile Network()
    {
        var model = ModelRegistry.Default.Create(ModelRegistry.Default.Resolve("megnet", [KeyValuePair.Create("embedding", (object?)4L), KeyValuePair.Create("width", (object?)4L), KeyValuePair.Create("blocks", (object?)1L)]));
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(8);
        return ModelFile.From(model, parameters, new ModelTarget("e", "eV/atom", new TargetScaler(0, 1)));
    }
}
