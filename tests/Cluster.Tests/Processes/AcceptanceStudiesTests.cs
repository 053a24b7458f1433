using AtomSets.Acceptance.Tests;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>The acceptance studies on silos as users start them.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class AcceptanceStudiesTests
{
    [PostgresFact]
    public async Task Three_silo_processes_find_and_decide_what_one_machine_does()
    {
        await using var here = new ProgramHome();
        (await here.RunAsync("db", "start")).MustExit(0);
        var expected = await AcceptanceStudies.RunAsync(here, file => here.Start("study", "run", file, "--workers", "1"));

        await using var there = new ProgramHome();
        var silos = new SiloProcesses(there, silos: 3, workers: 1);
        try
        {
            await silos.UpAsync();
            var found = await AcceptanceStudies.RunAsync(there, file => silos.Client("study", "run", file));
            foreach (var record in expected.Records) record.MustBeItsMachines();
            found.MustEqual(expected);
            Assert.Equal(3, (await there.RowsAsync("SELECT DISTINCT owner FROM trials")).Count); // all worked
            Assert.Empty(await there.RowsAsync("SELECT key, lease_epoch FROM trials WHERE lease_epoch > 1"));
            await silos.DownAsync();
        }
        finally
        {
            silos.KillAll();
        }
    }
}
