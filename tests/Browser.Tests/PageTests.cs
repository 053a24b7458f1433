using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AtomSets.Browser.Tests;

/// <summary>The pages beside those of one study: what they show is what the API says.</summary>
[Collection(Site.Collection)]
public sealed class PageTests(Site site)
{
    [BrowserFact]
    public async Task Studies_are_listed_with_their_progress()
    {
        await using var visit = await site.OpenAsync("studies");
        await visit.ReadyAsync();
        foreach (var study in (await site.AskAsync("studies")).GetProperty("studies").EnumerateArray())
        {
            var row = visit.Page.Locator("main tbody tr", new() { HasText = study.GetProperty("name").GetString() }).First;
            await Expect(row).ToContainTextAsync(study.GetProperty("status").GetString()!);
            var bar = row.GetByRole(AriaRole.Progressbar);
            Assert.Equal(study.GetProperty("finished").GetInt32().ToString(), await bar.GetAttributeAsync("aria-valuenow"));
            Assert.Equal(study.GetProperty("nodes").GetInt32().ToString(), await bar.GetAttributeAsync("aria-valuemax"));
        }
        await visit.ShootAsync("studies");
        await visit.Page.GetByRole(AriaRole.Searchbox).FillAsync("giant");
        await Expect(visit.Page.Locator("main tbody tr")).ToHaveCountAsync(1);
        await Expect(visit.Page).ToHaveURLAsync(new Regex("text=giant"));
    }

