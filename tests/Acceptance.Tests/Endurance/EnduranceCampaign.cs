using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>What is asked of a campaign.</summary>
/// <param name="Replicates">Of each study: 24 trials for each, and one more.</param>
/// <param name="Time">No kills and no new study behind it.</param>
/// <param name="LeastKills">Done even if the time is over.</param>
/// <param name="Gaps">Shortest and longest undisturbed time between two kills of the first half of a study; drawn evenly in its logarithm.</param>
/// <param name="QuietGaps">The same of the second half.</param>
/// <param name="Seed">Keys the draws.</param>
sealed record EnduranceOptions(int Replicates, TimeSpan Time, int LeastKills, (TimeSpan Shortest, TimeSpan Longest) Gaps, (TimeSpan Shortest, TimeSpan Longest) QuietGaps, int Seed);

/// <summary>
/// Studies of thousands of short trials, one after another in one database, with one worker. In the first half of each, program, database or both are killed
/// again and again, and the command is given again; in the second half one process of the program goes on to the end while the database is killed now and then.
/// </summary>
sealed class EnduranceCampaign(EnduranceOptions options)
{
    /// <summary>
    /// Resident memory of one process: its limit in MiB, and its growth in KiB a trial behind the first trials, over at least so many trials. A study's host and its watcher each keep some
    /// 2 KiB of a trial, and the collector lets a heap be several times what is in use: of a short life it takes some 30 MiB more or less, whatever was computed.
    /// </summary>
    const double MostMiB = 512, MostKiBPerTrial = 16, SlackMiB = 32;
    const int Warming = 500, LeastTrials = 1500;

    static readonly TimeSpan Look = TimeSpan.FromSeconds(0.25), Patience = TimeSpan.FromMinutes(5);

    readonly Random _draws = new(options.Seed);
    readonly Stopwatch _watch = Stopwatch.StartNew(), _grown = Stopwatch.StartNew();
    readonly EnduranceFigures _figures = new();
    int _finished;

    int Kills => _figures.Campaign.Kills;

    bool Goes => _watch.Elapsed < options.Time || Kills < options.LeastKills;

    public async Task<EnduranceFigures> RunAsync()
    {
        await using var home = NewHome();
        await using var database = new CampaignDatabase(home);
        var studies = new List<EnduranceStudy>();
        for (var round = 1; round == 1 || Goes; round++)
        {
            // Kept running, it would not be stopped by the last program to leave.
            if (round > 1) (await home.RunAsync("db", "stop")).MustExit(0);
            studies.Add(new EnduranceStudy(round, options.Replicates));
            await RunStudyAsync(home, database, studies[^1]);
            await database.DisposeAsync();
            new CampaignLeftovers(home, _figures.Campaign).MustBeNone();
            (await home.RunAsync("db", "start")).MustExit(0);
            await VerifyAsync(home, studies);
            _figures.Campaign.Studies++;
        }
        await CompareAsync(home, studies);
        var writes = await home.RowsAsync("SELECT kind, at FROM campaign.writes");
        _figures.Campaign.Add(home.Root, studies.Sum(study => study.Trials),
            [.. writes.Select(row => JsonDocument.Parse(row).RootElement).Select(row => (row.GetProperty("kind").GetString()!, row.GetProperty("at").GetDateTimeOffset().UtcDateTime))],
            await new CampaignLeftovers(home, _figures.Campaign).CollectAsync());
        _figures.Campaign.Elapsed = _watch.Elapsed;
        return _figures;
    }

    static ProgramHome NewHome()
    {
        var home = new ProgramHome();
        Directory.CreateDirectory(Path.Combine(home.Root, "tmp"));
        return home.With("ATOMSETS_CHECKPOINT_SECONDS", "0.1").With("TMPDIR", Path.Combine(home.Root, "tmp"));
    }

