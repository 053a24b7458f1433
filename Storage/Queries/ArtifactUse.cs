namespace AtomSets.Storage;

/// <summary>Which artifacts the rows of a database still need: what a clean-up must keep.</summary>
public sealed class ArtifactUse(Database database)
{
    /// <summary>
    /// Hashes of checkpoints of trials that are not finished, weights, kept models, split manifests and model files that are parents. What a search kept at its pauses is needed
    /// until it has ended, in a study that may go on; a later one that asks for it computes it again, with the same numbers.
    /// </summary>
    const string Query = """
        SELECT checkpoint_artifact AS artifact FROM trials WHERE checkpoint_artifact IS NOT NULL
        UNION SELECT weights FROM trials WHERE weights IS NOT NULL
        UNION SELECT t.result ->> 'checkpoint' FROM trials t JOIN study_nodes n ON n.trial_key = t.key JOIN studies s ON s.id = n.study_id
            WHERE t.result ? 'checkpoint' AND s.status <> 'finished' AND NOT EXISTS (
                SELECT FROM study_nodes search WHERE search.study_id = n.study_id AND search.kind = 'search' AND search.status = 'finished'
                    AND starts_with(n.grp, search.node || '/'))
        UNION SELECT artifact FROM models
        UNION SELECT spec -> 'data' ->> 'manifest' FROM trials WHERE spec -> 'data' ? 'manifest'
        UNION SELECT spec -> 'transfer' -> 'parent' ->> 'file' FROM trials WHERE spec -> 'transfer' -> 'parent' ? 'file'
        UNION SELECT m[1] FROM study_events e, regexp_matches(e.payload::text, '"(?:manifest|file)" *: *"([0-9a-f]{64})"', 'g') m
            WHERE e.payload ->> 'event' IN ('started', 'extended')
        """;

    /// <summary>
    /// What studies that run still read, in the order in which its loss would hurt: checkpoints of their trials, split manifests and model files that are parents, pauses of searches, weights.
    /// </summary>
    const string Running = """
        WITH used AS (SELECT DISTINCT t.key, t.status, t.checkpoint_artifact, t.weights, t.result FROM trials t JOIN study_nodes n ON n.trial_key = t.key
            JOIN studies s ON s.id = n.study_id WHERE s.status = 'running'),
        needed AS (
            SELECT 0 AS rank, checkpoint_artifact AS artifact FROM used WHERE status <> 'finished' AND checkpoint_artifact IS NOT NULL
            UNION ALL SELECT 1, m[1] FROM studies s JOIN study_events e ON e.study_id = s.id, regexp_matches(e.payload::text, '"(?:manifest|file)" *: *"([0-9a-f]{64})"', 'g') m
                WHERE s.status = 'running' AND e.payload ->> 'event' IN ('started', 'extended')
            UNION ALL SELECT 2, result ->> 'checkpoint' FROM used WHERE result ? 'checkpoint' AND result ->> 'checkpoint' IS NOT NULL
            UNION ALL SELECT 3, weights FROM used WHERE weights IS NOT NULL)
        SELECT artifact FROM needed GROUP BY artifact ORDER BY min(rank), artifact COLLATE "C"
        """;

    public Task<List<string>> OfRunningStudiesAsync(CancellationToken cancellation) =>
        database.RunAsync(c => c.ReadAsync(r => r.GetString(0), Running, cancellation), repeatable: true, cancellation);

    public async Task<IReadOnlySet<string>> ReadAsync(CancellationToken cancellation) =>
        (await database.RunAsync(c => c.ReadAsync(r => r.GetString(0), Query, cancellation), repeatable: true, cancellation)).ToHashSet(StringComparer.Ordinal);
}
