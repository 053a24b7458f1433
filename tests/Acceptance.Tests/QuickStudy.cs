using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>A machine on which <c>examples/quick.yaml</c> was run, shared by the tests of the collection; its server is kept until they end.</summary>
public sealed class QuickStudy : IAsyncLifetime
{
    public const string Collection = "quick";

    public ProgramHome Home { get; } = new();

    public string File { get; } = Path.Combine(AppContext.BaseDirectory, "examples/quick.yaml");

    /// <summary>The first run of the study.</summary>
    public ProgramResult Run { get; private set; } = new("", -1, "", "");

    public async Task InitializeAsync()
    {
        if (PostgresPresence.SkipReason is not null) return;
        (await Home.RunAsync("db", "start")).MustExit(0);
        Run = await Home.RunAsync("study", "run", File);
    }

    /// <summary>The short key of a training run.</summary>
    public async Task<string> TrialAsync(string mode, int size)
    {
        var rows = await Home.SqlAsync($"SELECT left(key, 12) AS key FROM result_rows WHERE study = 'quick' AND mode = '{mode}' AND size = {size} AND role = 'transfer' ORDER BY seed");
        return rows[0].GetProperty("key").GetString()!;
    }

    /// <summary>What the database holds, to see that a refused command left it alone.</summary>
    public async Task<string> StateAsync() => (await Home.PeekAsync("""
        SELECT (SELECT string_agg(name || ' ' || status || ' ' || last_sequence, ',') FROM studies WHERE name = 'quick') AS studies,
               (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM trials t) AS trials, (SELECT count(*) FROM predictions) AS predictions, (SELECT count(*) FROM epochs) AS epochs
        """)).Single();

    public Task DisposeAsync() => Home.DisposeAsync().AsTask();
}

[CollectionDefinition(QuickStudy.Collection)]
public sealed class QuickStudyCollection : ICollectionFixture<QuickStudy>;
