using System.Globalization;
using System.Text;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AtomSets.Browser.Tests;

/// <summary>Texts of users stay texts: markup in ids, names and messages is shown and never run, on the pages and in a report, which no server guards.</summary>
[Collection(Site.Collection)]
public sealed class HostileTests(Site site)
{
    const string Markup = "<img src=x onerror=window.pwned=1>";

    [BrowserFact]
    public async Task Markup_in_ids_descriptions_and_reasons_is_shown_as_text()
    {
        await RunAsync();
        foreach (var section in new[] { "overview", "configurations", "curves", "errors", "plan" })
        {
            await using var visit = await site.OpenAsync($"study/hostile/{section}");
            await visit.ReadyAsync();
            await Expect(visit.Page.Locator("main")).Not.ToBeEmptyAsync();
            if (section == "overview") await Expect(visit.Page.Locator("main")).ToContainTextAsync(Markup);
            if (section == "errors") await PointAtDotsAsync(visit.Page);
            await MustBeHarmlessAsync(visit.Page);
        }
        await using var set = await site.OpenAsync("data/hostile-gaps");
        await set.ReadyAsync();
        await Expect(set.Page.GetByRole(AriaRole.Region, new() { Name = "Refused rows" }).First).ToContainTextAsync(Markup);
        await MustBeHarmlessAsync(set.Page);

        var report = Path.Combine(site.Home.Root, "hostile.html");
        (await site.Home.RunAsync("study", "report", "hostile", "--output", report)).MustExit(0);
        await using var opened = await site.OpenAsync(new Uri(report).AbsoluteUri + "#/errors");
        await opened.ReadyAsync();
        await PointAtDotsAsync(opened.Page);
        await MustBeHarmlessAsync(opened.Page);
    }

    /// <summary>Compositions whose ids, and one of whose formulas, are markup; learnt in closed form.</summary>
    async Task RunAsync()
    {
        string[] metals = ["Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba", "Zn"], others = ["F", "Cl", "Br", "I"];
        var rows = new StringBuilder("id,formula,gap\n");
        var count = 0;
        foreach (var metal in metals)
            foreach (var other in others)
                rows.Append(CultureInfo.InvariantCulture, $"\"{Markup}{++count}\",{metal}{other},{1 + (count * 7 % 11 * 0.3)}\n");
        rows.Append(CultureInfo.InvariantCulture, $"\"{Markup}bad\",\"{Markup}\",1\n");
        (await site.Home.RunAsync("data", "import", site.Home.Write("hostile.csv", rows.ToString()), "--name", "hostile-gaps", "--unit", "gap=eV")).MustExit(0);
        var study = $$"""
            study: hostile
            description: "{{Markup}} & what it is"
            targets:
              dear: { data: hostile-gaps, target: gap, split: { validation: 8, test: 8 } }
            models:
              line: { kind: ridge }
            transfer: [scratch]
            """;
        (await site.Home.RunAsync("study", "run", site.Home.Write("hostile.yaml", study))).MustExit(0);
    }

    /// <summary>Tooltips are the one place where charts write markup.</summary>
    static async Task PointAtDotsAsync(IPage page)
    {
        var dots = page.Locator(".figure .plot svg path[fill-opacity]");
        await dots.First.WaitForAsync();
        var shown = page.Locator(".figure .plot > div", new() { HasText = Markup });
        for (var i = 0; i < await dots.CountAsync() && await shown.CountAsync() == 0; i++) await dots.Nth(i).HoverAsync(new() { Force = true });
        await Expect(shown.First).ToContainTextAsync(Markup);
    }

    static async Task MustBeHarmlessAsync(IPage page)
    {
        Assert.True(await page.EvaluateAsync<bool>("() => window.pwned === undefined"));
        await Expect(page.Locator("img")).ToHaveCountAsync(0);
    }
}