    async Task RunStudyAsync(ProgramHome home, CampaignDatabase database, EnduranceStudy study)
    {
        var file = home.Write(study.Name + ".yaml", study.Text(compared: false));
        RunningProgram Start() => home.Start("study", "run", file, "--workers", "1");
        var program = Start();
        var memory = new MemoryTrack(program.Id);
        _finished = 0;
        try
        {
            while (true)
            {
                var half = _finished * 2 > study.Trials;
                if (!await EndsWithinAsync(Draw(half ? options.QuietGaps : options.Gaps), home, database, study, program, memory))
                {
                    if (!Goes) continue;
                    if (!await StrikeAsync(half, home, database, program)) continue;
                }
                else if (await EndedWellAsync(program)) break;
                Judge(memory);
                program.Dispose();
                program = Start();
                memory = new MemoryTrack(program.Id);
            }
            Judge(memory);
        }
        finally
        {
            program.Dispose();
        }
    }

    /// <summary>Lets the program run and looks at its memory meanwhile; true when it ended.</summary>
    async Task<bool> EndsWithinAsync(TimeSpan time, ProgramHome home, CampaignDatabase database, EnduranceStudy study, RunningProgram program, MemoryTrack memory)
    {
        var watch = Stopwatch.StartNew();
        while (!program.HasExited)
        {
            if (watch.Elapsed >= time) return false;
            await Task.Delay(Look < time ? Look : time);
            await database.PrepareAsync();
            var finished = await FinishedAsync(home, study);
            if (finished == 0) continue;
            memory.Look(finished);
            if (finished != _finished) _grown.Restart();
            _finished = finished;
            Assert.True(_grown.Elapsed < Patience, $"no trial was finished for {Patience}:\n{program.ErrorSoFar}");
        }
        return true;
    }

    /// <returns>True when the program was killed; it lives on without its database.</returns>
    async Task<bool> StrikeAsync(bool half, ProgramHome home, CampaignDatabase database, RunningProgram program)
    {
        var victim = half ? (Victim)(1 + _draws.Next(2)) : (Victim)_draws.Next(4);
        _figures.Campaign.Count(victim.ToString(), half ? "second half" : "first half", home.Root);
        if (victim == Victim.Backend)
        {
            if (await database.ProcessesAsync() is { Length: > 0 } all) RunningProgram.TrySignal(all[_draws.Next(all.Length)], RunningProgram.KillSignal);
        }
        else if (victim != Victim.Program)
        {
            home.KillServer();
        }
        if (victim is not (Victim.Program or Victim.Both)) return false;
        await program.KillAsync();
        return true;
    }

    /// <summary>False: it stopped and said why; the same command goes on.</summary>
    async Task<bool> EndedWellAsync(RunningProgram program)
    {
        var end = await program.EndAsync();
        if (end.ExitCode == 0) return true;
        Assert.DoesNotContain("   at ", end.Error, StringComparison.Ordinal);
        Assert.True(_figures.Campaign.GaveUp(end), $"the program stopped again and again:\n{end.Error}");
        return false;
    }

    void Judge(MemoryTrack memory)
    {
        Assert.InRange(memory.Highest, 0, MostMiB);
        if (memory.Trials < LeastTrials || memory.Slope(Warming) is not { } slope) return;
        _figures.Add(memory, Warming);
        Assert.True((slope - MostKiBPerTrial) * (memory.Trials - Warming) <= 1024 * SlackMiB, $"the program's memory grows: {memory.Text(Warming)}");
    }

