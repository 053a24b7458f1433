using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using AtomSets.Acceptance.Tests;
using AtomSets.Storage;
using Microsoft.Playwright;
using Xunit;

namespace AtomSets.Browser.Tests;

/// <summary>
/// A machine on which real studies were run, <c>atomsets ui</c> on their database, and a browser: shared by all tests. Beside the real studies lies
/// one of ten thousand trials, made by SQL.
/// </summary>
public sealed class Site : IAsyncLifetime
{
    public const string Collection = "site";

    /// <summary>Trainings of the study <c>giant</c>.</summary>
    public const int GiantTrials = 10_000;

    readonly HttpClient _http = new();
    IPlaywright? _playwright;
    IBrowser? _browser;
    RunningProgram? _server;

    public ProgramHome Home { get; } = new();

    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Where screenshots go.</summary>
    public static string Shots { get; } = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "screenshots")).FullName;

    public IBrowser Browser => _browser!;

    public async Task InitializeAsync()
    {
        if (BrowserPresence.SkipReason is not null) return;
        (await Home.RunAsync("db", "start")).MustExit(0);
        (await Home.RunAsync("study", "run", Study("quick"))).MustExit(0);
        (await Home.RunAsync("study", "run", Study("pages"))).MustExit(0);
        await using (var database = await Database.OpenAsync(new DatabaseOptions(Home.Address))) await new GiantStudy(database, "giant").WriteAsync(GiantTrials);
        Address = new Uri($"http://127.0.0.1:{FreePort()}/");
        _server = Home.Start("ui", "--port", Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await AnswerAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = BrowserPresence.Program,
            // Root has no sandbox of its own.
            Args = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_server is not null)
        {
            _server.Interrupt();
            await _server.EndAsync();
            _server.Dispose();
        }
        _http.Dispose();
        await Home.DisposeAsync();
    }

    /// <summary>A study file beside the tests.</summary>
    public static string Study(string name) => Path.Combine(AppContext.BaseDirectory, "Studies", name + ".yaml");

    /// <summary>What the API says, to compare the pages with.</summary>
    /// <param name="path">Below <c>/api/v1/</c>.</param>
    public async Task<JsonElement> AskAsync(string path) => JsonDocument.Parse(await _http.GetStringAsync(new Uri(Address, "api/v1/" + path))).RootElement;

    /// <summary>Opens a view in a tab of its own.</summary>
    /// <param name="view">What follows <c>#/</c>; or a whole address.</param>
    public async Task<Visit> OpenAsync(string view, ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 900)
    {
        var context = await Browser.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height }, Locale = "en-GB" });
        var visit = new Visit(context, await context.NewPageAsync());
        await visit.Page.GotoAsync(view.Contains("://", StringComparison.Ordinal) ? view : new Uri(Address, "#/" + view).ToString());
        return visit;
    }

    async Task AnswerAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                await _http.GetStringAsync(new Uri(Address, "api/v1/studies"), limit.Token);
                return;
            }
            catch (HttpRequestException e)
            {
                if (_server!.HasExited) throw new InvalidOperationException($"atomsets ui ended: {(await _server.EndAsync()).Error}", e);
                await Task.Delay(100, limit.Token);
            }
        }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

[CollectionDefinition(Site.Collection)]
public sealed class SiteCollection : ICollectionFixture<Site>;
