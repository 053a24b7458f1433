using System.Text.Json;
using AtomSets.Storage;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>What must hold for a study that was disturbed, while it runs and when it has ended.</summary>
sealed class CampaignChecks(CampaignStudy study, ProgramHome home, CampaignDatabase database, CampaignFigures figures)
{
    (string[] Finished, long Events, string Log)? _kept;

    /// <summary>A worker may come back after its trial went to another, and report what then must be ignored; default: a killed one reports nothing.</summary>
    public bool MayReportLate { get; init; }

    /// <summary>Before a kill: what is finished and logged must be there ever after.</summary>
    public async Task RememberAsync()
    {
        if (await database.KeptAsync() is not { } now) return;
        await MustStillBeAsync(now.Finished);
        _kept = now;
    }

    /// <summary>The study has ended well.</summary>
    public async Task VerifyAsync(string printed)
    {
        var expected = await study.UndisturbedAsync();
        await MustHaveLeftNothingBehindAsync();
        Assert.Equal(expected.Table, CampaignStudy.Table(printed));
        StudyDump.MustEqual(expected.Rows, await StudyDump.OfAsync(home));
        // A database that was not made to the end is removed by whoever comes next.
        Assert.Equal([home.Place.Data], Directory.GetDirectories(home.Place.State, "data*"));

        await MustBeEmptyAsync("SELECT key, status, owner FROM trials WHERE status <> 'finished'");
        if (!MayReportLate) await MustBeEmptyAsync("SELECT * FROM stale_reports WHERE report = 'finish'");
        if (await database.KeptAsync() is { } last) await MustStillBeAsync(last.Finished);
        if (database.IsReady)
        {
            await MustBeEmptyAsync("SELECT what FROM campaign.wrongs");
            await MustBeEmptyAsync("SELECT key, count(*) FROM campaign.writes WHERE kind = 'result' GROUP BY key HAVING count(*) > 1");
            await MustBeEmptyAsync("SELECT c.key, c.epoch, c.owner FROM campaign.writes c JOIN campaign.writes r USING (key) WHERE c.kind = 'claim' AND r.kind = 'result' AND c.epoch > r.epoch");
        }
        await CountAsync();
    }

    async Task MustStillBeAsync(string[] finished)
    {
        if (_kept is not { } kept) return;
        var now = finished.ToHashSet(StringComparer.Ordinal);
        Assert.All(kept.Finished, row => Assert.Contains(row, now));
        if (await database.LogAsync(kept.Events) is { } log) Assert.Equal(kept.Log, log);
    }

    /// <summary>The last program to leave has stopped the server, whatever happened to those before it.</summary>
    async Task MustHaveLeftNothingBehindAsync()
    {
        await database.DisposeAsync();
        Assert.Null(ServerStatus.Of(home.Place).Pid);
        Assert.Empty(Directory.GetFileSystemEntries(home.Place.SocketDirectory));
        Assert.False(File.Exists(Path.Combine(home.Place.Data, "postmaster.pid")));
        var left = Directory.GetFiles(Path.Combine(home.Root, "tmp"), "*", SearchOption.AllDirectories);
        // The runtime's own: three sockets and pipes for diagnostic tools.
        Assert.True(left.Length <= 3 * figures.Kills, $"temporary files: {string.Join(", ", left)}");
    }

    async Task CountAsync()
    {
        var before = Files();
        (await home.RunAsync("db", "gc", "--older-than", "0")).MustExit(0);
        var after = Files();
        var gone = before.Except(after, StringComparer.Ordinal).ToArray();
        var needed = (await home.RowsAsync("SELECT weights AS a FROM trials WHERE weights IS NOT NULL UNION SELECT spec -> 'data' ->> 'manifest' FROM trials"))
            .Select(row => JsonDocument.Parse(row).RootElement.GetProperty("a").GetString()!).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(needed, after);
        // What the search of a finished study kept at its pauses goes too, where it has not gone before, and is no orphan.
        var paused = (await home.RowsAsync("SELECT result ->> 'checkpoint' AS a FROM trials WHERE result ? 'checkpoint'")).Select(row => JsonDocument.Parse(row).RootElement.GetProperty("a").GetString()!);
        var pauses = gone.Intersect(paused, StringComparer.Ordinal).Count();
        var unfinished = gone.Count(file => file.EndsWith(".tmp", StringComparison.Ordinal));
        var whole = gone.Length - unfinished - pauses;
        var results = await home.RowsAsync("SELECT key FROM trials WHERE status = 'finished'");
        var writes = database.IsReady ? await home.RowsAsync("SELECT kind, at FROM campaign.writes") : [];
        figures.Add(home.Root, results.Count, [.. writes.Select(row => JsonDocument.Parse(row).RootElement).Select(row => (row.GetProperty("kind").GetString()!, row.GetProperty("at").GetDateTimeOffset().UtcDateTime))],
            (unfinished, whole, before.Length));
        // Each killed program may leave what its workers were at.
        Assert.InRange(unfinished + whole, 0, figures.Kills * 4);
    }

    string[] Files() =>
    [
        .. Directory.GetFiles(Path.Combine(home.Path, "artifacts"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetFileName(Path.GetDirectoryName(path)!) + Path.GetFileName(path)).Order(StringComparer.Ordinal),
    ];

    async Task MustBeEmptyAsync(string query) => Assert.Empty(await home.RowsAsync(query));
}
