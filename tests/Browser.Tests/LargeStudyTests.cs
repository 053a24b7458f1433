using System.Globalization;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AtomSets.Browser.Tests;

/// <summary>Ten thousand trials: the document stays small, and the page answers.</summary>
[Collection(Site.Collection)]
public sealed class LargeStudyTests(Site site)
{
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
