using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AtomSets.Acceptance.Tests;
using AtomSets.Storage.Tests;
using Xunit;
using Xunit.Abstractions;

namespace AtomSets.Cluster.Tests;

/// <summary>
/// A silo that stands still for long (a hung machine) holds up nobody: its work goes on elsewhere while it still stands, also when it hosts the pool. One that
/// stalls for a moment is not given up. The same for one that is killed. Workers are free, so that the times are those of the cluster, not of its load.
/// </summary>
[Collection(SiloProcessCollection.Name)]
public sealed class StandstillTests(ITestOutputHelper output)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), Moment = TimeSpan.FromSeconds(3);

    static string Endless => Path.Combine(AppContext.BaseDirectory, "Studies/endless.yaml");

    [PostgresFact]
    public Task The_work_of_the_pools_host_goes_on_elsewhere() => StandStillAsync(silos => silos.PoolHostAsync());

    [FaultCampaignFact]
    public Task The_work_of_the_studys_host_goes_on_elsewhere() => StandStillAsync(silos => silos.StudyHostAsync("endless"));

    [FaultCampaignFact]
    public Task The_work_of_any_silo_goes_on_elsewhere() => StandStillAsync(silos => silos.TrialHostAsync());

    [FaultCampaignFact]
    public Task The_work_of_the_pools_killed_host_goes_on_elsewhere() => StandStillAsync(silos => silos.PoolHostAsync(), isKilled: true);

    [FaultCampaignFact]
    public Task The_work_of_any_killed_silo_goes_on_elsewhere() => StandStillAsync(silos => silos.TrialHostAsync(), isKilled: true);

    async Task StandStillAsync(Func<SiloProcesses, Task<int?>> role, bool isKilled = false)
    {
        await using var home = new ProgramHome().With("ATOMSETS_CHECKPOINT_SECONDS", "0.1");
        // Four trials on six workers: some are free wherever the four are.
        var silos = new SiloProcesses(home, silos: 3, workers: 2);
        try
        {
            await silos.UpAsync();
            using var run = silos.Client("study", "run", Endless);
            await home.WaitUntilAsync("(SELECT count(*) FROM trials WHERE status = 'claimed' AND checkpoint_epochs > 0) = 4", run);
            var victim = await WorkingAsync(role, silos, home, run);

            RunningProgram.Signal(victim, RunningProgram.StopSignal);
            await Task.Delay(Moment);
            RunningProgram.Signal(victim, RunningProgram.ContinueSignal);
            await Task.Delay(Moment);
            Assert.True(SiloProcesses.IsAlive(victim), "one that stalled for a moment was given up");
            var held = await HeldAsync(home, victim);
            Assert.NotEmpty(held);

            RunningProgram.Signal(victim, isKilled ? RunningProgram.KillSignal : RunningProgram.StopSignal);
            var watch = Stopwatch.StartNew();
            foreach (var (key, epoch) in held)
            {
                while ((await home.RowsAsync($"SELECT 1 FROM trials WHERE key = '{key}' AND lease_epoch > {epoch}")).Count == 0)
                {
                    Assert.True(watch.Elapsed < Patience, $"nobody took trial {key}:\n{silos.Logs(60)}");
                    await Task.Delay(20);
                }
                Say(string.Create(CultureInfo.InvariantCulture, $"{(isKilled ? "killed" : "standing still")}: claimed elsewhere after {watch.Elapsed.TotalSeconds:0.0} s"));
            }
            if (isKilled) return;
            // It learns that it was given up, and ends.
            RunningProgram.Signal(victim, RunningProgram.ContinueSignal);
            while (SiloProcesses.IsAlive(victim))
            {
                Assert.True(watch.Elapsed < Patience, $"it goes on though it was given up:\n{silos.Logs(60)}");
                await Task.Delay(20);
            }
            Say(string.Create(CultureInfo.InvariantCulture, $"given up, it ended by itself {watch.Elapsed.TotalSeconds:0.0} s after the beginning"));
        }
        finally
        {
            silos.KillAll();
        }
    }

    void Say(string text) => CampaignReport.Write(output, text);

    /// <summary>The silo that has the role, once it is one that runs a trial.</summary>
    static async Task<int> WorkingAsync(Func<SiloProcesses, Task<int?>> role, SiloProcesses silos, ProgramHome home, RunningProgram run)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience; await Task.Delay(100))
        {
            if (await role(silos) is not { } host) continue;
            if ((await HeldAsync(home, host)).Count > 0) return host;
            // One with idle workers: the role goes to another.
            RunningProgram.Signal(host, RunningProgram.KillSignal);
            await silos.UpAsync();
            await home.WaitUntilAsync("(SELECT count(*) FROM trials WHERE status = 'claimed' AND lease_until > now()) = 4", run);
        }
        throw new TimeoutException("no silo that has the role runs a trial");
    }

    /// <summary>Trials with lease epochs that a silo runs.</summary>
    static async Task<List<(string Key, long Epoch)>> HeldAsync(ProgramHome home, int silo) =>
    [
        .. (await home.RowsAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT key, lease_epoch FROM trials WHERE status = 'claimed' AND owner LIKE '%:{silo}:%'")))
            .Select(row => JsonDocument.Parse(row).RootElement).Select(row => (row.GetProperty("key").GetString()!, row.GetProperty("lease_epoch").GetInt64())),
    ];
}
