using AtomSets.Dashboard;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Browser.Tests;

/// <summary>
/// A test in a real browser. Skipped, with a reason, where there is no Chromium or the program was built without its pages; but where ATOMSETS_REQUIRE
/// names browser it runs and fails there. It fails after some minutes: a browser's answers may stay away, and not every call of Playwright has a limit.
/// </summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    const int LimitMilliseconds = 5 * 60_000;

    public BrowserFactAttribute() => (Skip, Timeout) = (BrowserPresence.SkipReason, LimitMilliseconds);
}

static class BrowserPresence
{
    static readonly string[] s_programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    /// <summary>Chromium, or a browser made of it: ATOMSETS_CHROMIUM, else the first one on the path.</summary>
    public static string? Program { get; } = Environment.GetEnvironmentVariable("ATOMSETS_CHROMIUM") is { Length: > 0 } given ? given
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).SelectMany(folder => s_programs.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    public static bool HasPages { get; } = typeof(DashboardServer).Assembly.GetManifestResourceNames().Contains("web/index.html");

    public static string? SkipReason { get; } = IsRequired ? null
        : Program is null ? "needs Chromium: apt-get install chromium, or set ATOMSETS_CHROMIUM"
        : !HasPages ? "the program was built without its pages: they need Node.js 18 or newer with npm"
        : PostgresPresence.SkipReason;

    static bool IsRequired => (Environment.GetEnvironmentVariable("ATOMSETS_REQUIRE") ?? "").Split(',').Contains("browser");
}
