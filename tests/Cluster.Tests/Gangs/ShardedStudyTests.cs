using AtomSets.Core.Tests.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>Shards of one training in several silos: the numbers of one worker.</summary>
public sealed class ShardedStudyTests
{
    static StudyFile File(int shards, int epochs = 12) => new($$"""
        study: sharded
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 12, test: 8 } }
        models:
          net: { kind: megnet, embedding: 4, hidden: 6, width: 4, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 3.5, gaussian_stop_angstrom: 4 }
        transfer: [scratch]
        training: { epochs: {{epochs}}, patience: {{epochs}}, batch_size: 8, shards: {{shards}} }
        """, "sharded.yaml");

    [Theory]
    [InlineData(2, 2, 1)] // a shard in each of two silos
    [InlineData(3, 2, 1)] // one of them has two
    [InlineData(4, 2, 2)] // two workers of a silo share memory
    [InlineData(4, 3, 1)]
    [InlineData(4, 1, 2)] // no message at all
    public async Task Silos_that_share_a_training_find_what_one_worker_finds_to_the_last_bit(int shards, int silos, int workers)
    {
        using var here = new EngineBench();
        await using (var engine = here.Engine(workers: 1)) await SameNumbersTests.RunAsync(engine, File(shards));
        using var there = new EngineBench();
        await using (var cluster = await ClusterBench.StartAsync(there, (short)silos, workers)) await SameNumbersTests.RunAsync(cluster.Engine, File(shards));

        Assert.Equal(await SameNumbersTests.FindingsAsync(here), await SameNumbersTests.FindingsAsync(there));
        Assert.Equal(await SameNumbersTests.DecisionsAsync(here), await SameNumbersTests.DecisionsAsync(there));
        Assert.Equal(Math.Min(shards, silos * workers), await WorkersAsync(there));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_silo_that_leaves_a_gang_costs_time_and_no_bit(int leaving)
    {
        using var here = new EngineBench();
        await using (var engine = here.Engine(workers: 1)) await SameNumbersTests.RunAsync(engine, File(3, epochs: 3000));
        using var there = new EngineBench();
        await using (var cluster = await ClusterBench.StartAsync(there, silos: 3, workers: 1))
        {
            await cluster.Engine.SubmitAsync(File(3, epochs: 3000), CancellationToken.None);
            await foreach (var progress in cluster.Engine.WatchAsync("sharded", CancellationToken.None))
            {
                if (progress.Workers.Any(worker => worker.Epoch > 5)) break;
            }
            await cluster.Cluster.StopSiloAsync(cluster.Cluster.Silos[leaving]);
            await SameNumbersTests.EndAsync(cluster.Engine, "sharded");
        }
        Assert.Equal(await SameNumbersTests.FindingsAsync(here), await SameNumbersTests.FindingsAsync(there));
        // Those that were free when it went on: a new pool hears of one silo after the other.
        Assert.InRange(await WorkersAsync(there), 1, 2);
    }

    /// <summary>Workers that computed the training.</summary>
    static async Task<int> WorkersAsync(EngineBench bench)
    {
        var keys = (await bench.Log.NodesAsync("sharded", CancellationToken.None)).Select(row => row.Key).OfType<TrialKey>().ToArray();
        return (await bench.Ledger.FindAsync(keys, CancellationToken.None)).Values.Select(record => record.Result).OfType<TrainResult>().Single().Workers;
    }
}
