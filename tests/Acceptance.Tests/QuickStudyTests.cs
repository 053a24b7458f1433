using System.Text.Json;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>The first thing that a user runs.</summary>
[Collection(QuickStudy.Collection)]
public sealed class QuickStudyTests(QuickStudy quick)
{
    [PostgresFact]
    public async Task It_prints_a_table_and_keeps_every_number_as_a_row()
    {
        quick.Run.MustExit(0);
        Assert.Contains("test MAE in eV/atom", quick.Run.Out, StringComparison.Ordinal);
        Assert.Contains("AtomSets-V1", quick.Run.Out, StringComparison.Ordinal);
        Assert.Contains("25/25 trials", quick.Run.Error, StringComparison.Ordinal);

        var groups = JsonDocument.Parse((await quick.Home.RunAsync("results", "quick", "--target", "dear", "--by", "mode,size", "--format", "json")).MustExit(0).Out).RootElement;
        Assert.Equal(6, groups.GetArrayLength());
        foreach (var group in groups.EnumerateArray())
        {
            Assert.Equal(2, group.GetProperty("runs").GetInt32());
            Assert.Equal(0, group.GetProperty("failed").GetInt32());
            Assert.Equal("mae", group.GetProperty("metric").GetString());
            Assert.Equal("eV/atom", group.GetProperty("unit").GetString());
            // The targets spread over some 10 eV/atom.
            Assert.InRange(group.GetProperty("test").GetDouble(), 0.05, 20);
            Assert.InRange(group.GetProperty("test_se").GetDouble(), 0, 20);
        }
        var runs = JsonDocument.Parse((await quick.Home.RunAsync("results", "quick", "--runs", "--format", "json")).MustExit(0).Out).RootElement;
        Assert.Equal(13, runs.GetArrayLength());
        Assert.All(runs.EnumerateArray(), run => Assert.Equal("finished", run.GetProperty("status").GetString()));
    }

    [PostgresFact]
    public async Task Every_result_names_the_program_that_computed_it()
    {
        var info = Assert.Single(await quick.Home.SqlAsync("SELECT DISTINCT result -> 'info' ->> 'program' AS program, result -> 'info' ->> 'commit' AS commit FROM trials"));
        var (program, commit) = (info.GetProperty("program").GetString()!, info.GetProperty("commit").GetString());
        Assert.Equal($"AtomSets Cluster {program}{(commit is null ? "" : $" (commit {commit})")}\n", (await quick.Home.RunAsync("--version")).MustExit(0).Out);
    }

    [PostgresFact]
    public async Task What_was_pretrained_lowers_the_error_of_the_small_set()
    {
        var rows = await quick.Home.SqlAsync("SELECT mode, avg(test_error) AS error FROM result_rows WHERE study = 'quick' AND role = 'transfer' GROUP BY mode");
        var errors = rows.ToDictionary(row => row.GetProperty("mode").GetString()!, row => row.GetProperty("error").GetDouble());
        Assert.True(errors["full"] < 0.7 * errors["scratch"], $"full {errors["full"]}, scratch {errors["scratch"]}");
    }

    [PostgresFact]
    public async Task Run_again_it_computes_nothing()
    {
        const string trials = "SELECT key, kind, status, seconds, claimed_at, ended_at, lease_epoch, attempts FROM trials ORDER BY key";
        var before = await quick.Home.PeekAsync(trials);
        Assert.Equal(25, before.Count);
        var again = (await quick.Home.RunAsync("study", "run", quick.File)).MustExit(0);
        Assert.Contains("finished already, nothing to compute", again.Error, StringComparison.Ordinal);
        Assert.Equal(quick.Run.Out, again.Out);
        Assert.Equal(before, await quick.Home.PeekAsync(trials));
    }

    [PostgresFact]
    public async Task A_plan_counts_without_computing_and_knows_what_such_trainings_took()
    {
        var before = await quick.StateAsync();
        var plan = JsonDocument.Parse((await quick.Home.RunAsync("study", "plan", quick.File, "--by", "mode,size", "--format", "json")).MustExit(0).Out).RootElement.EnumerateArray().ToList();
        Assert.Equal(12, plan.Where(row => row.GetProperty("looks").GetInt64() > 0).Sum(row => row.GetProperty("trainings").GetInt64()));
        Assert.All(plan, row => Assert.Equal(row.GetProperty("epochs").GetInt64() * row.GetProperty("size").GetInt64(), row.GetProperty("passes").GetInt64()));
        // An hour and more would be a wrong unit.
        Assert.All(plan, row => Assert.InRange(row.GetProperty("core_hours").GetDouble(), 1e-7, 1));
        var text = (await quick.Home.RunAsync("study", "plan", quick.File)).MustExit(0).Out;
        Assert.Contains("quick: 13 trainings, at most 3,900 epochs", text, StringComparison.Ordinal);
        Assert.Contains("12 looks at test rows", text, StringComparison.Ordinal);
        (await quick.Home.RunAsync("study", "plan", quick.File, "--by", "colour")).MustExit(2);
        Assert.Contains("did you mean", (await quick.Home.RunAsync("study", "plan", quick.Home.Write("odd.yaml", (await File.ReadAllTextAsync(quick.File)).Replace("targets:", "target:", StringComparison.Ordinal)))).MustExit(2).Error,
            StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, await quick.StateAsync());
    }

    [PostgresFact]
    public async Task Another_study_that_asks_for_the_same_trials_gets_them_without_computing()
    {
        var text = await File.ReadAllTextAsync(quick.File);
        var copy = quick.Home.Write("copy.yaml", text.Replace("study: quick", "study: copy", StringComparison.Ordinal));
        var before = await quick.Home.PeekAsync("SELECT key, ended_at FROM trials ORDER BY key");
        var run = (await quick.Home.RunAsync("study", "run", copy)).MustExit(0);
        Assert.Contains("25 known before", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, await quick.Home.PeekAsync("SELECT key, ended_at FROM trials ORDER BY key"));
        (await quick.Home.RunAsync("study", "delete", "copy")).MustExit(0);
        Assert.Equal(before, await quick.Home.PeekAsync("SELECT key, ended_at FROM trials ORDER BY key"));
    }
}
