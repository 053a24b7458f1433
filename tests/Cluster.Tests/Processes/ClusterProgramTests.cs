using System.Diagnostics;
using System.Text.Json;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>The cluster as users start it: silos as processes, a database of their own. The study is the first that users run.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class ClusterProgramTests
{
    static readonly string[] Findings =
    [
        "SELECT node, status, key, val_error, test_error, unit, epochs, best_epoch, stop FROM result_rows ORDER BY node COLLATE \"C\"",
        "SELECT key, row_set, material_id, value, truth FROM prediction_rows ORDER BY key, row_set, material_id",
        "SELECT key, epoch, train_loss, val_error, learning_rate FROM learning_curves ORDER BY key, epoch",
        "SELECT key, weights FROM trials ORDER BY key",
    ];

    const string Decisions = "SELECT node, decision FROM study_decisions ORDER BY node COLLATE \"C\", decision COLLATE \"C\"";

    static readonly Lazy<Task<(List<string> Found, List<string> Decided)>> OneMachine = new(async () =>
    {
        await using var here = new Machine();
        await here.RunAsync(Machine.Local, "study", "run", Quick);
        return (await FindingsAsync(here), await here.SqlAsync(Decisions));
    });

    static string Quick => Path.Combine(AppContext.BaseDirectory, "examples/quick.yaml");

    [PostgresFact]
    public async Task Two_silo_processes_find_what_one_machine_finds_to_the_last_bit()
    {
        await using var there = new Machine();
        await there.RunAsync(Machine.Client, "cluster", "up", "--silos", "2", "--workers", "1");
        Assert.Equal(["silo-1", "silo-2"], (await SilosAsync(there)).Keys.Order(StringComparer.Ordinal));
        await there.RunAsync(Machine.Client, "study", "run", Quick);
        var (found, decided) = await OneMachine.Value;
        Assert.Equal(found, await FindingsAsync(there));
        Assert.Equal(decided, await there.SqlAsync(Decisions));
        Assert.Equal(2, (await there.SqlAsync("SELECT DISTINCT right(owner, 9) AS worker FROM trials")).Count); // both worked
    }

    [PostgresFact]
    public async Task A_killed_silo_costs_no_finished_trial_and_changes_no_number()
    {
        await using var there = new Machine();
        await there.RunAsync(Machine.Client, "cluster", "up", "--silos", "2", "--workers", "1");
        var run = there.RunAsync(Machine.Client, "study", "run", Quick);
        while ((await there.SqlAsync("SELECT 1 AS one FROM trials WHERE status = 'claimed' AND owner LIKE '%silo-1%'")).Count == 0 && !run.IsCompleted) await Task.Delay(50);
        var finished = await there.SqlAsync("SELECT key, ended_at FROM trials WHERE status = 'finished' ORDER BY key");
        using (var silo = Process.GetProcessById((await SilosAsync(there))["silo-1"])) silo.Kill();
        await run;
        // The decision log may say of a trial that its result was found: its host died between the two.
        Assert.Equal((await OneMachine.Value).Found, await FindingsAsync(there));
        Assert.Empty(finished.Except(await there.SqlAsync("SELECT key, ended_at FROM trials WHERE status = 'finished' ORDER BY key")));
    }

    internal static Task<List<string>> FindingsAsync(Machine machine) => machine.SqlAsync(Findings);

    /// <summary>Processes of the silos that serve.</summary>
    internal static async Task<Dictionary<string, int>> SilosAsync(Machine machine) => JsonDocument.Parse(await machine.RunAsync(Machine.Client, "cluster", "status", "--format", "json")).RootElement
        .EnumerateArray().Where(silo => silo.GetProperty("state").GetString() == "serving").ToDictionary(silo => silo.GetProperty("silo").GetString()!, silo => (int)silo.GetProperty("process").GetDouble());
}
