using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AtomSets.Studies;
using Npgsql;

namespace AtomSets.Storage;

/// <summary>The event logs in PostgreSQL. A commit is one statement: the study's row guards the sequence, everything else follows from it.</summary>
public sealed class PostgresStudyLog(Database database) : IStudyLog
{
    /// <summary>That a busy server with a slow disk writes at least, with what is kept of them among the results.</summary>
    const int NodesPerSecond = 200;

    const int Page = 1000;

    const string Header = "name, status, hash, priority, description, nodes, finished, failed, blocked, last_sequence, created_at, changed_at";

    /// <summary>Parameters: $1 name, $2 expected sequence, $3 to $10 the header, $11 last sequence, $12 source, $13 facts.</summary>
    const string InsertStudy = """
        WITH s AS (
            INSERT INTO studies (name, status, hash, priority, description, nodes, finished, failed, blocked, last_sequence, source, facts)
            SELECT $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::jsonb WHERE $2 = 1::bigint
            ON CONFLICT (name) DO NOTHING RETURNING id)
        """;

    const string UpdateStudy = """
        WITH s AS (
            UPDATE studies SET status = $3, hash = $4, priority = $5, description = $6, nodes = $7, finished = $8, failed = $9, blocked = $10,
                last_sequence = $11, source = coalesce($12, source), facts = coalesce($13::jsonb, facts), changed_at = clock_timestamp()
            WHERE name = $1 AND last_sequence = $2 - 1 RETURNING id)
        """;

    /// <summary>$14 events; $15, $16 decisions; $17 to $25 node rows; $26 removed nodes.</summary>
    const string Rows = """
        , e AS (
            INSERT INTO study_events (study_id, seq, payload)
            SELECT s.id, $2 + x.n - 1, x.payload::json FROM s, unnest($14::text[]) WITH ORDINALITY x(payload, n)),
        d AS (
            INSERT INTO study_decisions (study_id, seq, ordinal, node, decision)
            SELECT s.id, $11, x.n, x.node, x.decision FROM s, unnest($15::text[], $16::text[]) WITH ORDINALITY x(node, decision, n)),
        n AS (
            INSERT INTO study_nodes (study_id, node, kind, grp, replicate, status, trial_key, winner, reason, labels)
            SELECT s.id, x.node, x.kind, x.grp, x.replicate, x.status, x.trial_key, x.winner, x.reason, x.labels::jsonb
            FROM s, unnest($17::text[], $18::text[], $19::text[], $20::integer[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[])
                WITH ORDINALITY x(node, kind, grp, replicate, status, trial_key, winner, reason, labels, n) ORDER BY x.n
            ON CONFLICT (study_id, node) DO UPDATE SET kind = excluded.kind, grp = excluded.grp, replicate = excluded.replicate,
                status = excluded.status, trial_key = excluded.trial_key, winner = excluded.winner, reason = excluded.reason, labels = excluded.labels),
        r AS (
            DELETE FROM study_nodes USING s WHERE study_nodes.study_id = s.id AND study_nodes.node = ANY($26::text[]))
        SELECT id FROM s
        """;

    public async Task CreateAsync(string study, StudyCommit first, CancellationToken cancellation)
    {
        if (first.ExpectedSequence != 1) throw new ArgumentException($"A new study begins with event 1, not {first.ExpectedSequence}.", nameof(first));
        if (!await CommitAsync(InsertStudy + Rows, study, first, cancellation)) throw new StudyExistsException(study);
    }

    public async Task AppendAsync(string study, StudyCommit commit, CancellationToken cancellation)
    {
        if (await CommitAsync(UpdateStudy + Rows, study, commit, cancellation)) return;
        await RequireAsync(study, cancellation);
        throw new StudyLogConflictException(study, commit.ExpectedSequence);
    }

    public async IAsyncEnumerable<StoredEvent> ReadAsync(string study, long fromSequence, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var id = await RequireAsync(study, cancellation);
        while (true)
        {
            var from = fromSequence;
            var page = await Query(r => new StoredEvent(r.GetInt64(0), r.Time(1), StudyJson.Read<StudyEvent>(r.GetString(2), $"event {r.GetInt64(0)} of study '{study}'")),
                "SELECT seq, at, payload::text FROM study_events WHERE study_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3", cancellation, id, from, Page);
            foreach (var item in page) yield return item;
            if (page.Count < Page) yield break;
            fromSequence = page[^1].Sequence + 1;
        }
    }

