using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AtomSets.Browser.Tests;

/// <summary>The report of a study: one file that opens from disk.</summary>
[Collection(Site.Collection)]
public sealed class ReportTests(Site site)
{
    [BrowserFact]
    public async Task It_shows_the_same_charts_from_disk_and_asks_the_network_for_nothing()
    {
        var file = Path.Combine(site.Home.Root, "report.html");
        (await site.Home.RunAsync("study", "report", "quick", "--output", file)).MustExit(0);
        await using var visit = await site.OpenAsync(new Uri(file).AbsoluteUri);
        await visit.ReadyAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("quick");
        foreach (var section in await visit.Page.GetByRole(AriaRole.Navigation, new() { Name = "Sections of the study" }).GetByRole(AriaRole.Link).AllTextContentsAsync())
        {
            await visit.Page.GetByRole(AriaRole.Link, new() { Name = section, Exact = true }).ClickAsync();
            await visit.ReadyAsync();
            await Expect(visit.Page.Locator("main [role=alert]")).ToHaveCountAsync(0);
        }
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Transfer", Exact = true }).ClickAsync();
        await visit.ReadyAsync();
        var pairs = await site.AskAsync("studies/quick/pairs");
        await Expect(visit.Page.Locator(".stat", new() { HasText = "Transfer wins" })).ToContainTextAsync($"{pairs.GetProperty("wins").GetInt32()} of {pairs.GetProperty("pairs").GetInt32()}");
        await visit.ShootAsync("report");
        Assert.All(visit.Requests, request => Assert.Matches("^(file|data|blob):", request));
    }
}
