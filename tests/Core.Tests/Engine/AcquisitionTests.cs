using System.Globalization;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Rounds of active learning as a study.</summary>
public sealed class AcquisitionTests
{
    const string Study = """
        study: rounds
        targets:
          dear: { data: "ionic:120:2", target: lattice_energy_ev_atom, split: { validation: 20, test: 30 }, seeds: 2 }
        models:
          process: { kind: gp, input: ef86, steps: 20 }
          net: { kind: elemnet, architecture: 8x1-1 }
        transfer:
          - { mode: scratch, name: active, model: process, acquire: { start: 10, batch: 8, rounds: 2 } }
          - { mode: scratch, name: random, model: process, acquire: { by: random, start: 10, batch: 8, rounds: 2 } }
          - { mode: scratch, name: greedy, model: process, acquire: { by: lowest, start: 10, batch: 8, rounds: 1 } }
          - { mode: scratch, name: committee, model: net, acquire: { start: 10, batch: 8, rounds: 2, members: 3 }, training: { epochs: 3, patience: 3 } }
        """;

    static async Task<StudyDetails> RunAsync(EngineBench bench, string text, int workers, string owner = "bench")
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await using var engine = bench.Engine(workers, owner: owner);
        await engine.SubmitAsync(new StudyFile(text, Path.Combine(bench.Home, "rounds.yaml")), soon.Token);
        StudyProgress? end = null;
        await foreach (var progress in engine.WatchAsync("rounds", soon.Token)) end = progress;
        Assert.Equal((StudyStatus.Finished, null), (end!.Status, end.Message));
        return await engine.ShowAsync("rounds", soon.Token);
    }

    static async Task<SortedDictionary<string, string[]>> ChosenAsync(EngineBench bench, StudyDetails study)
    {
        var chosen = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var node in study.Nodes.Where(node => node.Node.EndsWith("/acquire", StringComparison.Ordinal)))
            chosen[node.Node] = ((TrainResult)(await bench.Ledger.FindAsync([node.Key!.Value], CancellationToken.None))[node.Key!.Value].Result!).Chosen!.Value.ToArray();
        return chosen;
    }

    static async Task<ModelFile> FileAsync(EngineBench bench, StudyDetails study, string node)
    {
        var key = study.Nodes.Single(one => one.Node == node).Key!.Value;
        return ModelFile.Read(bench.Artifacts.Get(((TrainResult)(await bench.Ledger.FindAsync([key], CancellationToken.None))[key].Result!).Weights!), node);
    }

    [Fact]
    public async Task Each_round_adds_the_rows_that_the_model_before_is_least_sure_of()
    {
        using var bench = new EngineBench();
        var study = await RunAsync(bench, Study, workers: 3);
        var set = bench.Data.Load(new DataRequest("ionic:120:2", "lattice_energy_ev_atom", null, null, 0));
        var chosen = await ChosenAsync(bench, study);
        Assert.Equal(2 * (2 + 1 + 2), chosen.Count); // replicates × (active, greedy, committee); random acquires nothing
        foreach (var seed in new[] { 1, 2 })
        {
            var first = await FileAsync(bench, study, $"transfer/dear/active/process/n10/s{seed}");
            var split = SplitManifest.Parse(System.Text.Encoding.UTF8.GetString(bench.Artifacts.Get(first.Provenance.TrainedOn[0].ManifestHash)));
            var known = split.TrainIds.Take(10).ToList();
            foreach (var size in new[] { 10, 18 })
            {
                var picked = chosen[$"transfer/dear/active/process/n{size}/s{seed}/acquire"];
                var pool = split.TrainIds.Except(known).ToArray();
                var deviations = Predict(await FileAsync(bench, study, $"transfer/dear/active/process/n{size}/s{seed}"), pool.Select(id => set.Crystal(set.RowOf(id)))).Select(one => one.Deviation!.Value).ToArray();
                Assert.Equal(pool.Zip(deviations).OrderByDescending(pair => pair.Second).Take(8).Select(pair => pair.First).Order(), picked.Order());
                known.AddRange(picked);
            }
            Assert.Equal(26, known.Distinct().Count());
            Assert.Empty(known.Intersect(split.ValidationIds));

            // What the last round learnt from is what was chosen: the elements that its file knows.
            var last = await FileAsync(bench, study, $"transfer/dear/active/process/n26/s{seed}");
            Assert.Equal(known.SelectMany(id => NumbersOf(set.Composition(set.RowOf(id)))).Distinct().Order(), last.Provenance.Elements.Order());
            Assert.Equal(26, last.Parameters["points"].Rows);

            var lowest = Predict(first, split.TrainIds.Skip(10).Select(id => set.Crystal(set.RowOf(id)))).Select(one => one.Value!.Value);
            Assert.Equal(split.TrainIds.Skip(10).Zip(lowest).OrderBy(pair => pair.Second).Take(8).Select(pair => pair.First), chosen[$"transfer/dear/greedy/process/n10/s{seed}/acquire"]);
        }
        // Rounds are sizes: a test error each, of the ensemble where members decide.
        string[] tested = [.. study.Nodes.Where(node => node.Kind == "evaluate").Select(node => node.Node).Order(StringComparer.Ordinal)];
        Assert.Equal(2 * (3 + 3 + 2 + 3), tested.Length);
        Assert.Contains("transfer/dear/committee/net/n26/s2/test", tested);
        // The first round is the same training whatever comes after, and that of a plain ladder; random acquisition is that ladder.
        TrialKey KeyOf(StudyDetails of, string node) => of.Nodes.Single(one => one.Node == node).Key!.Value;
        Assert.Equal(KeyOf(study, "transfer/dear/active/process/n10/s1"), KeyOf(study, "transfer/dear/random/process/n10/s1"));
        var ladder = await RunAsync(bench, Study[..Study.IndexOf("transfer:", StringComparison.Ordinal)].Replace("seeds: 2 }", "seeds: 2, sizes: [10, 18, 26] }", StringComparison.Ordinal) + "transfer: [{ mode: scratch, name: plain, model: process }]\n", workers: 1);
        foreach (var size in new[] { 10, 18, 26 }) Assert.Equal(KeyOf(study, $"transfer/dear/random/process/n{size}/s2"), KeyOf(ladder, $"transfer/dear/plain/process/n{size}/s2"));
    }

    static int[] NumbersOf(Composition composition)
    {
        var numbers = new List<int>();
        foreach (var amount in composition.Amounts) numbers.Add(amount.Element.AtomicNumber);
        return [.. numbers];
    }

    static IReadOnlyList<Prediction> Predict(ModelFile file, IEnumerable<Crystal> crystals)
    {
        using var predictor = new Predictor("model", file with { Provenance = new ModelProvenance() }, ModelRegistry.Default, () => CpuKernels.Create());
        return predictor.Predict([.. crystals.Select(crystal => PredictionInput.Of("x", crystal))]);
    }

    [Fact]
    public async Task The_same_rows_are_chosen_whatever_the_workers_and_after_an_interruption()
    {
        using var one = new EngineBench();
        var expected = await ChosenAsync(one, await RunAsync(one, Study, workers: 1));

        using var other = new EngineBench();
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        // Stops in the middle, with acquisitions behind and before it; another program goes on.
        await using (var engine = other.Engine(2, owner: "first"))
        {
            await engine.SubmitAsync(new StudyFile(Study, "rounds.yaml"), soon.Token);
            await foreach (var progress in engine.WatchAsync("rounds", soon.Token))
                if (progress.Finished >= 12) break;
        }
        var rest = await RunAsync(other, Study, workers: 3, owner: "second");
        var chosen = await ChosenAsync(other, rest);
        Assert.Equal(expected.Keys, chosen.Keys);
        foreach (var (node, ids) in expected) Assert.Equal(ids, chosen[node]);
    }

    [Fact]
    public async Task Labels_of_rows_that_were_never_chosen_and_of_test_rows_change_nothing()
    {
        var ionic = IonicGenerator.Generate(120, seed: 2);
        var formulas = ionic.Crystals.Select((crystal, i) => (Id: $"r{i}", Formula: crystal.Composition.ReducedFormula, Value: NumbersOf(crystal.Composition).Sum() % 17.0)).DistinctBy(row => row.Formula).ToArray();
        var text = Study.Replace("\"ionic:120:2\", target: lattice_energy_ev_atom", "rows.csv, target: value", StringComparison.Ordinal);

        using var bench = new EngineBench();
        Write(bench, _ => 0);
        var before = await ChosenAsync(bench, await RunAsync(bench, text, workers: 2));

        // One curve of one seed: what it never asked for may be anything, test rows too.
        const string curve = "transfer/dear/active/process/n";
        var set = bench.Data.Load(new DataRequest(Path.Combine(bench.Home, "rows.csv"), "value", null, null, 0));
        var split = SplitManifest.Parse(System.Text.Encoding.UTF8.GetString(bench.Artifacts.Get(ManifestOf(bench.Resolver.Resolve(text, Path.Combine(bench.Home, "rounds.yaml")), $"{curve}10/s1"))));
        var asked = split.TrainIds.Take(10).Concat(before[$"{curve}10/s1/acquire"]).ToHashSet();
        Assert.True(set.Count - asked.Count - split.ValidationIds.Count > 60);
        using var changed = new EngineBench();
        Write(changed, id => asked.Contains(id) || split.ValidationIds.Contains(id) ? 0 : 1000);
        var after = await ChosenAsync(changed, await RunAsync(changed, text, workers: 2));
        foreach (var node in new[] { $"{curve}10/s1/acquire", $"{curve}18/s1/acquire" }) Assert.Equal(before[node], after[node]);
        Assert.NotEqual(before[$"{curve}18/s2/acquire"], after[$"{curve}18/s2/acquire"]); // the other seed asked for others

        void Write(EngineBench at, Func<string, double> shift) => at.Write("rows.csv", "id,formula,value\n" + string.Concat(formulas.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Id},{row.Formula},{row.Value + shift(row.Id):R}\n"))));

        static string ManifestOf(ResolvedStudy study, string node) =>
            System.Text.Json.Nodes.JsonNode.Parse(study.Nodes.OfType<TrainNode>().Single(one => one.Id == node).Spec.Json)!["data"]!["manifest"]!.GetValue<string>();
    }

    [Theory]
    [InlineData("rounds: 2 }", "rounds: 20 }", "are 170, but target dear has 70 training rows")]
    [InlineData("model: process, acquire: { start", "model: net, acquire: { start", "as sure of every row as of any other")]
    [InlineData("by: lowest", "by: lowes", "must be uncertainty, random, highest or lowest")]
    [InlineData("start: 10, batch: 8, rounds: 1 }", "start: 10 }", "needs start")]
    [InlineData("name: greedy, model", "name: greedy, group: best, model", "compete in no group")]
    [InlineData("rounds: 1 }", "round: 1 }", "round")]
    public void Wrong_rounds_are_told(string from, string to, string expected)
    {
        using var bench = new EngineBench();
        Assert.Contains(expected, Assert.Throws<StudyFileException>(() => bench.Resolve(Study.Replace(from, to, StringComparison.Ordinal))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_equals_the_first_is_chosen_and_what_is_no_number_never()
    {
        Assert.Equal(["c", "a", "d"], AcquiredRows.Choose(["a", "b", "c", "d"], [1, double.NaN, 2, 1], 3).ToArray());
        Assert.Equal(["c", "a", "d"], AcquiredRows.Choose(["a", "b", "c", "d"], [1, double.NaN, 2, 1], 4).ToArray());
    }
}
