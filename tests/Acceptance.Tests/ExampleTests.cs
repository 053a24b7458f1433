using System.Text.RegularExpressions;
using AtomSets.Core.Tests;
using AtomSets.Storage;
using AtomSets.Storage.Tests;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>Every file of <c>examples</c> as users run it: resolved, stored and begun, then stopped. Its study has the file's name, and is read back as it was.</summary>
public sealed partial class ExampleTests(ExampleTests.Machine machine) : IClassFixture<ExampleTests.Machine>
{
    /// <summary>The example files that read only generated data, or those that read shipped data too.</summary>
    public static TheoryData<string> Examples(bool onShippedData) => new(Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "examples"), "*.yaml")
        .Where(file => ShippedSet().IsMatch(File.ReadAllText(file)) == onShippedData).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));

    [PostgresTheory]
    [MemberData(nameof(Examples), false)]
    public Task An_example_is_accepted(string file) => MustStartAsync(null, file);

    [DataTheory]
    [MemberData(nameof(Examples), true)]
    public Task An_example_on_shipped_data_is_accepted(string file) => MustStartAsync(TestData.Root, file);

    async Task MustStartAsync(string? data, string file)
    {
        // As the launcher sets them: the second is where the program's own models lie.
        var home = machine.Home.With("ATOMSETS_DATA", data).With("ATOMSETS_ROOT", AppContext.BaseDirectory);
        using var program = home.Start("study", "run", Path.Combine(AppContext.BaseDirectory, "examples", file), "--workers", "1");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (!program.ErrorSoFar.Contains(": started, ", StringComparison.Ordinal) && !program.HasExited) await Task.Delay(50, limit.Token);
        if (!program.HasExited) program.Interrupt();
        (await program.EndAsync()).MustExit(130);

        var stored = (await home.SqlAsync($"""
            SELECT s.hash, s.description, e.payload FROM studies s JOIN study_events e ON e.study_id = s.id AND e.seq = 1 WHERE s.name = '{Path.GetFileNameWithoutExtension(file)}'
            """)).Single();
        Assert.NotEqual("", stored.GetProperty("description").GetString());
        Assert.Equal(stored.GetProperty("hash").GetString(), ResolvedStudy.FromJson(stored.GetProperty("payload").GetProperty("study").GetRawText()).Hash);
    }

    [GeneratedRegex(@"^[^#\n]*\bdata:(?>\s*)(?!""?ionic)", RegexOptions.Multiline)]
    private static partial Regex ShippedSet();

    /// <summary>One database for all files: making one takes as long as beginning a study.</summary>
    public sealed class Machine : IAsyncLifetime
    {
        public ProgramHome Home { get; } = new();

        public async Task InitializeAsync()
        {
            if (PostgresPresence.SkipReason is null) await PrivateServer.StartAsync(Home.Place);
        }

        public Task DisposeAsync() => Home.DisposeAsync().AsTask();
    }
}