    public Task SaveSnapshotAsync(string study, StudySnapshot snapshot, CancellationToken cancellation) => SaveAsync("study_snapshots", "state", study, snapshot, cancellation);

    public Task<StudySnapshot?> LoadSnapshotAsync(string study, CancellationToken cancellation) => LoadAsync("study_snapshots", "state", study, cancellation);

    public async Task<ResolvedStudy> RevisionAsync(string study, CancellationToken cancellation) => StudyEvent.RevisionOf((await Query(
        r => StudyJson.Read<StudyEvent>(r.GetString(0), $"the plan of study '{study}'"),
        "SELECT payload::text FROM study_events WHERE study_id = $1 AND payload ->> 'event' IN ('started', 'extended') ORDER BY seq DESC LIMIT 1", cancellation, await RequireAsync(study, cancellation)))[0])!;

    public async Task SaveEndingAsync(string study, StudySnapshot ending, CancellationToken cancellation)
    {
        try
        {
            await SaveAsync("study_endings", "ending", study, ending, cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // Who may only read looks at studies too.
        }
    }

    public Task<StudySnapshot?> LoadEndingAsync(string study, CancellationToken cancellation) => LoadAsync("study_endings", "ending", study, cancellation);

    public async Task<IReadOnlyList<StudySummary>> ListAsync(CancellationToken cancellation) =>
        await Query(Summary, $"SELECT {Header} FROM studies ORDER BY name", cancellation);

    public async Task<StudySummary?> FindAsync(string study, CancellationToken cancellation) =>
        (await Query(Summary, $"SELECT {Header} FROM studies WHERE name = $1", cancellation, study)).FirstOrDefault();

    public async Task<IReadOnlyList<NodeRow>> NodesAsync(string study, CancellationToken cancellation) =>
        await Query(Node, """
            SELECT node, kind, grp, replicate, status, trial_key, winner, reason, labels::text FROM study_nodes WHERE study_id = $1 ORDER BY ordinal
            """, cancellation, await RequireAsync(study, cancellation));

    public async Task<IReadOnlyList<StoredDecision>> DecisionsAsync(string study, CancellationToken cancellation) =>
        await Query(Decision, "SELECT seq, at, node, decision FROM study_decisions WHERE study_id = $1 ORDER BY seq, ordinal", cancellation, await RequireAsync(study, cancellation));

    public async Task<DecisionPage> DecisionsAsync(string study, DecisionFilter filter, CancellationToken cancellation)
    {
        const string Matching = "FROM study_decisions WHERE study_id = $1 AND ($2 = '' OR strpos(lower(decision), $2) > 0 OR strpos(lower(node), $2) > 0)";
        var (id, text) = (await RequireAsync(study, cancellation), filter.Text?.ToLowerInvariant() ?? "");
        var newestFirst = await Query(Decision, $"SELECT seq, at, node, decision {Matching} ORDER BY seq DESC, ordinal DESC OFFSET $3 LIMIT $4", cancellation, id, text, filter.Skip, filter.Limit);
        var total = await Query(r => r.GetInt64(0), $"SELECT count(*) {Matching}", cancellation, id, text);
        return new DecisionPage([.. Enumerable.Reverse(newestFirst)], total[0]);
    }

    public async Task<bool> DeleteAsync(string study, CancellationToken cancellation)
    {
        if (await FindAsync(study, cancellation) is not { Header.Nodes: var nodes }) return false;
        return await database.RunAsync(async c =>
        {
            await using var command = c.Command("DELETE FROM studies WHERE name = $1", study);
            Allow(command, nodes);
            return await command.ExecuteNonQueryAsync(cancellation);
        }, repeatable: false, cancellation) > 0;
    }

    /// <returns>False when the study's row did not allow it.</returns>
    Task<bool> CommitAsync(string sql, string study, StudyCommit commit, CancellationToken cancel)
    {
        var (header, nodes, last) = (commit.Header, commit.ChangedNodes, commit.ExpectedSequence + commit.Events.Length - 1);
        if (commit.Events.IsEmpty) throw new ArgumentException("A commit has at least one event.", nameof(commit));
        var revision = commit.Events.Select(StudyEvent.RevisionOf).LastOrDefault(s => s is not null);
        object?[] values =
        [
            study, commit.ExpectedSequence, Sql.Word(header.Status), header.Hash, header.Priority, Sql.Storable(header.Description),
            header.Nodes, header.Finished, header.Failed, header.Blocked, last,
            revision is null ? null : Sql.Storable(revision.Source), revision is null ? null : Sql.Json(revision.Facts),
            commit.Events.Select(Sql.Json).ToArray(),
            commit.Decisions.Select(d => d.Node).ToArray(), commit.Decisions.Select(d => Sql.Storable(d.Text)).ToArray(),
            nodes.Select(n => n.Node).ToArray(), nodes.Select(n => n.Kind).ToArray(), nodes.Select(n => n.Group).ToArray(),
            nodes.Select(n => n.Replicate).ToArray(), nodes.Select(n => Sql.Word(n.Status)).ToArray(), nodes.Select(n => n.Key?.Hex).ToArray(),
            nodes.Select(n => n.Winner).ToArray(), nodes.Select(n => n.Reason is null ? null : Sql.Storable(n.Reason)).ToArray(),
            nodes.Select(n => Sql.Json(n.Labels)).ToArray(), commit.RemovedNodes.ToArray(),
        ];
        return database.RunAsync(async c =>
        {
            await using var command = c.Command(sql, values);
            Allow(command, nodes.Length + commit.RemovedNodes.Length);
            return await command.ExecuteScalarAsync(cancel) is long;
        }, repeatable: false, cancel);
    }

    /// <summary>The usual patience is for statements about a few rows; a commit has up to 100,000 nodes. (0 is no limit.)</summary>
    static void Allow(NpgsqlCommand command, int nodes)
    {
        if (command.CommandTimeout > 0) command.CommandTimeout += nodes / NodesPerSecond;
    }

    async Task SaveAsync(string table, string column, string study, StudySnapshot snapshot, CancellationToken cancel)
    {
        var id = await RequireAsync(study, cancel);
        await database.RunAsync(c => c.ExecuteAsync($"""
            INSERT INTO {table} (study_id, seq, {column}) SELECT id, $2, $3::json FROM studies WHERE id = $1
            ON CONFLICT (study_id) DO UPDATE SET seq = excluded.seq, {column} = excluded.{column} WHERE {table}.seq <= excluded.seq
            """, cancel, id, snapshot.Sequence, snapshot.State), repeatable: true, cancel);
    }

    async Task<StudySnapshot?> LoadAsync(string table, string column, string study, CancellationToken cancel) =>
        (await Query(r => new StudySnapshot(r.GetInt64(0), r.GetString(1)), $"SELECT p.seq, p.{column}::text FROM {table} p JOIN studies s ON s.id = p.study_id WHERE s.name = $1", cancel, study)).FirstOrDefault();

    async Task<long> RequireAsync(string study, CancellationToken cancel)
    {
        var ids = await Query(r => r.GetInt64(0), "SELECT id FROM studies WHERE name = $1", cancel, study);
        return ids.Count > 0 ? ids[0] : throw new StudyNotFoundException(study);
    }

    Task<List<T>> Query<T>(Func<NpgsqlDataReader, T> row, string sql, CancellationToken cancel, params object[] values) =>
        database.RunAsync(c => c.ReadAsync(row, sql, cancel, values), repeatable: true, cancel);

    static StudySummary Summary(NpgsqlDataReader r) => new(
        r.GetString(0),
        new StudyHeader(Sql.Word<StudyStatus>(r.GetString(1)), r.GetString(2), r.GetInt32(3), r.GetString(4), r.GetInt32(5), r.GetInt32(6), r.GetInt32(7), r.GetInt32(8)),
        r.GetInt64(9), r.Time(10), r.Time(11));

    static StoredDecision Decision(NpgsqlDataReader r) => new(r.GetInt64(0), r.Time(1), new Decision(r.Text(2), r.GetString(3)));

    static NodeRow Node(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetString(1), r.Text(2), r.Int(3), Sql.Word<NodeStatus>(r.GetString(4)), r.Text(5) is { } key ? new TrialKey(key) : null, r.Text(6), r.Text(7),
        StudyJson.Read<ImmutableSortedDictionary<string, string>>(r.GetString(8), "the labels of a node"));
}