    [BrowserFact]
    public async Task A_study_that_starts_elsewhere_appears_and_ends_on_the_open_page()
    {
        await using var visit = await site.OpenAsync("studies");
        await visit.ReadyAsync();
        await Expect(visit.Page.Locator(".link.live")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        (await site.Home.RunAsync("study", "run", Site.Study("live"))).MustExit(0);
        var row = visit.Page.Locator("main tbody tr", new() { HasText = "live" });
        await Expect(row).ToContainTextAsync("finished", new() { Timeout = 30_000 });
    }

    [BrowserFact]
    public async Task A_page_that_nobody_looks_at_gives_its_connection_back()
    {
        const string Look = "hidden => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden }); document.dispatchEvent(new Event('visibilitychange')); }";
        await using var visit = await site.OpenAsync("studies");
        await visit.ReadyAsync();
        var live = visit.Page.Locator(".link.live");
        await Expect(live).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await visit.Page.EvaluateAsync(Look, true);
        await Expect(live).ToHaveCountAsync(0, new() { Timeout = 20_000 });
        await visit.Page.EvaluateAsync(Look, false);
        await Expect(live).ToBeVisibleAsync(new() { Timeout = 20_000 });
        Assert.Equal(2, visit.Requests.Count(request => request.EndsWith("/api/v1/events", StringComparison.Ordinal)));
    }

    [BrowserFact]
    public async Task Workers_and_devices_are_shown_with_what_they_have_computed()
    {
        await using var visit = await site.OpenAsync("workers");
        await visit.ReadyAsync();
        var devices = (await site.AskAsync("workers")).GetProperty("devices").EnumerateArray().ToList();
        Assert.NotEmpty(devices);
        var rows = visit.Page.GetByRole(AriaRole.Region, new() { Name = "Devices" }).Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(devices.Count);
        await Expect(rows.First).ToContainTextAsync(devices[0].GetProperty("worker").GetString()!);
        Visit.Shows(devices[0].GetProperty("trials").GetInt32(), (await rows.First.Locator("td").Nth(5).TextContentAsync())!);
        await visit.ShootAsync("workers");
    }

    [BrowserFact]
    public async Task A_data_set_shows_its_columns_and_their_distribution()
    {
        var file = site.Home.Write("gaps.csv", "id,formula,gap\na,NaCl,8.5\nb,MgO,7.8\nc,Si,1.1\nd,Xy2,1.0\ne,GaAs,1.4\nf,LiF,\n");
        (await site.Home.RunAsync("data", "import", file, "--name", "page-gaps", "--unit", "gap=eV")).MustExit(0);
        await using var visit = await site.OpenAsync("data");
        await visit.ReadyAsync();
        await visit.ShootAsync("data");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "page-gaps" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Columns" }).WaitForAsync();
        await visit.ReadyAsync();
        var set = await site.AskAsync("datasets/page-gaps");
        var column = set.GetProperty("columns").EnumerateArray().Single(c => c.GetProperty("name").GetString() == "gap");
        var row = visit.Page.GetByRole(AriaRole.Region, new() { Name = "Columns" }).Locator("tbody tr", new() { HasText = "gap" });
        Visit.Shows(column.GetProperty("mean").GetDouble(), (await row.Locator("td").Nth(4).TextContentAsync())!);
        await Expect(visit.Page.GetByLabel("Histogram of gap", new() { Exact = false })).ToBeVisibleAsync();
        // The row with an element that there is not.
        await Expect(visit.Page.Locator("main")).ToContainTextAsync("Xy");
        await visit.ShootAsync("data-set");
    }

    [BrowserFact]
    public async Task A_model_shows_where_it_comes_from_and_predicts_what_the_program_predicts()
    {
        await using var visit = await site.OpenAsync("models");
        await visit.ReadyAsync();
        await visit.ShootAsync("models");
        var name = (await site.Home.SqlAsync("SELECT left(key, 12) AS key FROM result_rows WHERE study = 'quick' AND mode = 'full' AND size = 100 ORDER BY seed"))[0].GetProperty("key").GetString()!;
        await visit.Page.GotoAsync(new Uri(site.Address, $"#/models/{Uri.EscapeDataString(name)}").ToString());
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "What it has seen" }).WaitForAsync();
        const string Salt = "data_NaCl\n_cell_length_a 5.64\n_cell_length_b 5.64\n_cell_length_c 5.64\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n_symmetry_space_group_name_H-M 'F m -3 m'\n_symmetry_Int_Tables_number 225\nloop_\n_symmetry_equiv_pos_as_xyz\n'x,y,z'\n'x,y+1/2,z+1/2'\n'x+1/2,y,z+1/2'\n'x+1/2,y+1/2,z'\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nNa 0 0 0\nCl 0.5 0.5 0.5\n";
        var file = site.Home.Write("salt.cif", Salt);
        await visit.Page.Locator("main textarea").FillAsync(Salt);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Predict" }).ClickAsync();
        var answer = visit.Page.Locator(".answer");
        await answer.WaitForAsync();
        var said = (await site.Home.RunAsync("predict", "--model", name, file, "--format", "json")).MustExit(0);
        var value = JsonDocument.Parse(said.Out).RootElement is { ValueKind: JsonValueKind.Array } all ? all[0].GetProperty("value") : JsonDocument.Parse(said.Out).RootElement.GetProperty("value");
        Visit.Shows(value.GetDouble(), (await answer.TextContentAsync())!);
        await visit.ShootAsync("model");
        // Pasted without a name, in another format.
        await visit.Page.Locator("main textarea").FillAsync("NaCl\n1.0\n0 2.82 2.82\n2.82 0 2.82\n2.82 2.82 0\nNa Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Predict" }).ClickAsync();
        await Expect(visit.Page.Locator("main")).ToContainTextAsync("of ClNa");
        await Expect(visit.Page.Locator("main [role=alert]")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Colours_follow_the_system_until_the_toggle_says_otherwise()
    {
        await using var visit = await site.OpenAsync("studies", ColorScheme.Dark);
        await visit.ReadyAsync();
        await BrightnessAsync(visit.Page, "< 60");
        await visit.ShootAsync("studies-dark");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Switch to light colours" }).ClickAsync();
        await BrightnessAsync(visit.Page, "> 200");
        await visit.Page.ReloadAsync();
        await visit.ReadyAsync();
        await BrightnessAsync(visit.Page, "> 200");
    }

    [BrowserFact]
    public async Task Everything_is_reached_with_the_keyboard()
    {
        await using var visit = await site.OpenAsync("studies");
        await visit.ReadyAsync();
        var page = visit.Page;
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.Locator(":focus")).ToHaveTextAsync("Skip to the content");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("main")).ToBeFocusedAsync();
        // The filter, then the first study.
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("quick");
        await Expect(page.Locator("main tbody tr")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.Locator(":focus")).ToHaveTextAsync("quick");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("quick");
        foreach (var landmark in (string[])["header", "nav[aria-label]", "main"]) Assert.True(await page.Locator(landmark).CountAsync() > 0, landmark);
        // Whatever can be pressed says what it is.
        await visit.ReadyAsync();
        var nameless = await page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll("button, a[href], input, select, textarea, canvas, [role=img], [role=progressbar], [role=region]")]
              .filter(e => !((e.getAttribute("aria-label") || e.textContent || e.closest("label")?.textContent || "").trim())).map(e => e.outerHTML.slice(0, 120))
            """);
        Assert.Empty(nameless);
    }

    /// <summary>Waits until the background's mean colour, 0 to 255, is as said: the page follows a press some frames later.</summary>
    static async Task BrightnessAsync(IPage page, string wanted) => await page.WaitForFunctionAsync(
        $"() => getComputedStyle(document.documentElement).backgroundColor.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 3 {wanted}");
}
