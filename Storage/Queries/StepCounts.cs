namespace AtomSets.Storage;

/// <summary>Trials of a study by where they stand, as its steps are stored: a trial that several steps share counts once, a step whose trial is not known yet as one.</summary>
public sealed record StepCounts(int Waiting, int Requested, int Finished, int Failed, int Blocked, int Skipped)
{
    public static Task<StepCounts> OfAsync(Database database, string study, CancellationToken cancel) => database.RunAsync(async c =>
    {
        var counts = (await c.ReadAsync(r => (Status: r.GetString(0), Count: (int)r.GetInt64(1)), """
            SELECT status, count(*) FROM (
                SELECT DISTINCT ON (coalesce(n.trial_key, n.node)) n.status FROM study_nodes n JOIN studies s ON s.id = n.study_id WHERE s.name = $1 AND n.kind IN ('train', 'evaluate')
                ORDER BY coalesce(n.trial_key, n.node), n.ordinal) trials
            GROUP BY status
            """, cancel, study)).ToDictionary(row => row.Status, row => row.Count, StringComparer.Ordinal);
        int Of(string status) => counts.GetValueOrDefault(status);
        return new StepCounts(Of("waiting"), Of("requested"), Of("finished"), Of("failed"), Of("blocked"), Of("skipped"));
    }, repeatable: true, cancel);
}
