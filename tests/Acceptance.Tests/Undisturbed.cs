using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary><c>disturbed.yaml</c>, run once in a home of its own with nothing in its way: what every disturbed run must equal.</summary>
static class Undisturbed
{
    public const string Name = "disturbed";

    static readonly Lazy<Task<List<string>>> Run = new(RunAsync);

    public static string File { get; } = Path.Combine(AppContext.BaseDirectory, "Studies/disturbed.yaml");

    public static Task<List<string>> RowsAsync() => Run.Value;

    static async Task<List<string>> RunAsync()
    {
        await using var home = new ProgramHome();
        (await home.RunAsync("study", "run", File, "--workers", "2")).MustExit(0);
        var rows = await StudyDump.OfAsync(home);
        Assert.Equal(9, rows.Count(row => row.Contains("\"stop\": \"cap\"", StringComparison.Ordinal)));
        return rows;
    }
}
