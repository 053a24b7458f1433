using System.Globalization;
using Xunit;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace AtomSets.Browser.Tests;

/// <summary>Ten thousand trials: the document stays small, and the page answers.</summary>
[Collection(Site.Collection)]
public sealed class LargeStudyTests(Site site, ITestOutputHelper output)
{
    /// <summary>Says how quick it was, for whoever reads it: on a busy machine any of it may take long.</summary>
    [BrowserFact]
    public async Task How_long_a_look_at_it_takes()
    {
        await using var visit = await site.OpenAsync("study/giant");
        await visit.ReadyAsync();
        var paint = await visit.Page.EvaluateAsync<double>("() => performance.getEntriesByName('first-contentful-paint')[0].startTime");
        var header = await visit.Page.EvaluateAsync<double>("() => { const all = performance.getEntriesByType('resource').filter(e => e.name.includes('/studies/giant?')); return all[0].responseEnd; }");
        await using var table = await site.OpenAsync("study/giant/configurations");
        await table.ReadyAsync();
        var frames = await table.Page.EvaluateAsync<double[]>("""
            async () => {
              const box = document.querySelector("section.card .scroll"), times = [];
              let last = await new Promise(requestAnimationFrame);
              for (let i = 1; i <= 120; i++) {
                box.scrollTop = (box.scrollHeight - box.clientHeight) * i / 120;
                const now = await new Promise(requestAnimationFrame);
                times.push(now - last);
                last = now;
              }
              return times.sort((a, b) => a - b);
            }
            """);
        await using var curves = await site.OpenAsync("study/giant/curves?limit=5000");
        await curves.ReadyAsync();
        var drawn = await curves.Page.EvaluateAsync<double>("() => performance.now()");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"first paint {paint:F0} ms, header {header:F0} ms after the address; a frame while 10,000 rows scroll {frames[60]:F0} ms (median), {frames[^1]:F0} ms (longest); 5,000 curves drawn {drawn:F0} ms after the address"));
        Assert.Equal(120, frames.Length);
    }

    [BrowserFact]
    public async Task The_table_of_ten_thousand_configurations_holds_only_what_is_in_sight()
    {
        await using var visit = await site.OpenAsync("study/giant/configurations?sort=validation");
        await visit.ReadyAsync();
        var table = visit.Page.Locator("table.data");
        Assert.Equal((Site.GiantTrials + 1).ToString(CultureInfo.InvariantCulture), await table.GetAttributeAsync("aria-rowcount"));
        Assert.InRange(await table.Locator("tbody tr").CountAsync(), 10, 100);
        await visit.Page.Locator("section.card .scroll").EvaluateAsync("box => box.scrollTop = box.scrollHeight");
        // The last of the order is fetched and shown.
        var last = (await site.AskAsync($"studies/giant/configurations?sort=validation&limit=1&offset={Site.GiantTrials - 1}")).GetProperty("rows")[0];
        var row = table.Locator($"tbody tr[aria-rowindex='{Site.GiantTrials + 1}']");
        await Expect(row.Locator("a")).ToHaveAttributeAsync("title", last.GetProperty("configuration").GetString()!);
        Assert.InRange(await table.Locator("tbody tr").CountAsync(), 10, 100);
        await visit.ShootAsync("giant-configurations", whole: false);
    }

    [BrowserFact]
    public async Task Thousands_of_learning_curves_are_drawn_on_a_canvas()
    {
        await using var visit = await site.OpenAsync("study/giant/curves?limit=5000");
        await visit.ReadyAsync();
        var curves = await site.AskAsync("studies/giant/curves?limit=5000&points=2");
        Assert.Equal(Site.GiantTrials / 2, curves.GetProperty("curves").GetArrayLength());
        Assert.InRange(await visit.Page.Locator(".plot canvas").CountAsync(), 1, 3);
        Assert.InRange(await visit.Page.Locator("*").CountAsync(), 20, 1_000);
        await visit.ShootAsync("giant-curves");
    }
}
