using System.Globalization;

namespace AtomSets.Bench;

/// <summary>A study of many short trainings on two silos with one worker each, beside one such silo; and what passes between one trial and the next of a worker.</summary>
sealed class TrialsRow : IRow
{
    const int Trials = 16;

    /// <summary>Between two trials of a worker: the outcome's commit, the report, the next order and its claim.</summary>
    const string Pauses = """
        SELECT extract(epoch FROM pause) * 1000 FROM
          (SELECT claimed_at - lag(ended_at) OVER (PARTITION BY owner ORDER BY claimed_at) AS pause, lag(id) OVER (PARTITION BY owner ORDER BY claimed_at) AS before FROM trials) AS pauses
        WHERE before IS NOT NULL AND pause < interval '1 second' AND pause >= interval '0'
        """;

    public string Name => "cluster-trials";

    public string Group => ClusterRows.Group;

    public string About => $"{Trials} trainings on two silos with one worker each; peer: one such silo; with it the pause between two trials of a worker";

    public int Cores => Environment.ProcessorCount;

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs) => MeasureAsync(runs).GetAwaiter().GetResult();

    async Task<IReadOnlyList<Measurement>> MeasureAsync(int runs)
    {
        await using var one = await BenchCluster.StartAsync(silos: 1);
        await using var two = await BenchCluster.StartAsync(silos: 2);
        var (ours, theirs) = (new double[runs], new double[runs]);
        for (var run = -1; run < runs; run++)
        {
            // The first one warms up.
            foreach (var cluster in run % 2 == 0 ? (BenchCluster[])[two, one] : [one, two])
            {
                var seconds = await SecondsAsync(cluster, run + 2);
                if (run >= 0) (cluster == two ? ours : theirs)[run] = seconds;
            }
        }
        var ratios = theirs.Zip(ours, (alone, both) => alone / both).ToArray();
        var pauses = (await one.NumbersAsync(Pauses)).ToArray();
        double Hourly(double[] seconds) => Trials * 3600 / Measurement.Quantile(seconds, 0.5);
        return
        [
            new(Name, Hourly(ours), Hourly(theirs), "trials/h", Measurement.Quantile(ratios, 0.5), Spread(ratios), null, runs, $"{Trials} trainings a study; ours: two silos, peer: one"),
            new("cluster-dispatch", Measurement.Quantile(pauses, 0.5), null, "ms", null, Spread(pauses), null, pauses.Length,
                string.Create(CultureInfo.InvariantCulture, $"from a trial's end to the next one's claim, one silo; 90th percentile {Measurement.Quantile(pauses, 0.9):F1} ms")),
        ];
    }

    static double Spread(double[] values) => (Measurement.Quantile(values, 0.75) - Measurement.Quantile(values, 0.25)) / Measurement.Quantile(values, 0.5);

    /// <summary>From the first claim of a study's trials to the last end.</summary>
    static async Task<double> SecondsAsync(BenchCluster cluster, int seed)
    {
        var last = (await cluster.NumbersAsync("SELECT coalesce(max(id), 0) FROM trials"))[0];
        await cluster.RunAsync(Study(seed));
        return (await cluster.NumbersAsync(string.Create(CultureInfo.InvariantCulture,
            $"SELECT extract(epoch FROM max(ended_at) - min(claimed_at)) FROM trials WHERE id > {last}")))[0];
    }

    static string Study(int seed) => string.Create(CultureInfo.InvariantCulture, $$"""
        study: trials-{{seed}}
        seed: {{seed}}
        targets:
          dear: { data: "ionic:600:2", target: lattice_energy_ev_atom, where: { max_sites: 12 }, split: { validation: 60, test: 60 }, sizes: [200] }
        models:
          net: { kind: megnet, hidden: 32, width: 16, readout: 16, blocks: 2, cutoff_angstrom: 4.0 }
        transfer: [scratch]
        seeds: {{Trials}}
        training: { epochs: 40, patience: 40, batch_size: 32 }
        """);
}
