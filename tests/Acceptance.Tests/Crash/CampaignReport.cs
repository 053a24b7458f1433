using Xunit.Abstractions;

namespace AtomSets.Acceptance.Tests;

/// <summary>Says what a campaign did, also when it failed: to the test's output, and to the file ATOMSETS_CRASH_REPORT where that is set.</summary>
static class CampaignReport
{
    public static async Task OfAsync<T>(ITestOutputHelper output, string title, Func<Task<T>> campaign)
    {
        try
        {
            Write(output, $"{title}: {await campaign()}");
        }
        catch (Exception e)
        {
            Write(output, $"{title}: FAILED {e.Message}");
            throw;
        }
    }

    public static void Write(ITestOutputHelper output, string text)
    {
        output.WriteLine(text);
        if (Environment.GetEnvironmentVariable("ATOMSETS_CRASH_REPORT") is { Length: > 0 } file) File.AppendAllText(file, text + "\n");
    }
}
