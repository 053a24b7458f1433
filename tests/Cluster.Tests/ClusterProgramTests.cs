using System.Text.Json;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>The cluster as users start it: silos as processes, a database of their own.</summary>
public sealed class ClusterProgramTests
{
    static readonly string[] Findings =
    [
        "SELECT node, status, key, val_error, test_error, unit, epochs, best_epoch, stop FROM result_rows ORDER BY node COLLATE \"C\"",
        "SELECT key, row_set, material_id, value, truth FROM prediction_rows ORDER BY key, row_set, material_id",
        "SELECT key, epoch, train_loss, val_error, learning_rate FROM learning_curves ORDER BY key, epoch",
        "SELECT key, weights FROM trials ORDER BY key",
        "SELECT node, decision FROM study_decisions ORDER BY node COLLATE \"C\", decision COLLATE \"C\"",
    ];

    static string Quick => Path.Combine(AppContext.BaseDirectory, "examples/quick.yaml");

    [PostgresFact]
    public async Task Two_silo_processes_find_what_one_machine_finds_to_the_last_bit()
    {
        await using var here = new Machine();
        await here.RunAsync(Machine.Local, "study", "run", Quick);
        await using var there = new Machine();
        await there.RunAsync(Machine.Client, "cluster", "up", "--silos", "2", "--workers", "1");
        var silos = JsonDocument.Parse(await there.RunAsync(Machine.Client, "cluster", "status", "--format", "json")).RootElement;
        Assert.Equal([("silo-1", "serving"), ("silo-2", "serving")], silos.EnumerateArray().Select(silo => (silo.GetProperty("silo").GetString()!, silo.GetProperty("state").GetString()!)));
        await there.RunAsync(Machine.Client, "study", "run", Quick);

        foreach (var query in Findings) Assert.Equal(await here.SqlAsync(query), await there.SqlAsync(query));
        var owners = await there.SqlAsync("SELECT DISTINCT right(owner, 9) AS worker FROM trials ORDER BY worker");
        Assert.Equal(2, owners.Count); // both worked
    }
}
