using System.Globalization;
using AtomSets.Materials;

namespace AtomSets.Bench;

/// <summary>One MEGNet training in two logical shards: over two silos with one worker each, beside one worker that computes both.</summary>
/// <param name="smallOnly">Only crystals of at most 20 sites: short steps, in which waiting for one another weighs most.</param>
sealed class ShardsRow(bool smallOnly) : IRow
{
    const string Real = "struct_mp_pool";

    public string Name => smallOnly ? "cluster-shards-small" : "cluster-shards";

    public string Group => ClusterRows.Group;

    public string About => $"one MEGNet training{(smallOnly ? " on crystals of at most 20 sites" : "")} in two shards over two silos with one worker each, an epoch; peer: one worker";

    public int Cores => Environment.ProcessorCount;

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs) => MeasureAsync(runs).GetAwaiter().GetResult();

    async Task<IReadOnlyList<Measurement>> MeasureAsync(int runs)
    {
        var loader = new DataSetLoader();
        var isReal = loader.Registry.TryFind(Real) is { } known && loader.Locations.Locate(known) is not null;
        await using var one = await BenchCluster.StartAsync(silos: 1);
        await using var two = await BenchCluster.StartAsync(silos: 2);
        var (ours, theirs) = (new double[runs], new double[runs]);
        for (var run = -1; run < runs; run++)
        {
            foreach (var cluster in run % 2 == 0 ? (BenchCluster[])[two, one] : [one, two])
            {
                var seconds = await SecondsAsync(cluster, Study(isReal, run + 2));
                if (run >= 0) (cluster == two ? ours : theirs)[run] = seconds;
            }
        }
        var workers = await two.NumbersAsync("SELECT DISTINCT (result ->> 'workers')::int FROM trials WHERE kind = 'train'");
        if (workers is not [2]) throw new BenchException("a training was not spread over both silos");
        var ratios = theirs.Zip(ours, (alone, both) => alone / both).ToArray();
        var ratio = Measurement.Quantile(ratios, 0.5);
        return
        [
            new(Name, Measurement.Quantile(ours, 0.5), Measurement.Quantile(theirs, 0.5), "s/epoch", ratio, (Measurement.Quantile(ratios, 0.75) - Measurement.Quantile(ratios, 0.25)) / ratio, null, runs,
                $"{(isReal ? Real : "synthetic crystals")}, 1024 to train on and 256 to validate, batches of 128; ours: two silos, peer: one worker with both shards"),
        ];
    }

    /// <summary>Median of an epoch's seconds in the newest training, validation included.</summary>
    static async Task<double> SecondsAsync(BenchCluster cluster, string study)
    {
        await cluster.RunAsync(study);
        var seconds = await cluster.NumbersAsync("SELECT seconds FROM learning_curves WHERE key = (SELECT key FROM trials WHERE kind = 'train' ORDER BY id DESC LIMIT 1) AND epoch > 1");
        return Measurement.Quantile([.. seconds], 0.5);
    }

    string Study(bool isReal, int seed) => string.Create(CultureInfo.InvariantCulture, $$"""
        study: shards-{{seed}}
        seed: {{seed}}
        targets:
          dear:
            data: "{{(isReal ? Real : "ionic:4000:1")}}"
            target: {{(isReal ? "e_form_mp2018_ev_atom" : "lattice_energy_ev_atom")}}
            where: { {{(smallOnly ? "max_sites: 20, " : "")}}limit: 1300 }
            split: { validation: 256, test: 20 }
            sizes: [1024]
        models:
          net: { kind: megnet }
        transfer: [scratch]
        training: { epochs: 24, patience: 24, batch_size: 128, shards: 2 }
        """);
}
