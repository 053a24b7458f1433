using System.Text.Json;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>What must hold for a study that was disturbed, while it runs and when it has ended.</summary>
sealed class CampaignChecks(CampaignStudy study, ProgramHome home, CampaignDatabase database, CampaignFigures figures)
{
    readonly CampaignLeftovers _leftovers = new(home, figures);
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
        await database.DisposeAsync();
        _leftovers.MustBeNone();
        Assert.Equal(expected.Table, CampaignStudy.Table(printed));
        StudyDump.MustEqual(expected.Rows, await StudyDump.OfAsync(home));

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

    async Task CountAsync()
    {
        var files = await _leftovers.CollectAsync();
        var results = await home.RowsAsync("SELECT key FROM trials WHERE status = 'finished'");
        var writes = database.IsReady ? await home.RowsAsync("SELECT kind, at FROM campaign.writes") : [];
        figures.Add(home.Root, results.Count, [.. writes.Select(row => JsonDocument.Parse(row).RootElement).Select(row => (row.GetProperty("kind").GetString()!, row.GetProperty("at").GetDateTimeOffset().UtcDateTime))], files);
    }

    async Task MustBeEmptyAsync(string query) => Assert.Empty(await home.RowsAsync(query));
}
