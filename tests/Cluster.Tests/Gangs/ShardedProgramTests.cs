using System.Diagnostics;
using System.Text.Json;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>One training over silo processes, of which one is killed: who carries it changes its speed, never a number.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class ShardedProgramTests
{
    /// <summary>Some twenty seconds of training.</summary>
    const string Study = """
        study: sharded
        targets:
          dear: { data: "ionic:200:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 20, test: 30 }, sizes: [60] }
        models:
          net: { kind: megnet, hidden: 8, width: 8, readout: 8, blocks: 1, gaussian_centres: 12, cutoff_angstrom: 4.0, gaussian_stop_angstrom: 5.0 }
        transfer: [scratch]
        training: { epochs: 2000, patience: 2000, batch_size: 15, shards: 3 }
        """;

    static readonly Lazy<Task<List<string>>> OneMachine = new(async () =>
    {
        await using var here = new Machine();
        await here.RunAsync(Machine.Local, "study", "run", here.Write("sharded.yaml", Study), "--workers", "1");
        Assert.Equal(1, await WorkersAsync(here));
        return await ClusterProgramTests.FindingsAsync(here);
    });

    [PostgresTheory]
    [InlineData(null)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_training_over_silo_processes_has_the_bits_of_one_worker_also_when_one_is_killed(bool? killsLeader)
    {
        await using var there = new Machine();
        await there.RunAsync(Machine.Client, "cluster", "up", "--silos", "2", "--workers", "1");
        var run = there.RunAsync(Machine.Client, "study", "run", there.Write("sharded.yaml", Study));
        if (killsLeader is { } isLeader)
        {
            var silos = await ClusterProgramTests.SilosAsync(there);
            List<string> owners;
            while ((owners = await there.SqlAsync("SELECT owner FROM trials WHERE status = 'claimed' AND kind = 'train' AND EXISTS (SELECT 1 FROM learning_curves)")).Count == 0) await Task.Delay(50);
            var leads = owners.Single();
            var victim = silos.Keys.Single(name => leads.Contains($"/{name}/", StringComparison.Ordinal) == isLeader);
            using var silo = Process.GetProcessById(silos[victim]);
            silo.Kill();
        }
        await run;
        Assert.Equal(await OneMachine.Value, await ClusterProgramTests.FindingsAsync(there));
        // The attempt that ended the training had what was left.
        Assert.Equal(killsLeader is null ? 2 : 1, await WorkersAsync(there));
    }

    static async Task<int> WorkersAsync(Machine machine) =>
        JsonDocument.Parse((await machine.SqlAsync("SELECT (result ->> 'workers')::int AS workers FROM trials WHERE kind = 'train'")).Single()).RootElement.GetProperty("workers").GetInt32();
}
