namespace AtomSets.Storage;

/// <summary>Steps of a study that have no result for the same reason.</summary>
/// <param name="Reason">Names the step that failed, or the budget.</param>
/// <param name="Steps">How many; 0 where a search itself is complete with fewer draws.</param>
/// <param name="Example">The first of them.</param>
public sealed record MissingSteps(string Reason, int Steps, string Example)
{
    /// <summary>What failed, what that blocked, and what a budget left out, in plan order; none where all is there.</summary>
    public static Task<List<MissingSteps>> OfAsync(Database database, string study, CancellationToken cancel) => database.RunAsync(
        c => c.ReadAsync(r => new MissingSteps(r.GetString(0), r.GetInt32(1), r.GetString(2)), """
            SELECT reason, (count(*) FILTER (WHERE status <> 'finished'))::integer, (array_agg(node ORDER BY ordinal))[1] FROM (
                SELECT CASE n.status WHEN 'failed' THEN format('''%s'' failed: %s', n.node, n.reason) ELSE n.reason END AS reason, n.status, n.node, n.ordinal
                FROM study_nodes n JOIN studies s ON s.id = n.study_id
                WHERE s.name = $1 AND (n.status IN ('failed', 'blocked', 'skipped') OR n.kind = 'search' AND n.reason IS NOT NULL)) missing
            GROUP BY reason ORDER BY min(ordinal)
            """, cancel, study), repeatable: true, cancel);
}
