using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AtomSets.Browser.Tests;

/// <summary>The sections of one study's page, on studies that were really run.</summary>
[Collection(Site.Collection)]
public sealed class StudyPageTests(Site site)
{
    [BrowserFact]
    public async Task The_overview_says_how_far_a_study_is_and_what_is_best()
    {
        await using var visit = await site.OpenAsync("study/quick");
        await visit.ReadyAsync();
        var progress = (await site.AskAsync("studies/quick")).GetProperty("progress");
        var finished = visit.Page.Locator(".stat", new() { HasText = "Trials finished" }).Locator("dd");
        Assert.StartsWith($"{progress.GetProperty("finished").GetInt32()} / {progress.GetProperty("planned").GetInt32()}", await finished.TextContentAsync(), StringComparison.Ordinal);
        Visit.Shows(progress.GetProperty("best").GetProperty("value").GetDouble(), (await visit.Page.Locator(".stat", new() { HasText = "Best" }).Locator("dd").TextContentAsync())!.Replace("eV/atom", "", StringComparison.Ordinal));
        await visit.ShootAsync("study-overview");
    }

    [BrowserFact]
    public async Task Configurations_are_sorted_filtered_and_grouped_and_the_address_keeps_it()
    {
        await using var visit = await site.OpenAsync("study/quick/configurations?sort=-test&group=mode");
        await visit.ReadyAsync();
        var expected = (await site.AskAsync("studies/quick/configurations?sort=test&descending=true")).GetProperty("rows").EnumerateArray().ToList();
        var rows = visit.Page.Locator("table.data tbody tr");
        await Expect(rows).ToHaveCountAsync(expected.Count);
        var column = await ColumnAsync(visit.Page, "test");
        for (var i = 0; i < expected.Count; i++)
        {
            var test = expected[i].GetProperty("test");
            if (test.ValueKind == JsonValueKind.Number) Visit.Shows(test.GetDouble(), (await rows.Nth(i).Locator("td").Nth(column).TextContentAsync())!);
        }
        Assert.Equal("descending", await visit.Page.Locator("table.data th", new() { HasText = "test" }).GetAttributeAsync("aria-sort"));
        await Expect(visit.Page.GetByRole(AriaRole.Region, new() { Name = "Groups by mode" }).Locator("tbody tr")).ToHaveCountAsync(expected.Select(r => r.GetProperty("mode").GetString()).Distinct().Count());
        await visit.ShootAsync("study-configurations");
        // By the keyboard: the head sorts, the row's link opens the runs, Escape closes them.
        await visit.Page.Locator("table.data th button", new() { HasText = "validation" }).FocusAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Page.Locator("table.data th", new() { HasText = "validation" })).ToHaveAttributeAsync("aria-sort", "ascending");
        await Expect(visit.Page).ToHaveURLAsync(new Regex("sort=validation"));
        var sorted = (await site.AskAsync("studies/quick/configurations?sort=validation")).GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("configuration").GetString()!).ToList();
        for (var i = 0; i < sorted.Count; i++) await Expect(rows.Nth(i).Locator("a")).ToHaveAttributeAsync("title", sorted[i]);
        await rows.First.Locator("a").FocusAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Page.GetByRole(AriaRole.Dialog).Locator("tbody tr").First).ToBeVisibleAsync();
        await visit.ShootAsync("study-configuration", whole: false);
        await visit.Page.Keyboard.PressAsync("Escape");
        await Expect(visit.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task The_page_of_an_ended_study_reads_everything_once()
    {
        await using var visit = await site.OpenAsync("studies");
        await visit.ReadyAsync();
        // The stream of its events ends with it, by the server or by the page that has read the end.
        var events = await visit.Page.RunAndWaitForResponseAsync(() => visit.Page.GetByRole(AriaRole.Link, new() { Name = "quick", Exact = true }).ClickAsync(), answer => answer.Url.EndsWith("/studies/quick/events", StringComparison.Ordinal));
        try
        {
            await events.FinishedAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            // Playwright sometimes never tells of this end; the page does.
        }
        await Expect(visit.Page.Locator(".link.live")).ToHaveCountAsync(0);
        await visit.ReadyAsync();
        Assert.All(visit.Requests.Where(request => request.Contains("/api/v1/studies/quick", StringComparison.Ordinal)).CountBy(request => request), asked => Assert.Equal((asked.Key, 1), (asked.Key, asked.Value)));
    }

    [BrowserFact]
    public async Task Scaling_shows_the_fits_numbers_and_saves_picture_and_data()
    {
        await using var visit = await site.OpenAsync("study/quick/scaling");
        await visit.ReadyAsync();
        var target = (await site.AskAsync("studies/quick/scaling")).GetProperty("targets")[0];
        foreach (var curve in target.GetProperty("curves").EnumerateArray())
        {
            var row = visit.Page.GetByRole(AriaRole.Region, new() { Name = "Fits of", Exact = false }).First.Locator("tbody tr", new() { Has = visit.Page.GetByRole(AriaRole.Rowheader, new() { Name = curve.GetProperty("name").GetString(), Exact = true }) });
            Visit.Shows(curve.GetProperty("fit").GetProperty("slope").GetDouble(), (await row.Locator("td").First.TextContentAsync())!);
        }
        await visit.ShootAsync("study-scaling");
        var figure = visit.Page.Locator(".figure").First;
        var picture = await SavedAsync(visit.Page, figure, "SVG");
        Assert.Equal("svg", XDocument.Parse(picture).Root!.Name.LocalName);
        Assert.Contains("training rows", picture, StringComparison.Ordinal);
        var data = await SavedAsync(visit.Page, figure, "CSV");
        Assert.Equal(1 + target.GetProperty("curves").EnumerateArray().Sum(c => c.GetProperty("points").GetArrayLength()), data.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        await figure.GetByRole(AriaRole.Button, new() { Name = "Table" }).ClickAsync();
        await Expect(figure.Locator("table tbody tr")).ToHaveCountAsync(data.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length - 1);
    }

    [BrowserFact]
    public async Task Transfer_counts_its_wins_over_scratch()
    {
        await using var visit = await site.OpenAsync("study/quick/transfer");
        await visit.ReadyAsync();
        var pairs = await site.AskAsync("studies/quick/pairs");
        await Expect(visit.Page.Locator(".stat", new() { HasText = "Transfer wins" })).ToContainTextAsync($"{pairs.GetProperty("wins").GetInt32()} of {pairs.GetProperty("pairs").GetInt32()}");
        await visit.ShootAsync("study-transfer");
    }

    [BrowserFact]
    public async Task Errors_lead_to_the_material_and_its_crystal_that_turns()
    {
        await using var visit = await site.OpenAsync("study/quick/errors");
        await visit.ReadyAsync();
        var parity = await site.AskAsync("studies/quick/parity?target=dear&limit=5000");
        await Expect(visit.Page.Locator(".figure .note").First).ToContainTextAsync($"{parity.GetProperty("total").GetInt32()} test materials");
        var worst = (await site.AskAsync("studies/quick/worst?limit=20&target=dear")).GetProperty("rows")[0];
        var row = visit.Page.GetByRole(AriaRole.Region, new() { Name = "Worst materials" }).Locator("tbody tr").First;
        await Expect(row).ToContainTextAsync(worst.GetProperty("material").GetString()!);
        Visit.Shows(worst.GetProperty("meanError").GetDouble(), (await row.Locator("td").Nth(5).TextContentAsync())!);
        var crystal = visit.Page.Locator(".crystal canvas");
        await crystal.WaitForAsync();
        var before = await crystal.EvaluateAsync<string>("canvas => canvas.toDataURL()");
        await crystal.FocusAsync();
        await visit.Page.Keyboard.PressAsync("ArrowRight");
        // The page draws after the key's event, on a busy machine some frames later.
        await visit.Page.WaitForFunctionAsync("before => document.querySelector('.crystal canvas').toDataURL() !== before", before);
        await Expect(visit.Page.Locator(".periodic [role=listitem]")).ToHaveCountAsync((await site.AskAsync("studies/quick/elements?target=dear")).GetProperty("elements").GetArrayLength());
        var table = await SavedAsync(visit.Page, visit.Page.Locator(".card", new() { Has = visit.Page.Locator(".periodic") }), "SVG");
        Assert.Equal(118, XDocument.Parse(table).Descendants().Count(e => e.Name.LocalName == "rect"));
        await visit.ShootAsync("study-errors");
    }

    [BrowserFact]
    public async Task A_search_shows_importance_rungs_and_what_was_kept()
    {
        await using var visit = await site.OpenAsync("study/pages/search");
        await visit.ReadyAsync();
        var search = (await site.AskAsync("studies/pages/searches")).GetProperty("searches")[0];
        var rungs = visit.Page.Locator(".card", new() { Has = visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Rungs", Exact = true }) }).Locator("tbody tr");
        await Expect(rungs).ToHaveCountAsync(search.GetProperty("rungs").GetArrayLength());
        await Expect(rungs.First.Locator("td").First).ToHaveTextAsync(search.GetProperty("rungs")[0].GetProperty("reached").GetInt32().ToString());
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Parameter importance" })).ToBeVisibleAsync();
        await visit.ShootAsync("study-search");
    }

    [BrowserFact]
    public async Task Errors_are_shown_by_the_layer_that_was_transferred()
    {
        await using var visit = await site.OpenAsync("study/pages/layers");
        await visit.ReadyAsync();
        var rows = (await site.AskAsync("studies/pages/facets?by=layer")).GetProperty("rows").EnumerateArray().ToList();
        // Two layers at two sizes.
        Assert.Equal(["V0", "V1"], rows.Select(row => row.GetProperty("value").GetString()).Distinct().Order());
        Assert.Equal(4, rows.Count);
        foreach (var row in rows)
        {
            var runs = await site.Home.SqlAsync($"SELECT avg(test_error) AS mean FROM result_rows WHERE study = 'pages' AND test_error IS NOT NULL AND method = 'features:{row.GetProperty("value").GetString()}' AND size = {row.GetProperty("size").GetInt32()}");
            Assert.Equal(runs[0].GetProperty("mean").GetDouble(), row.GetProperty("mean").GetDouble(), 9);
        }
        var figure = visit.Page.Locator(".figure").First;
        await figure.GetByRole(AriaRole.Button, new() { Name = "Table" }).ClickAsync();
        await Expect(figure.Locator("table tbody tr")).ToHaveCountAsync(rows.Count);
        await figure.GetByRole(AriaRole.Button, new() { Name = "Table" }).ClickAsync();
        await visit.ReadyAsync();
        await visit.ShootAsync("study-layers");
    }

    [BrowserFact]
    public async Task The_plan_is_a_graph_whose_boxes_open_their_steps()
    {
        await using var visit = await site.OpenAsync("study/pages/plan");
        await visit.ReadyAsync();
        var plan = await site.AskAsync("studies/pages/plan");
        var boxes = visit.Page.Locator(".plan svg [role=button]");
        await Expect(boxes).ToHaveCountAsync(plan.GetProperty("nodes").GetArrayLength());
        await boxes.First.FocusAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        var steps = visit.Page.GetByRole(AriaRole.Region, new() { Name = "Steps", Exact = true });
        await Expect(steps.Locator("tbody tr").First).ToBeVisibleAsync();
        await visit.ShootAsync("study-plan");
        // It is a button: the space bar presses it too.
        await boxes.First.FocusAsync();
        await visit.Page.Keyboard.PressAsync("Space");
        await Expect(steps).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Every_section_of_every_study_opens_in_both_colours()
    {
        foreach (var study in (string[])["quick", "pages"])
        {
            foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
            {
                await using var visit = await site.OpenAsync($"study/{study}", scheme);
                await visit.ReadyAsync();
                foreach (var section in await visit.Page.GetByRole(AriaRole.Navigation, new() { Name = "Sections of the study" }).GetByRole(AriaRole.Link).AllTextContentsAsync())
                {
                    await visit.Page.GetByRole(AriaRole.Link, new() { Name = section, Exact = true }).ClickAsync();
                    await visit.ReadyAsync();
                    await Expect(visit.Page.Locator("main [role=alert]")).ToHaveCountAsync(0);
                    if (scheme == ColorScheme.Dark) await visit.ShootAsync($"dark-{study}-{section.ToLowerInvariant().Replace(' ', '-')}");
                }
            }
        }
    }

    static async Task<int> ColumnAsync(IPage page, string title)
    {
        var titles = await page.Locator("table.data th").AllTextContentsAsync();
        return titles.Select(t => t.TrimEnd(' ', '↑', '↓')).ToList().IndexOf(title);
    }

    static async Task<string> SavedAsync(IPage page, ILocator figure, string button)
    {
        var download = await page.RunAndWaitForDownloadAsync(() => figure.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync());
        return await File.ReadAllTextAsync((await download.PathAsync())!);
    }
}
