using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>What a study found, to the last bit: no times, no machine, no number of workers, no order of computing.</summary>
static class StudyDump
{
    /// <summary>A trial's result without times, place and number of workers.</summary>
    const string Result = "(result #- '{info,machine}' #- '{info,commit}') - ARRAY['seconds', 'checkpoint', 'workers'] AS result";

    static readonly string[] Queries =
    [
        "SELECT study, node, status, key, val_error, test_error, unit, epochs, best_epoch, stop FROM result_rows ORDER BY study COLLATE \"C\", node COLLATE \"C\"",
        "SELECT key, row_set, material_id, value, truth FROM prediction_rows ORDER BY key, row_set, material_id",
        "SELECT key, epoch, train_loss, val_error, learning_rate FROM learning_curves ORDER BY key, epoch",
        $"SELECT key, kind, status, {Result} FROM trials ORDER BY key",
        "SELECT t.key, p.key AS parent FROM trial_parents r JOIN trials t ON t.id = r.trial_id JOIN trials p ON p.id = r.parent_id ORDER BY 1, 2",
        "SELECT data_set, target, rows, row_count, key FROM test_look_rows ORDER BY key, rows",
        "SELECT name, s.status, hash, nodes, finished, failed, blocked, source, facts FROM studies s ORDER BY name",
        "SELECT name, node, kind, grp, replicate, n.status, trial_key, winner, reason, labels FROM study_nodes n JOIN studies s ON s.id = n.study_id ORDER BY name COLLATE \"C\", node COLLATE \"C\"",
        // In their order they tell who finished first. A trial that was finished while its study did not run was "finished before".
        "SELECT name, node, replace(decision, ' was finished before', ' finished') AS decision FROM study_decisions d JOIN studies s ON s.id = d.study_id ORDER BY name COLLATE \"C\", node COLLATE \"C\", decision COLLATE \"C\"",
    ];

    /// <summary>What a study's trials wrote: results, curves, predictions.</summary>
    public static IEnumerable<string> Trials(string study) =>
        new[] { $"SELECT key, kind, status, {Result} FROM trials", "SELECT key, epoch, train_loss, val_error, learning_rate FROM learning_curves", "SELECT key, row_set, material_id, value, truth FROM prediction_rows" }
            .Select(query => $"{query} WHERE key IN (SELECT trial_key FROM study_nodes n JOIN studies s ON s.id = n.study_id WHERE s.name = '{study}')");

    /// <summary>All rows as PostgreSQL writes them: the shortest text that gives the same double again. The home's server runs afterwards.</summary>
    public static async Task<List<string>> OfAsync(ProgramHome home)
    {
        (await home.RunAsync("db", "start")).MustExit(0);
        var rows = new List<string>();
        foreach (var query in Queries) rows.AddRange(await home.RowsAsync(query));
        return rows;
    }

    /// <summary>Equal row by row, naming the first that differs.</summary>
    public static void MustEqual(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        for (var i = 0; i < Math.Min(expected.Count, actual.Count); i++) Assert.True(expected[i] == actual[i], $"row {i}: expected\n{expected[i]}\nfound\n{actual[i]}");
        Assert.Equal(expected.Count, actual.Count);
    }
}
