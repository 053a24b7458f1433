using Npgsql;

namespace AtomSets.Browser.Tests;

/// <summary>A study of very many trials, without training them: the events of <c>quick</c> under another name, with runs, scores and learning curves drawn by SQL.</summary>
static class GiantStudy
{
    const string Sql = """
        INSERT INTO studies (name, status, hash, priority, description, nodes, finished, failed, blocked, last_sequence, source, facts)
        SELECT 'giant', status, hash, priority, 'Very many trials', $1, $1, 0, 0, last_sequence, source, facts FROM studies WHERE name = 'quick';
        """;

    const string Events = """
        INSERT INTO study_events (study_id, seq, at, payload) SELECT g.id, e.seq, e.at, e.payload FROM study_events e JOIN studies q ON q.id = e.study_id AND q.name = 'quick', studies g WHERE g.name = 'giant'
        """;

    const string Trials = """
        INSERT INTO trials (key, kind, spec, status, owner, lease_until, ended_at, result)
        SELECT encode(sha256(('giant' || i)::bytea), 'hex'), 'train', t.spec, 'finished', 'giant', now(), now(),
            jsonb_set(jsonb_set(t.result, '{score,value}', to_jsonb(0.2 + 0.0001 * ((i * 7919) % 10007))), '{epochs}', '20')
        FROM generate_series(0, $1 - 1) i,
            (SELECT t.* FROM trials t JOIN study_nodes n ON n.trial_key = t.key JOIN studies s ON s.id = n.study_id WHERE s.name = 'quick' AND n.kind = 'train' AND n.labels ->> 'mode' = 'full' LIMIT 1) t
        """;

    const string Nodes = """
        INSERT INTO study_nodes (study_id, node, kind, grp, replicate, status, trial_key, labels)
        SELECT g.id, format('transfer/dear/full/cheap/n25/search/%s/s1', i), 'train', format('transfer/dear/full/cheap/n25/search/%s', i), 0, 'finished', encode(sha256(('giant' || i)::bytea), 'hex'),
            n.labels || jsonb_build_object('draw', i::text)
        FROM generate_series(0, $1 - 1) i, studies g,
            (SELECT n.labels FROM study_nodes n JOIN studies s ON s.id = n.study_id WHERE s.name = 'quick' AND n.kind = 'train' AND n.labels ->> 'mode' = 'full' LIMIT 1) n
        WHERE g.name = 'giant'
        """;

    const string Epochs = """
        INSERT INTO epochs SELECT t.id, e, 1.0 / e, 0.3 + (t.id % 97) * 0.01 + 2.0 / e, 0.001, 0.1, 1000 FROM trials t, generate_series(1, 20) e WHERE t.owner = 'giant' AND t.id % 2 = 0
        """;

    public static async Task MakeAsync(string address, int trials)
    {
        await using var connection = new NpgsqlConnection(address);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var sql in (string[])[Sql, Events, Trials, Nodes, Epochs])
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction) { CommandTimeout = 300 };
            if (sql.Contains("$1", StringComparison.Ordinal)) command.Parameters.Add(new() { Value = trials });
            await command.ExecuteNonQueryAsync();
        }
        await transaction.CommitAsync();
    }
}
