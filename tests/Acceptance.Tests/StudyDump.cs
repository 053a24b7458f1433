using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>What a study found, to the last bit: no times, no machine, no order of computing.</summary>
static class StudyDump
{
    static readonly string[] Queries =
    [
        "SELECT node, status, key, val_error, test_error, unit, epochs, best_epoch, stop FROM result_rows ORDER BY node COLLATE \"C\"",
        "SELECT key, row_set, material_id, value, truth FROM prediction_rows ORDER BY key, row_set, material_id",
        "SELECT key, epoch, train_loss, val_error, learning_rate FROM learning_curves ORDER BY key, epoch",
        "SELECT key, weights FROM trials ORDER BY key",
    ];

    /// <summary>All rows as PostgreSQL writes them: the shortest text that gives the same double again.</summary>
    public static async Task<List<string>> OfAsync(ProgramHome home)
    {
        var rows = new List<string>();
        foreach (var query in Queries) rows.AddRange((await home.SqlAsync(query)).Select(row => row.GetRawText()));
        return rows;
    }

    /// <summary>Equal row by row, naming the first that differs.</summary>
    public static void MustEqual(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        for (var i = 0; i < Math.Min(expected.Count, actual.Count); i++) Assert.True(expected[i] == actual[i], $"row {i}: expected\n{expected[i]}\nfound\n{actual[i]}");
        Assert.Equal(expected.Count, actual.Count);
    }
}
