using AtomSets.Studies;
using Npgsql;

namespace AtomSets.Storage;

/// <summary>A model kept under a name.</summary>
/// <param name="Artifact">Hash of its file.</param>
/// <param name="Trial">The trial that trained it; null when it was imported.</param>
/// <param name="Metadata">JSON object: what the model file says of itself.</param>
public sealed record KeptModel(string Name, string Artifact, TrialKey? Trial, string Metadata, DateTimeOffset Created);

/// <summary>A finished training trial whose weights are kept.</summary>
/// <param name="Study">One of the studies that contain it, or null.</param>
public sealed record TrainedModel(TrialKey Key, string Artifact, string? Model, string? Target, double ValidationError, string Unit, string? Study, string? Node, DateTimeOffset Created);

/// <summary>Models by name, and trained ones by trial. Artifacts named here are kept by a clean-up.</summary>
public sealed class ModelCatalog(Database database)
{
    const string Columns = "name, artifact, trial_key, metadata::text, created_at";

    /// <summary>Keeps a model under a name.</summary>
    /// <returns>False when the name is taken.</returns>
    public async Task<bool> AddAsync(string name, string artifact, TrialKey? trial, string metadata, CancellationToken cancel) => await database.RunAsync(
        c => c.ExecuteAsync("INSERT INTO models (name, artifact, trial_key, metadata) VALUES ($1, $2, $3, $4::jsonb) ON CONFLICT (name) DO NOTHING", cancel, name, artifact, trial?.Hex, metadata),
        repeatable: false, cancel) == 1;

    /// <returns>The model, or null.</returns>
    public async Task<KeptModel?> FindAsync(string name, CancellationToken cancel) =>
        (await Query(Kept, $"SELECT {Columns} FROM models WHERE name = $1", cancel, [name])).FirstOrDefault();

    /// <summary>By name.</summary>
    public Task<List<KeptModel>> ListAsync(CancellationToken cancel) => Query(Kept, $"SELECT {Columns} FROM models ORDER BY name", cancel, []);

    /// <returns>False when there was none.</returns>
    public async Task<bool> RemoveAsync(string name, CancellationToken cancel) =>
        await database.RunAsync(c => c.ExecuteAsync("DELETE FROM models WHERE name = $1", cancel, name), repeatable: false, cancel) == 1;

    /// <summary>Training trials with kept weights, the newest first, at most <paramref name="limit"/>.</summary>
    public Task<List<TrainedModel>> TrainedAsync(int limit, CancellationToken cancel) => Query(
        r => new TrainedModel(new TrialKey(r.GetString(0)), r.GetString(1), r.Text(2), r.Text(3), r.GetDouble(4), r.GetString(5), r.Text(6), r.Text(7), r.Time(8)), """
        SELECT t.key, t.weights, coalesce(n.labels ->> 'model', t.spec -> 'model' ->> 'kind'), coalesce(n.labels ->> 'target', t.spec -> 'data' ->> 'target'),
            t.val_error, t.val_unit, n.name, n.node, t.ended_at
        FROM trials t
        LEFT JOIN LATERAL (
            SELECT s.name, n.node, n.labels FROM study_nodes n JOIN studies s ON s.id = n.study_id WHERE n.trial_key = t.key ORDER BY s.changed_at DESC, n.ordinal LIMIT 1) n ON true
        WHERE t.weights IS NOT NULL AND t.val_error IS NOT NULL ORDER BY t.ended_at DESC LIMIT $1
        """, cancel, [limit]);

    Task<List<T>> Query<T>(Func<NpgsqlDataReader, T> row, string sql, CancellationToken cancel, object[] values) =>
        database.RunAsync(c => c.ReadAsync(row, sql, cancel, values), repeatable: true, cancel);

    static KeptModel Kept(NpgsqlDataReader r) => new(r.GetString(0), r.GetString(1), r.Key(2), r.GetString(3), r.Time(4));
}
