using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>Silos end when they are asked to. The bounds tell an end from a hang, not a fast one from a slow.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class StopTests : IDisposable
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(45);

    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-stop-").FullName;

    [PostgresFact]
    public async Task Silos_that_stop_together_with_work_in_hand_end_and_another_goes_on_with_it()
    {
        const string study = """
            study: stopped
            targets:
              dear: { data: "ionic:120:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 15, test: 15 }, sizes: [20, 40] }
            models:
              net: { kind: megnet, hidden: 16, width: 16, readout: 8, blocks: 2, gaussian_centres: 12, cutoff_angstrom: 4.0, gaussian_stop_angstrom: 5.0 }
            transfer: [scratch]
            training: { epochs: 100000, patience: 100000, batch_size: 5 }
            """;
        var file = Path.Combine(_folder, "stopped.yaml");
        await File.WriteAllTextAsync(file, study);
        await using var machine = new Machine();
        var database = await machine.ShareDatabaseAsync();
        using var first = LooseSilo.Start("first", machine.Home, database);
        using var second = LooseSilo.Start("second", machine.Home, database);
        await first.ServesAsync(machine);
        await second.ServesAsync(machine);
        var run = machine.TryRunAsync(Machine.Client, "study", "run", file);
        while ((await machine.SqlAsync("SELECT key FROM trials WHERE status = 'claimed'")).Count < 2) Assert.False(run.IsCompleted);

        first.Terminate();
        second.Terminate();
        foreach (var (code, after) in await Task.WhenAll(first.EndAsync(), second.EndAsync()))
        {
            Assert.Equal(0, code);
            Assert.True(after < Bound, $"a silo ended after {after.TotalSeconds:0} s");
        }
        // Both leases are given back, with a checkpoint.
        Assert.Equal(2, (await machine.SqlAsync("SELECT key FROM trials WHERE status = 'released' AND checkpoint_artifact IS NOT NULL")).Count);
        using var third = LooseSilo.Start("third", machine.Home, database);
        await third.ServesAsync(machine);
        await machine.RunAsync(Machine.Client, "study", "cancel", "stopped");
        await run;
    }

    [PostgresFact]
    public async Task A_silo_whose_database_is_gone_ends_all_the_same()
    {
        await using var machine = new Machine();
        var database = await machine.ShareDatabaseAsync();
        using var silo = LooseSilo.Start("orphan", Path.Combine(_folder, "orphan"), database);
        await silo.ServesAsync(machine);
        await machine.StopDatabaseAsync();
        silo.Terminate();
        var (code, after) = await silo.EndAsync();
        Assert.True(after < Bound, $"the silo ended after {after.TotalSeconds:0} s");
        Assert.Equal(0, code);
        Assert.Contains("the database does not answer", silo.Log, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
