using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AtomSets.Acceptance.Tests;
using AtomSets.Storage;
using Npgsql;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>
/// Runs a study on two silo hosts of a virtual network whose link is cut and healed: between the two, or between one and everybody, the database too. Silos that
/// find that they were given up end, and are started again.
/// </summary>
/// <param name="study">What runs, and how it ends on one machine, undisturbed.</param>
/// <param name="random">Seeded: draws kinds, hosts and times.</param>
/// <param name="runs">How many times, each in a new home.</param>
/// <param name="cuts">Cuts of a run; fewer where the study ends before.</param>
sealed class CutCampaign(CampaignStudy study, Random random, int runs, int cuts)
{
    const int Hosts = 2;

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3), LongestCalm = TimeSpan.FromSeconds(6), ShortestCut = TimeSpan.FromSeconds(10), LongestCut = TimeSpan.FromSeconds(30);

    readonly CampaignFigures _figures = new();
    readonly FaultFigures _recoveries = new();

    /// <summary>Fails with the first thing that is not as it would be undisturbed.</summary>
    /// <returns>Figures, for people.</returns>
    public async Task<string> RunAsync()
    {
        var watch = Stopwatch.StartNew();
        while (_figures.Studies < runs)
        {
            await RunStudyAsync();
            _figures.Studies++;
        }
        _figures.Elapsed = watch.Elapsed;
        return $"{_figures}{_recoveries}";
    }

    async Task RunStudyAsync()
    {
        await using var home = study.NewHome();
        await using var network = await VirtualNetwork.CreateAsync(Hosts);
        await OpenToNetworkAsync(home);
        await using var database = new CampaignDatabase(home);
        var checks = new CampaignChecks(study, home, database, _figures) { MayReportLate = true };
        RunningProgram? program = null;
        var silos = Enumerable.Range(0, Hosts).Select(host => new SiloHost(home, host)).ToArray();
        try
        {
            await MembersAsync(home, () => false);
            program = home.StartOther(Machine.Client, "study", "run", CampaignStudy.FileIn(home));
            // One kind and the other in turn.
            var first = random.Next(2);
            for (var cut = 0; cut < cuts && !program.HasExited; cut++)
            {
                while (!program.HasExited && !await database.PrepareAsync()) await Task.Delay(20);
                await PassAsync(LongestCalm * random.NextDouble(), program);
                if (program.HasExited) break;
                await checks.RememberAsync();
                await CutAsync((first + cut) % 2 == 0, home, network, silos, program);
            }
            for (var watch = Stopwatch.StartNew(); !program.HasExited; await Task.Delay(50)) Assert.True(watch.Elapsed < Patience, $"no end within {Patience}:\n{program.ErrorSoFar}");
            var end = await program.EndAsync();
            end.MustExit(0);
            await _recoveries.EndStudyAsync(home);
            foreach (var silo in silos) _recoveries.Note("a silo that was given up ended and was started again", silo.Starts - 1);
            foreach (var silo in silos) await silo.DisposeAsync();
            (await home.RunAsync("db", "stop")).MustExit(0);
            await checks.VerifyAsync(end.Out);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\nso far:\n{_figures}{_recoveries}\n{string.Join('\n', silos.Select(silo => $"{silo.Name}:\n{silo.Log}"))}", e);
        }
        finally
        {
            program?.Dispose();
            foreach (var silo in silos) await silo.DisposeAsync();
        }
    }

    /// <param name="isBetween">The link between the silos; else all links of one.</param>
    async Task CutAsync(bool isBetween, ProgramHome home, VirtualNetwork network, SiloHost[] silos, RunningProgram program)
    {
        var time = ShortestCut + ((LongestCut - ShortestCut) * random.NextDouble());
        if (isBetween)
        {
            _figures.Count("link between the silos", "AnyTime", home.Root);
            await network.CutBetweenAsync(true);
            await PassAsync(time, program);
            await network.CutBetweenAsync(false);
        }
        else
        {
            var host = random.Next(Hosts);
            (string, long)[] lost = silos[host].Process is not { } silo ? [] :
            [
                .. (await home.PeekAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT key, lease_epoch FROM trials WHERE status = 'claimed' AND owner LIKE '%:{silo}:%'")))
                    .Select(row => JsonDocument.Parse(row).RootElement).Select(row => (row.GetProperty("key").GetString()!, row.GetProperty("lease_epoch").GetInt64())),
            ];
            _figures.Count("links of one silo", "AnyTime", home.Root);
            await VirtualNetwork.CutOffAsync(host, true);
            _recoveries.Count(FaultKind.CutOff, lost);
            await PassAsync(time, program);
            await VirtualNetwork.CutOffAsync(host, false);
        }
        await MembersAsync(home, () => program.HasExited);
    }

    /// <summary>Waits until all silos are members, or the study has ended.</summary>
    static async Task MembersAsync(ProgramHome home, Func<bool> hasEnded)
    {
        // 3: active. One that was given up may still be on its way out.
        for (var watch = Stopwatch.StartNew(); !hasEnded() && (await home.PeekAsync("SELECT DISTINCT name FROM silos WHERE status = 3 AND suspect_times IS NULL")).Count < Hosts; await Task.Delay(100))
            Assert.True(watch.Elapsed < Patience, $"the silos are not together within {Patience}: {string.Join('\n', await home.PeekAsync("SELECT name, generation, status, suspect_times FROM silos"))}");
    }

    static async Task PassAsync(TimeSpan time, RunningProgram program)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < time && !program.HasExited;) await Task.Delay(20);
    }

    /// <summary>The private server of the home listens on the virtual network too.</summary>
    static async Task OpenToNetworkAsync(ProgramHome home)
    {
        (await home.RunAsync("db", "start")).MustExit(0);
        (await home.RunAsync("study", "list")).MustExit(0); // makes the database
        await using (var connection = new NpgsqlConnection(home.Address))
        {
            await connection.OpenAsync();
            await using var listen = new NpgsqlCommand($"ALTER SYSTEM SET listen_addresses = '{VirtualNetwork.HubAddress}'", connection);
            await listen.ExecuteNonQueryAsync();
        }
        var rules = Path.Combine(home.Place.Data, "pg_hba.conf");
        await File.AppendAllTextAsync(rules, $"host all all {VirtualNetwork.Subnet} trust\n");
        await PrivateServer.StopAsync(home.Place, force: true);
        (await home.RunAsync("db", "start")).MustExit(0);
    }
}
