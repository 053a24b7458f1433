using System.Diagnostics;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>
/// Runs a study while its program, its database or both are killed again and again at drawn moments. As a user would, it starts the same command again
/// whenever the program has ended. A study that ends before all kills are done is begun anew, in a new home.
/// </summary>
/// <param name="study">What runs, and how it ends undisturbed.</param>
/// <param name="draw">Moments.</param>
/// <param name="kills">How many.</param>
sealed class CrashCampaign(CampaignStudy study, MomentDraw draw, int kills)
{
    static readonly TimeSpan PlaceLimit = TimeSpan.FromSeconds(10), Patience = TimeSpan.FromMinutes(2);

    readonly CampaignFigures _figures = new();

    /// <summary>Fails with the first thing that is not as it would be undisturbed.</summary>
    public async Task<CampaignFigures> RunAsync()
    {
        var watch = Stopwatch.StartNew();
        while (_figures.Kills < kills)
        {
            await using var home = study.NewHome();
            await RunStudyAsync(home);
            _figures.Studies++;
        }
        _figures.Elapsed = watch.Elapsed;
        return _figures;
    }

    async Task RunStudyAsync(ProgramHome home)
    {
        await using var database = new CampaignDatabase(home);
        var checks = new CampaignChecks(study, home, database, _figures);
        var program = study.Start(home);
        try
        {
            for (var first = true; _figures.Kills < kills; first = false)
            {
                var moment = draw.Next(first);
                if (await WaitForAsync(moment, home, database, program) is not { } found)
                {
                    if (await EndedWellAsync(program)) break;
                    program = Again(home, program);
                    continue;
                }
                await checks.RememberAsync();
                _figures.Count(moment, found.Reached, home.Root);
                program = await StrikeAsync(found.Reached ? moment : moment with { Place = Place.AnyTime }, found.Held, home, database, program);
            }
            while (!await EndedWellAsync(program)) program = Again(home, program);
            await checks.VerifyAsync((await program.EndAsync()).Out);
        }
        finally
        {
            program.Dispose();
        }
    }

    RunningProgram Again(ProgramHome home, RunningProgram ended)
    {
        ended.Dispose();
        return study.Start(home);
    }

    /// <summary>Lets the study run until the moment has come. Null: the program ended before.</summary>
    async Task<(bool Reached, int? Held)?> WaitForAsync(Moment moment, ProgramHome home, CampaignDatabase database, RunningProgram program)
    {
        var watch = Stopwatch.StartNew();
        // A start is a start, and claims come first when a study goes on; all other places are looked for once it is at work.
        while (moment.Place is not (Place.Start or Place.Claim) && watch.Elapsed < PlaceLimit && !program.HasExited)
        {
            if (await database.PrepareAsync() && await database.HasClaimedAsync(program.Id)) break;
            await Task.Delay(5);
        }
        if (moment.Place != Place.Claim && await EndsWithinAsync(program, moment.Delay)) return null;
        if (moment.Place == Place.Artifact) return await WaitForFileAsync(home, program);
        if (!moment.IsGated) return (true, null);
        watch.Restart();
        // The database may be recovering from the kill before.
        while (!await database.PrepareAsync() || !await database.CloseAsync(moment.Place))
        {
            if (program.HasExited) return null;
            if (watch.Elapsed > PlaceLimit) return (false, null);
            await Task.Delay(5);
        }
        while (watch.Elapsed < PlaceLimit)
        {
            if (await database.HeldAsync(moment.Place) is { } process) return (true, process);
            if (await EndsWithinAsync(program, TimeSpan.FromMilliseconds(2))) return null;
        }
        await database.OpenAsync();
        return (false, null);
    }

    static async Task<(bool Reached, int? Held)?> WaitForFileAsync(ProgramHome home, RunningProgram program)
    {
        using var seen = new SemaphoreSlim(0);
        var artifacts = Path.Combine(home.Path, "artifacts");
        if (!Directory.Exists(artifacts)) return (false, null);
        // Most files come with a folder of their own, which is seen before it is watched.
        using var watcher = new FileSystemWatcher(artifacts) { IncludeSubdirectories = true };
        watcher.Created += (_, _) => seen.Release();
        watcher.EnableRaisingEvents = true;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < PlaceLimit)
        {
            if (await seen.WaitAsync(5)) return (true, null);
            if (program.HasExited) return null;
        }
        return (false, null);
    }

    /// <returns>The program that runs now: started again where it was killed.</returns>
    async Task<RunningProgram> StrikeAsync(Moment moment, int? held, ProgramHome home, CampaignDatabase database, RunningProgram program)
    {
        var unanswered = held is not null && moment.Side == Side.Unanswered;
        // Stopped, the program cannot take the answer that the database now gives.
        if (unanswered) program.Signal(RunningProgram.StopSignal);
        if (unanswered && await database.OpenAsync()) await database.HasAnsweredAsync(held!.Value);
        switch (moment.Victim)
        {
            case Victim.Program:
                await program.KillAsync();
                if (held is not null && moment.Side == Side.AfterRestart)
                {
                    program = Again(home, program);
                    await Task.Delay(moment.Second);
                    await database.OpenAsync();
                    return program;
                }
                await database.OpenAsync();
                return Again(home, program);
            case Victim.Both:
                home.KillServer();
                await program.KillAsync();
                return Again(home, program);
            case Victim.DatabaseWhileProgramStarts:
                await program.KillAsync();
                await database.OpenAsync();
                program = Again(home, program);
                await Task.Delay(moment.Second);
                home.KillServer();
                return program;
            case Victim.ProgramWhileDatabaseIsDown:
                home.KillServer();
                if (unanswered) program.Signal(RunningProgram.ContinueSignal);
                await Task.Delay(moment.Second / 2);
                await program.KillAsync();
                return Again(home, program);
            case Victim.Postmaster:
                home.KillServer();
                break;
            default:
                KillBackend(held ?? await AnyProcessAsync(database, moment));
                break;
        }
        if (unanswered) program.Signal(RunningProgram.ContinueSignal);
        return program;
    }

    static async Task<int?> AnyProcessAsync(CampaignDatabase database, Moment moment) =>
        await database.ProcessesAsync() is { Length: > 0 } all ? all[moment.Second.Milliseconds % all.Length] : null;

    static void KillBackend(int? process)
    {
        // It may not run yet, or have ended by itself.
        if (process is { } id) RunningProgram.TrySignal(id, RunningProgram.KillSignal);
    }

    static async Task<bool> EndsWithinAsync(RunningProgram program, TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        while (!program.HasExited)
        {
            if (watch.Elapsed >= time) return false;
            await Task.Delay(1);
        }
        return true;
    }

    /// <summary>Waits for the program's end. False: it stopped and said why; the same command goes on.</summary>
    async Task<bool> EndedWellAsync(RunningProgram program)
    {
        Assert.True(await EndsWithinAsync(program, Patience), $"no end within {Patience}:\n{program.ErrorSoFar}");
        var end = await program.EndAsync();
        if (end.ExitCode == 0) return true;
        Assert.DoesNotContain("   at ", end.Error, StringComparison.Ordinal);
        Assert.True(_figures.GaveUp(end), $"the program stopped again and again:\n{end.Error}");
        return false;
    }
}
