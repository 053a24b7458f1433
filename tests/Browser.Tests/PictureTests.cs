using Microsoft.Playwright;
using Xunit;

namespace AtomSets.Browser.Tests;

/// <summary>The pictures of the guide: with ATOMSETS_PICTURES=docs/images they are written there, else among the screenshots.</summary>
[Collection(Site.Collection)]
public sealed class PictureTests(Site site)
{
    const int MostBytes = 150_000;

    [BrowserFact]
    public async Task Pictures_are_of_real_studies_and_small()
    {
        var folder = Environment.GetEnvironmentVariable("ATOMSETS_PICTURES") is { Length: > 0 } given ? given : Site.Shots;
        await TakeAsync(folder, "study.png", "study/quick", ColorScheme.Light, 1180, 720);
        await TakeAsync(folder, "errors-dark.png", "study/quick/errors", ColorScheme.Dark, 1180, 720);
    }

    async Task TakeAsync(string folder, string name, string view, ColorScheme scheme, int width, int height)
    {
        await using var visit = await site.OpenAsync(view, scheme, width, height);
        await visit.ReadyAsync();
        if (view.EndsWith("errors", StringComparison.Ordinal)) await visit.Page.Locator(".crystal canvas").WaitForAsync();
        var path = Path.Combine(Directory.CreateDirectory(folder).FullName, name);
        await visit.Page.ScreenshotAsync(new() { Path = path });
        Assert.InRange(new FileInfo(path).Length, 10_000, MostBytes);
    }
}
