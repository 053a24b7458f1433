using AtomSets.Studies;

namespace AtomSets.Storage;

/// <summary>What a study is about, summed up from its steps and runs: a few rows, however large it is.</summary>
/// <param name="Source">The study file; empty where it has none.</param>
/// <param name="Facts">What its resolution counted.</param>
/// <param name="Steps">By what its steps are labelled with, in plan order.</param>
/// <param name="Results">By what its finished runs are, in plan order.</param>
public sealed record StudyOutline(string Source, IReadOnlyList<CountedFact> Facts, IReadOnlyList<OutlineSteps> Steps, IReadOnlyList<OutlineResults> Results)
{
    /// <returns>Null where there is no such study.</returns>
    public static Task<StudyOutline?> OfAsync(Database database, string study, CancellationToken cancel) => database.RunAsync(async c =>
    {
        var found = await c.ReadAsync(r => (Id: r.GetInt64(0), Source: r.Text(1) ?? "", Facts: r.Text(2)), "SELECT id, source, facts::text FROM studies WHERE name = $1", cancel, study);
        if (found.Count == 0) return null;
        var steps = await c.ReadAsync(r => new OutlineSteps(
            r.GetString(0), r.Text(1), r.Text(2), r.Text(3), r.Text(4), r.Text(5), r.Text(6), r.Text(7), r.Text(8), r.Text(9), r.GetBoolean(10), r.GetBoolean(11), r.GetBoolean(12)), """
            SELECT kind, labels ->> 'role', labels ->> 'target', labels ->> 'source', labels ->> 'data', labels ->> 'property', labels ->> 'unit', labels ->> 'mode', labels ->> 'model', labels ->> 'rows',
                labels ? 'layer', labels ? 'group', labels ? 'top'
            FROM study_nodes WHERE study_id = $1 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 ORDER BY min(ordinal)
            """, cancel, found[0].Id);
        var results = await c.ReadAsync(r => new OutlineResults(r.Text(0), r.Text(1), r.Text(2), r.Text(3), r.Long(4), r.Text(5), r.Text(6), r.GetBoolean(7), r.GetInt64(8)), """
            SELECT role, target, mode, source, size, method, (array_agg(coalesce(test_metric, val_metric) ORDER BY ordinal) FILTER (WHERE coalesce(test_metric, val_metric) IS NOT NULL))[1], bool_or(test_error IS NOT NULL), count(*)
            FROM runs WHERE study_id = $1 AND status = 'finished' GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY min(ordinal)
            """, cancel, found[0].Id);
        var facts = found[0].Facts is { } json ? StudyJson.Read<List<CountedFact>>(json, "what was counted of a study") : [];
        return new StudyOutline(found[0].Source, facts, steps, results);
    }, repeatable: true, cancel);
}

/// <summary>Steps with the same labels; null where they have none of a name.</summary>
/// <param name="Kind">train, search, select or evaluate.</param>
/// <param name="Rows">Training rows.</param>
public sealed record OutlineSteps(
    string Kind, string? Role, string? Target, string? Source, string? DataSet, string? Property, string? Unit, string? Mode, string? Model, string? Rows, bool HasLayer, bool HasGroup, bool HasTop);

/// <summary>Finished runs of one way and size.</summary>
/// <param name="Method">What the mode stands for: scratch, full, features:LAYER, …</param>
/// <param name="Metric">Of the first that has one.</param>
/// <param name="IsTested">Whether any was tested.</param>
public sealed record OutlineResults(string? Role, string? Target, string? Mode, string? Source, long? Size, string? Method, string? Metric, bool IsTested, long Runs);
