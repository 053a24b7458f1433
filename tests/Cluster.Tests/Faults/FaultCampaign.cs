using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AtomSets.Acceptance.Tests;
using AtomSets.Storage;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>
/// Runs a study on three silo processes while these and the database are killed or stand still at drawn moments; killed silos are started again after
/// a few seconds. Then again, each time in a new home.
/// </summary>
/// <param name="study">What runs, and how it ends on one machine, undisturbed.</param>
/// <param name="draw">Faults.</param>
/// <param name="runs">How many times.</param>
/// <param name="faults">Faults of a run; fewer where the study ends before.</param>
/// <param name="say">Gets the figures after each run.</param>
sealed class FaultCampaign(CampaignStudy study, FaultDraw draw, int runs, int faults, Action<string> say)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5), VictimLimit = TimeSpan.FromSeconds(20), StallTime = TimeSpan.FromSeconds(20), EndLimit = TimeSpan.FromSeconds(10);

    readonly CampaignFigures _figures = new();
    readonly FaultFigures _recoveries = new();
    Fault? _next;

    /// <summary>Fails with the first thing that is not as it would be undisturbed.</summary>
    /// <returns>Figures, for people.</returns>
    public async Task<string> RunAsync()
    {
        var watch = Stopwatch.StartNew();
        while (_figures.Studies < runs)
        {
            await using var home = study.NewHome();
            var silos = new SiloProcesses(home, silos: 3, workers: 1);
            try
            {
                await RunStudyAsync(home, silos);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.Message}\nso far:\n{_figures}{_recoveries}\n{silos.Logs(60)}", e);
            }
            finally
            {
                silos.KillAll();
            }
            _figures.Studies++;
            _figures.Elapsed = watch.Elapsed;
            if (_figures.Studies < runs) say($"{_figures}{_recoveries}");
        }
        return $"{_figures}{_recoveries}";
    }

    async Task RunStudyAsync(ProgramHome home, SiloProcesses silos)
    {
        await using var database = new CampaignDatabase(home);
        var checks = new CampaignChecks(study, home, database, _figures) { MayReportLate = true };
        await silos.UpAsync();
        var program = Start(silos, home);
        try
        {
            for (var last = _figures.Kills + faults; _figures.Kills < last;)
            {
                // One whose moment did not come before the study's end comes in the next study.
                var fault = _next ??= draw.Next();
                var victim = await WaitForAsync(fault, silos, database, program);
                if (program.HasExited)
                {
                    if (await EndedWellAsync(program)) break;
                    program = Again(silos, home, program);
                    continue;
                }
                _next = null;
                await checks.RememberAsync();
                await StrikeAsync(fault, victim, home, silos);
            }
            while (!await EndedWellAsync(program)) program = Again(silos, home, program);
            await _recoveries.EndStudyAsync(home);
            await silos.DownAsync();
            await checks.VerifyAsync((await program.EndAsync()).Out);
        }
        finally
        {
            program.Dispose();
        }
    }

    static RunningProgram Start(SiloProcesses silos, ProgramHome home) => silos.Client("study", "run", CampaignStudy.FileIn(home));

    static RunningProgram Again(SiloProcesses silos, ProgramHome home, RunningProgram ended)
    {
        ended.Dispose();
        return Start(silos, home);
    }

    /// <summary>Lets the study run until the moment has come, and finds whom it strikes.</summary>
    static async Task<int?> WaitForAsync(Fault fault, SiloProcesses silos, CampaignDatabase database, RunningProgram program)
    {
        while (!program.HasExited && !await database.PrepareAsync()) await Task.Delay(20);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < fault.Delay && !program.HasExited;) await Task.Delay(20);
        if (fault.Kind is FaultKind.Database or FaultKind.Restart) return null;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < VictimLimit && !program.HasExited; await Task.Delay(50))
        {
            var found = fault.Kind switch
            {
                FaultKind.Study => await silos.StudyHostAsync(CampaignStudy.Name),
                FaultKind.Pool => await silos.PoolHostAsync(),
                FaultKind.Shard => await silos.ShardHostAsync() ?? await silos.TrialHostAsync("(spec #>> '{training,shards}')::int > 1"),
                _ => await silos.TrialHostAsync(),
            };
            if (found is not null) return found;
        }
        if (program.HasExited) return null;
        throw new TimeoutException($"no silo for {fault.Kind} within {VictimLimit}");
    }

    async Task StrikeAsync(Fault fault, int? victim, ProgramHome home, SiloProcesses silos)
    {
        (string, long)[] lost = victim is not { } silo ? [] :
        [
            .. (await home.PeekAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT key, lease_epoch FROM trials WHERE status = 'claimed' AND owner LIKE '%:{silo}:%'")))
                .Select(row => JsonDocument.Parse(row).RootElement).Select(row => (row.GetProperty("key").GetString()!, row.GetProperty("lease_epoch").GetInt64())),
        ];
        _figures.Count(fault.Kind.ToString(), "AnyTime", home.Root);
        _recoveries.Count(fault.Kind, lost);
        if (fault.Kind is FaultKind.Database or FaultKind.DatabaseAndTrial && ServerStatus.Of(home.Place).Pid is { } postmaster)
            RunningProgram.TrySignal(postmaster, RunningProgram.KillSignal);
        if (fault.Kind == FaultKind.Restart) await PrivateServer.StopAsync(home.Place, force: true);
        if (victim is { } process)
        {
            RunningProgram.TrySignal(process, fault.Kind == FaultKind.Stall ? RunningProgram.StopSignal : RunningProgram.KillSignal);
            await Task.Delay(fault.Kind == FaultKind.Stall ? StallTime : fault.Absence);
            if (fault.Kind == FaultKind.Stall) await GoOnAsync(process);
        }
        await silos.UpAsync();
        if (fault.Kind != FaultKind.Stall) return;
        var rejoined = silos.Records.Values.Any(record => record.Process == victim);
        _recoveries.Note(rejoined ? "a silo that stood still rejoined" : "a silo that stood still ended by itself and was replaced");
    }

    /// <summary>One that stood still rejoins, or finds that the others have given it up and ends: for which it gets some time.</summary>
    static async Task GoOnAsync(int process)
    {
        RunningProgram.TrySignal(process, RunningProgram.ContinueSignal);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < EndLimit && SiloProcesses.IsAlive(process);) await Task.Delay(20);
    }

    /// <summary>Waits for the end of the client's program. False: it stopped and said why; the same command goes on.</summary>
    async Task<bool> EndedWellAsync(RunningProgram program)
    {
        for (var watch = Stopwatch.StartNew(); !program.HasExited; await Task.Delay(50)) Assert.True(watch.Elapsed < Patience, $"no end within {Patience}:\n{program.ErrorSoFar}");
        var end = await program.EndAsync();
        if (end.ExitCode == 0) return true;
        Assert.DoesNotContain("   at ", end.Error, StringComparison.Ordinal);
        Assert.True(_figures.GaveUp(end), $"the program stopped again and again:\n{end.Error}");
        return false;
    }
}