    /// <summary>After each study: all trials are there, each finished once, and the tables have the size that they should have. The server runs.</summary>
    async Task VerifyAsync(ProgramHome home, List<EnduranceStudy> studies)
    {
        var study = studies[^1];
        Assert.Equal($$"""{"status":"finished","nodes":{{study.Trials}},"finished":{{study.Trials}},"failed":0,"blocked":0}""",
            Assert.Single(await home.RowsAsync($"SELECT status, nodes, finished, failed, blocked FROM studies WHERE name = '{study.Name}'")));
        var (trials, epochs, predictions) = (studies.Sum(one => one.Trials), studies.Sum(one => one.Rows.Epochs), studies.Sum(one => one.Rows.Predictions));
        Assert.Equal($$"""{"trials":{{trials}},"finished":{{trials}},"epochs":{{epochs}},"predictions":{{predictions}}}""", Assert.Single(await home.RowsAsync("""
            SELECT (SELECT count(*) FROM trials) AS trials, (SELECT count(*) FROM trials WHERE status = 'finished') AS finished, (SELECT count(*) FROM epochs) AS epochs, (SELECT count(*) FROM predictions) AS predictions
            """)));
        // Every result that was ever committed is still that trial's, and there was one; the logs have no hole.
        Assert.Empty(await home.RowsAsync("SELECT what FROM campaign.wrongs"));
        Assert.Empty(await home.RowsAsync("SELECT w.key, w.epoch FROM campaign.writes w LEFT JOIN trials t ON t.key = w.key AND t.status = 'finished' AND t.lease_epoch = w.epoch WHERE w.kind = 'result' AND t.key IS NULL"));
        Assert.Empty(await home.RowsAsync("SELECT key FROM campaign.writes WHERE kind = 'result' GROUP BY key HAVING count(*) > 1"));
        Assert.Empty(await home.RowsAsync("SELECT study_id FROM study_events GROUP BY study_id HAVING count(*) <> max(seq)"));
        // One worker: a kill costs one attempt at most.
        var again = JsonDocument.Parse(Assert.Single(await home.RowsAsync("SELECT count(*) - count(DISTINCT key) AS again FROM campaign.writes WHERE kind = 'claim'"))).RootElement.GetProperty("again").GetInt32();
        Assert.InRange(again, 0, Kills);

        var (bytes, parts) = await DatabaseSize.MeasureAsync(home);
        var computed = DatabaseSize.Computed(trials, epochs, predictions);
        _figures.Add(bytes, computed, parts);
        Assert.InRange(bytes, DatabaseSize.Least * computed, DatabaseSize.Most * computed + DatabaseSize.Empty);
    }

    /// <summary>The compared replicates of every study, undisturbed in a home of their own: the same trials with the same bits.</summary>
    async Task CompareAsync(ProgramHome home, List<EnduranceStudy> studies)
    {
        await using var undisturbed = NewHome();
        (await undisturbed.RunAsync("db", "start")).MustExit(0);
        foreach (var study in studies)
        {
            using (var program = undisturbed.Start("study", "run", undisturbed.Write(study.Name + ".yaml", study.Text(compared: true)), "--workers", "1"))
            {
                var watch = Stopwatch.StartNew();
                while (!program.HasExited && watch.Elapsed < 4 * Patience) await Task.Delay(Look);
                (await program.EndAsync()).MustExit(0);
            }
            foreach (var query in StudyDump.Trials(study.Name))
            {
                var expected = await undisturbed.RowsAsync(query);
                Assert.NotEmpty(expected);
                var found = (await home.RowsAsync(query)).ToHashSet(StringComparer.Ordinal);
                Assert.All(expected, row => Assert.Contains(row, found));
            }
            _figures.Compared += JsonDocument.Parse(Assert.Single(await undisturbed.RowsAsync($"SELECT finished FROM studies WHERE name = '{study.Name}'"))).RootElement.GetProperty("finished").GetInt32();
        }
    }

    TimeSpan Draw((TimeSpan Shortest, TimeSpan Longest) gaps) => gaps.Shortest * Math.Pow(gaps.Longest / gaps.Shortest, _draws.NextDouble());

    static async Task<int> FinishedAsync(ProgramHome home, EnduranceStudy study) =>
        await home.PeekAsync($"SELECT finished FROM studies WHERE name = '{study.Name}'") is [var row] ? JsonDocument.Parse(row).RootElement.GetProperty("finished").GetInt32() : 0;
}
