using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary><c>db gc</c>: files that finished and interrupted studies need stay, of every other none.</summary>
public sealed class CleanUpTests : IAsyncLifetime
{
    // A chain of parents, and a search whose draws pause: what they kept then is needed no more when it has ended.
    const string First = """
        study: first
        sources:
          cheap: { data: "ionic:60:1", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 8 }, model: net, leakage: as-published }
          middle: { data: "ionic:60:3", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8 }, from: cheap, leakage: as-published }
        targets:
          dear: { data: "ionic:60:2", target: gap_like_ev, where: { max_sites: 8 }, split: { validation: 8, test: 8 } }
        models:
          net: { kind: megnet, embedding: 4, hidden: 6, width: 4, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 3.5, gaussian_stop_angstrom: 4 }
        transfer:
          - { mode: full, name: searched, source: middle, trials: 6, training: { learning_rate: { log: [0.001, 0.02] } } }
        search: { sampler: random, trials: 6, pruner: { rule: asha, min_epochs: 2 } }
        training: { epochs: 18, patience: 18, batch_size: 8, learning_rate: 0.01 }
        """;

    const string Second = """
        study: second
        sources:
          own: { parent: own.safetensors }
        targets:
          dear: { data: "ionic:90:5", target: gap_like_ev, where: { max_sites: 8 }, split: { validation: 12, test: 12 }, seeds: 3 }
        models:
          sets: { kind: atomsets, phi: [8], rho: [8] }
        transfer: [full, { mode: "features:V1", model: sets, name: sets }]
        training: { epochs: 800, patience: 800, batch_size: 8, learning_rate: 0.001 }
        """;

    const string Keys = "SELECT key, ended_at, attempts FROM trials WHERE status = 'finished' ORDER BY key";

    readonly ProgramHome _home = new ProgramHome().With("ATOMSETS_CHECKPOINT_SECONDS", "0.1");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _home.DisposeAsync().AsTask();

    [PostgresFact]
    public async Task Parents_chains_splits_and_checkpoints_stay_and_the_rest_goes()
    {
        (await _home.RunAsync("study", "run", _home.Write("first.yaml", First), "--workers", "2")).MustExit(0);
        (await _home.RunAsync("db", "start")).MustExit(0);
        var cheap = await OneAsync("SELECT substr(t.key, 1, 16) AS value FROM trials t JOIN study_nodes n ON n.trial_key = t.key WHERE n.node LIKE 'pretrain/cheap/%' AND t.kind = 'train'");
        var own = Path.Combine(_home.Root, "own.safetensors");
        (await _home.RunAsync("model", "export", cheap, own)).MustExit(0);
        using (var program = _home.Start("study", "run", _home.Write("second.yaml", Second), "--workers", "2"))
        {
            await _home.WaitUntilAsync("EXISTS (SELECT FROM trials WHERE status = 'claimed' AND checkpoint_epochs BETWEEN 5 AND 600)", program);
            program.Interrupt();
            (await program.EndAsync()).MustExit(130);
        }
        // What a study took of a file is its own.
        File.Delete(own);
        var artifacts = Path.Combine(_home.Path, "artifacts");
        var orphan = Path.Combine(Directory.CreateDirectory(Path.Combine(artifacts, "ab")).FullName, new string('c', 62));
        File.WriteAllText(orphan, "left by a program that was killed");
        (await _home.RunAsync("db", "start")).MustExit(0);
        string[] pauses = await AllAsync("SELECT DISTINCT result ->> 'checkpoint' AS value FROM trials WHERE result ->> 'checkpoint' IS NOT NULL");
        Assert.NotEmpty(pauses);
        string[] needed = await AllAsync("""
            SELECT DISTINCT value FROM (SELECT weights AS value FROM trials UNION ALL SELECT checkpoint_artifact FROM trials UNION ALL SELECT spec -> 'data' ->> 'manifest' FROM trials
            UNION ALL SELECT spec -> 'transfer' -> 'parent' ->> 'file' FROM trials WHERE jsonb_typeof(spec -> 'transfer' -> 'parent') = 'object') q WHERE value IS NOT NULL
            """);
        Assert.True(needed.Length >= 6, $"{needed.Length} files are needed");

        // Young files may belong to a program that runs.
        Assert.Contains("Deleted 0 files", (await _home.RunAsync("db", "gc")).MustExit(0).Error, StringComparison.Ordinal);
        var cleaned = (await _home.RunAsync("db", "gc", "--older-than", "0")).MustExit(0).Error;
        Assert.DoesNotContain("Deleted 0 files", cleaned, StringComparison.Ordinal);
        Assert.False(File.Exists(orphan));
        Assert.All(pauses.Except(needed), hash => Assert.False(File.Exists(PathOf(hash)), $"{hash} was kept at a pause of a search that has ended"));
        Assert.All(needed, hash => Assert.True(File.Exists(PathOf(hash)), $"{hash} is needed and gone"));
        Assert.Contains("Deleted 0 files", (await _home.RunAsync("db", "gc", "--older-than", "0")).MustExit(0).Error, StringComparison.Ordinal);

        // The interrupted study goes on, the finished one is extended on both parents of its chain, and nothing that was there is computed again.
        var before = await _home.RowsAsync(Keys);
        (await _home.RunAsync("study", "resume", "second", "--workers", "2")).MustExit(0);
        var more = First.Replace("transfer:\n", "transfer:\n  - { mode: new-head, name: cheap, source: cheap }\n  - { mode: \"features:V1+U1\", name: layers, source: middle }\n", StringComparison.Ordinal);
        Assert.NotEqual(First, more);
        (await _home.RunAsync("study", "run", _home.Write("first.yaml", more), "--workers", "2")).MustExit(0);
        (await _home.RunAsync("db", "start")).MustExit(0);
        var after = (await _home.RowsAsync(Keys)).ToHashSet(StringComparer.Ordinal);
        Assert.All(before, row => Assert.Contains(row, after));
        (await _home.RunAsync("model", "export", cheap, own)).MustExit(0);

        string PathOf(string hash) => Path.Combine(artifacts, hash[..2], hash[2..]);
    }

    async Task<string> OneAsync(string query) => Assert.Single(await AllAsync(query));

    async Task<string[]> AllAsync(string query) => [.. (await _home.RowsAsync(query)).Select(row => System.Text.Json.JsonDocument.Parse(row).RootElement.GetProperty("value").GetString()!)];
}
