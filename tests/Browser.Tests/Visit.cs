using System.Globalization;
using Microsoft.Playwright;
using Xunit;

namespace AtomSets.Browser.Tests;

/// <summary>One tab. Whatever the browser complains about meanwhile fails the test.</summary>
public sealed class Visit : IAsyncDisposable
{
    readonly IBrowserContext _context;
    readonly List<string> _complaints = [];

    public Visit(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") Complain($"{message.Type}: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => Complain($"uncaught: {error}");
        page.Response += (_, response) =>
        {
            if (response.Status >= 400) Complain($"{response.Status}: {response.Url}");
        };
        page.Request += (_, request) => Requests.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>Every address that the page has asked for.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Waits until all charts of the view are drawn and nothing is being read any more.</summary>
    public async Task<Visit> ReadyAsync()
    {
        await Page.WaitForFunctionAsync("""
            () => document.querySelector("main h1, main h2, main h3, main table") !== null && document.querySelector("[aria-busy=true]") === null
              && [...document.querySelectorAll(".plot")].every(plot => plot.dataset.drawn === "true")
            """);
        return this;
    }

    /// <summary>Saves what is seen, and says where.</summary>
    public async Task<string> ShootAsync(string name, bool whole = true)
    {
        var path = Path.Combine(Site.Shots, name + ".png");
        await Page.ScreenshotAsync(new() { Path = path, FullPage = whole });
        Assert.True(new FileInfo(path).Length > 5_000, $"{path} is empty");
        return path;
    }

    /// <summary>The number at the start of a text such as <c>0.132 ± 0.006</c>, and half of its last digit.</summary>
    public static (double Value, double Rounding) Number(string text)
    {
        var digits = text.Trim().Replace('\u2212', '-').Replace("\u202f", "", StringComparison.Ordinal).Split(' ')[0];
        var mantissa = digits.Split('e')[0];
        var places = mantissa.Contains('.', StringComparison.Ordinal) ? mantissa.Length - mantissa.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
        var exponent = digits.Contains('e', StringComparison.Ordinal) ? int.Parse(digits.Split('e')[1], CultureInfo.InvariantCulture) : 0;
        return (double.Parse(digits, CultureInfo.InvariantCulture), 0.5000001 * Math.Pow(10, exponent - places));
    }

    /// <summary>That a text shows a number, to the digits that it has.</summary>
    public static void Shows(double expected, string text)
    {
        var (value, rounding) = Number(text);
        Assert.True(Math.Abs(value - expected) <= rounding, $"'{text}' does not show {expected}");
    }

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        lock (_complaints) Assert.Empty(_complaints);
    }

    void Complain(string text)
    {
        lock (_complaints) _complaints.Add(text);
    }
}
