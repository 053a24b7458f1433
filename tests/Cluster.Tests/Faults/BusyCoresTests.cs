using System.Diagnostics;
using System.Globalization;
using AtomSets.Acceptance.Tests;
using AtomSets.Storage.Tests;
using Xunit;
using Xunit.Abstractions;

namespace AtomSets.Cluster.Tests;

/// <summary>A silo that answers late because all cores train is not taken for dead.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class BusyCoresTests(ITestOutputHelper output)
{
    const int Silos = 3;

    const string Members = "SELECT name, address, port, generation, status, suspect_times FROM silos ORDER BY name, generation";

    /// <summary>A minute beside the long campaign.</summary>
    static readonly TimeSpan Watched = TimeSpan.FromSeconds(FaultCampaignFactAttribute.Runs > 0 ? 60 : 10);

    [PostgresFact]
    public async Task Silos_whose_cores_all_train_are_not_given_up()
    {
        // Trials that do not end while we look, and three for each core.
        var study = CampaignStudy.Of("crash-search", 100_000, 1);
        await using var home = study.NewHome();
        var silos = new SiloProcesses(home, Silos, Environment.ProcessorCount);
        try
        {
            await silos.UpAsync();
            var endless = home.Write("endless.yaml", File.ReadAllText(CampaignStudy.FileIn(home)).Replace("patience: 1000", "patience: 10000000", StringComparison.Ordinal));
            using var run = silos.Client("study", "run", endless);
            await home.WaitUntilAsync($"(SELECT count(*) FROM trials WHERE status = 'claimed') >= {2 * Environment.ProcessorCount}", run);
            var before = await home.RowsAsync(Members);
            var (clock, began) = (Stopwatch.StartNew(), Processing(silos));
            await Task.Delay(Watched);
            var busy = (Processing(silos) - began) / clock.Elapsed / Environment.ProcessorCount;
            var running = await home.RowsAsync("SELECT key FROM trials WHERE status = 'claimed' AND lease_until > now() AND lease_epoch = 1");

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Watched.TotalSeconds:0} s, {busy:0.00} of the {Environment.ProcessorCount} cores' time, {running.Count} trials at once\n{string.Join('\n', before)}"));
            Assert.Equal(Silos, before.Count);
            Assert.All(before, row => Assert.Contains("\"status\":3,\"suspect_times\":null", row, StringComparison.Ordinal)); // 3: active
            Assert.Equal(before, await home.RowsAsync(Members));
            // Nor has any worker lost a trial.
            Assert.True(running.Count >= 2 * Environment.ProcessorCount, $"{running.Count} trials");
            Assert.Equal(running, await home.RowsAsync("SELECT key FROM trials WHERE status = 'claimed'"));
        }
        finally
        {
            silos.KillAll();
        }
    }

    /// <summary>Processor time of all silos so far.</summary>
    static TimeSpan Processing(SiloProcesses silos)
    {
        var sum = TimeSpan.Zero;
        foreach (var (id, _) in silos.Records.Values)
        {
            using var process = Process.GetProcessById(id);
            sum += process.TotalProcessorTime;
        }
        return sum;
    }
}
