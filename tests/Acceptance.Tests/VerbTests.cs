using System.Text.RegularExpressions;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>The verbs that need no study.</summary>
public sealed partial class VerbTests : IAsyncLifetime
{
    readonly ProgramHome _home = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _home.DisposeAsync().AsTask();

    [Fact]
    public async Task The_version_names_the_commit_where_it_is_known() =>
        Assert.Matches("^AtomSets Cluster [0-9]+[.][0-9]+[.][0-9]+( [(]commit [0-9a-f]{12}[)])?\n$", (await _home.RunAsync("--version")).MustExit(0).Out);

    [Fact]
    public async Task The_help_of_every_verb_has_an_example()
    {
        var (seen, next) = (new List<string>(), new List<string[]> { Array.Empty<string>() });
        while (next.Count > 0)
        {
            var helps = await Task.WhenAll(next.Select(verb => _home.RunAsync([.. verb, "--help"])));
            var below = new List<string[]>();
            foreach (var (verb, help) in next.Zip(helps))
            {
                help.MustExit(0);
                var name = string.Join(' ', verb.Prepend("atomsets"));
                seen.Add(name);
                Assert.True(verb.Length == 0 || ExampleLine().IsMatch(help.Out), $"`{name} --help` shows no example of the verb:\n{help.Out}");
                var commands = help.Out.Split("\nCommands:\n");
                if (commands.Length > 1) below.AddRange(VerbLine().Matches(commands[1]).Select(match => verb.Append(match.Groups["verb"].Value).ToArray()));
            }
            next = below;
        }
        string[] wanted = ["demo", "data list", "data info", "data check", "data import", "data fetch", "study run", "study list", "study show", "study resume", "study priority", "study cancel",
            "study delete", "results", "predict", "model list", "model show", "model export", "model import", "db status", "db start", "db stop", "db url", "bench", "doctor"];
        Assert.Subset(seen.ToHashSet(StringComparer.Ordinal), wanted.Select(verb => "atomsets " + verb).ToHashSet(StringComparer.Ordinal));
    }

    [PostgresFact]
    public async Task Doctor_finds_all_that_is_needed_and_says_what_is_missing()
    {
        var fine = (await _home.RunAsync("doctor", "--format", "csv")).MustExit(0);
        Assert.Contains("PostgreSQL,ok", fine.Out, StringComparison.Ordinal);
        var empty = Directory.CreateDirectory(Path.Combine(_home.Root, "empty")).FullName;
        var missing = (await _home.RunWithAsync("ATOMSETS_PG_BIN", empty, "doctor", "--format", "csv")).MustExit(1);
        Assert.Contains("PostgreSQL,missing", missing.Out, StringComparison.Ordinal);
        Assert.Contains(empty, missing.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_sets_are_listed_and_described()
    {
        var list = (await _home.RunAsync("data", "list", "--format", "csv")).MustExit(0).Out;
        foreach (var name in new[] { "struct_mp_pool", "struct_matbench_phonons", "ionic" }) Assert.Contains($"\n{name},", list, StringComparison.Ordinal);
        var info = (await _home.RunAsync("data", "info", "ionic", "--format", "csv")).MustExit(0).Out;
        Assert.Contains("lattice_energy_ev_atom,eV/atom,2000,0,", info, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task The_database_is_started_kept_named_and_stopped()
    {
        Assert.Contains("not created yet", (await _home.RunAsync("db", "status")).MustExit(0).Out, StringComparison.Ordinal);
        (await _home.RunAsync("db", "url")).MustRefuse("atomsets db start");
        var url = (await _home.RunAsync("db", "start")).MustExit(0).Out.Trim();
        Assert.StartsWith("postgres", url, StringComparison.Ordinal);
        Assert.Equal(url, (await _home.RunAsync("db", "url")).MustExit(0).Out.Trim());
        (await _home.RunAsync("study", "list")).MustExit(0);
        Assert.Contains("running", (await _home.RunAsync("db", "status")).MustExit(0).Out, StringComparison.Ordinal);
        // The address is one that --db takes.
        (await _home.RunAsync("study", "list", "--db", url)).MustExit(0);
        (await _home.RunAsync("db", "stop")).MustExit(0);
        Assert.Contains("stopped", (await _home.RunAsync("db", "status")).MustExit(0).Out, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^  (?<verb>[a-z]+)\b", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex VerbLine();

    [GeneratedRegex(@"Examples?:\s+atomsets ", RegexOptions.ExplicitCapture)]
    private static partial Regex ExampleLine();
}
