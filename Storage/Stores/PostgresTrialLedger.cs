using System.Text.RegularExpressions;
using AtomSets.Studies;
using Npgsql;

namespace AtomSets.Storage;

/// <summary>The ledger of trials in PostgreSQL. Leases run on the server's clock.</summary>
public sealed partial class PostgresTrialLedger(Database database) : ITrialLedger
{
    const string Columns = "key, kind, status, lease_epoch, owner, lease_until, attempts, checkpoint_artifact, checkpoint_epochs, result::text, failure, failure_transient, stale_reports";

    public Task<TrialClaim> ClaimAsync(TrialSpec spec, string owner, TimeSpan lease, CancellationToken cancellation) => database.RunAsync(async c =>
    {
        while (true)
        {
            if (await TryClaimAsync(c, spec, owner, lease, cancellation) is { } claimed) return claimed;
            var held = await c.ReadAsync<TrialClaim>(
                r => Sql.Word<TrialStatus>(r.GetString(0)) is TrialStatus.Finished ? new TrialClaim.AlreadyFinished(Result(r.GetString(1))) : new TrialClaim.HeldByOther(r.GetString(2), r.Time(3)),
                "SELECT status, result::text, owner, lease_until FROM trials WHERE key = $1 AND (status = 'finished' OR status = 'claimed' AND lease_until > clock_timestamp() AND lease_until <= clock_timestamp() + $2)",
                cancellation, spec.Key.Hex, ITrialLedger.MostLease(lease));
            // Neither: it became free between the two looks.
            if (held.Count > 0) return held[0];
        }
    }, repeatable: true, cancellation);

    public Task<bool> RenewAsync(TrialLease lease, TimeSpan duration, CancellationToken cancellation) =>
        WriteAsync(lease, "renew", null, "UPDATE trials SET lease_until = clock_timestamp() + $3", cancellation, duration);

    public Task<bool> RecordCheckpointAsync(TrialLease lease, TrialCheckpoint checkpoint, CancellationToken cancellation) =>
        WriteAsync(lease, "checkpoint", null, "UPDATE trials SET checkpoint_artifact = $3, checkpoint_epochs = $4, attempts = 0", cancellation, checkpoint.Artifact, checkpoint.Epochs);

    public Task<bool> FailAsync(TrialLease lease, string reason, bool transient, CancellationToken cancellation) =>
        WriteAsync(lease, "fail", TrialStatus.Failed,
            "UPDATE trials SET status = 'failed', failure = $3, failure_transient = $4, attempts = 0, ended_at = clock_timestamp()",
            cancellation, Sql.Storable(reason), transient);

    public Task<bool> ReleaseAsync(TrialLease lease, CancellationToken cancellation) =>
        WriteAsync(lease, "release", TrialStatus.Released, "UPDATE trials SET status = 'released', attempts = 0, ended_at = clock_timestamp()", cancellation);

    public Task<bool> FinishAsync(TrialLease lease, TrialResult result, IReadOnlyList<TrialPrediction> predictions, CancellationToken cancellation) => database.RunAsync(async c =>
    {
        var kind = result is TrainResult ? TrialKind.Train : TrialKind.Evaluate;
        var looks = result is EvaluationResult evaluation ? evaluation.Looks : [];
        // One statement: whoever stands still while it sends the rows holds no lock.
        var finished = await c.ReadAsync(r => true, """
            WITH finished AS (
                UPDATE trials SET status = 'finished', result = $4::jsonb, attempts = 0, checkpoint_artifact = NULL, checkpoint_epochs = NULL, ended_at = clock_timestamp()
                WHERE key = $1 AND lease_epoch = $2 AND status = 'claimed' AND kind = $3 RETURNING id),
            predicted AS (
                INSERT INTO predictions (trial_id, ordinal, row_set, material_id, target, value, truth)
                SELECT finished.id, x.n - 1, x.row_set, x.material_id, x.target, x.value, x.truth
                FROM finished, unnest($5::text[], $6::text[], $7::text[], $8::double precision[], $9::double precision[]) WITH ORDINALITY x(row_set, material_id, target, value, truth, n)),
            looked AS (
                INSERT INTO test_looks (trial_id, ordinal, data_set, target, rows, row_count)
                SELECT finished.id, x.n, x.data_set, x.target, x.rows, x.row_count
                FROM finished, unnest($10::text[], $11::text[], $12::text[], $13::integer[]) WITH ORDINALITY x(data_set, target, rows, row_count, n))
            SELECT id FROM finished
            """, cancellation, lease.Key.Hex, lease.Epoch, Sql.Word(kind), Sql.Json(result),
            predictions.Select(row => row.Set is RowSet.Test ? "test" : "validation").ToArray(), predictions.Select(row => Sql.Storable(row.MaterialId)).ToArray(),
            predictions.Select(row => Sql.Storable(row.Target)).ToArray(), predictions.Select(row => row.Value).ToArray(), predictions.Select(row => row.Truth).ToArray(),
            looks.Select(l => l.DataSet).ToArray(), looks.Select(l => l.Target).ToArray(), looks.Select(l => l.Rows).ToArray(), looks.Select(l => l.RowCount).ToArray());
        if (finished.Count > 0) return true;
        var current = await c.ReadAsync(r => (Kind: Sql.Word<TrialKind>(r.GetString(0)), Status: Sql.Word<TrialStatus>(r.GetString(1))),
            "SELECT kind, status FROM trials WHERE key = $1 AND lease_epoch = $2", cancellation, lease.Key.Hex, lease.Epoch);
        // The answer to an earlier call was lost.
        if (current is [{ Status: TrialStatus.Finished }]) return true;
        if (current is [{ Status: TrialStatus.Claimed }] && current[0].Kind != kind)
            throw new ArgumentException($"The result is of kind {kind}, the trial {lease.Key.Short} of kind {current[0].Kind}.", nameof(result));
        await RecordStaleAsync(c, lease, "finish", cancellation);
        return false;
    }, repeatable: true, cancellation);

    public Task ReopenAsync(TrialKey key, string weights, CancellationToken cancellation) => database.RunAsync(c => c.ExecuteAsync("""
        WITH reopened AS (UPDATE trials SET status = 'released' WHERE key = $1 AND status = 'finished' AND kind = 'train' AND weights = $2 RETURNING id)
        DELETE FROM predictions WHERE trial_id IN (SELECT id FROM reopened)
        """, cancellation, key.Hex, weights), repeatable: true, cancellation);

    public async Task<IReadOnlyList<ClaimedTrial>> ClaimedAsync(CancellationToken cancellation) =>
        await Query(r => new ClaimedTrial(new TrialKey(r.GetString(0)), r.GetString(1), r.GetTimeSpan(2), r.GetTimeSpan(3)),
            "SELECT key, owner, clock_timestamp() - claimed_at, lease_until - clock_timestamp() FROM trials WHERE status = 'claimed' ORDER BY key", cancellation);

    public async Task<IReadOnlyList<string>> OwnersAsync(CancellationToken cancellation) =>
        await Query(r => r.GetString(0), "SELECT DISTINCT owner COLLATE \"C\" FROM trials WHERE status = 'claimed' AND lease_until > clock_timestamp() ORDER BY 1", cancellation);

    public Task<int> ExpireAsync(string owner, CancellationToken cancellation) => database.RunAsync(c => c.ExecuteAsync(
        "UPDATE trials SET lease_until = clock_timestamp() WHERE status = 'claimed' AND lease_until > clock_timestamp() AND owner = $1", cancellation, owner), repeatable: true, cancellation);

    public async Task<IReadOnlyDictionary<TrialKey, TrialRecord>> FindAsync(IReadOnlyCollection<TrialKey> keys, CancellationToken cancellation) =>
        (await Query(Record, $"SELECT {Columns} FROM trials WHERE key = ANY($1)", cancellation, [keys.Select(k => k.Hex).ToArray()])).ToDictionary(r => r.Key);

    public async Task<TrialSpec?> SpecAsync(TrialKey key, CancellationToken cancellation) =>
        (await Query(r => TrialSpec.Parse(r.GetString(0)), "SELECT spec::text FROM trials WHERE key = $1", cancellation, key.Hex)).FirstOrDefault();

    public async Task<IReadOnlyList<TrialKey>> CompleteKeyAsync(string prefix, int limit, CancellationToken cancellation) =>
        // 'g' follows every hexadecimal digit.
        await Query(r => new TrialKey(r.GetString(0)), "SELECT key FROM trials WHERE key >= $1 AND key < $1 || 'g' ORDER BY key LIMIT $2", cancellation, prefix, limit);

    public async Task<IReadOnlyList<TrialPrediction>> PredictionsAsync(TrialKey key, CancellationToken cancellation) =>
        await Query(r => new TrialPrediction(Sql.Word<RowSet>(r.GetString(0)), r.GetString(1), r.GetString(2), r.GetDouble(3), r.GetDouble(4)),
            "SELECT row_set, material_id, target, value, truth FROM predictions WHERE trial_id = (SELECT id FROM trials WHERE key = $1) ORDER BY ordinal", cancellation, key.Hex);

    public async Task<IReadOnlyList<TestLookCount>> CountTestLooksAsync(CancellationToken cancellation) =>
        await Query(r => new TestLookCount(r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt32(3), (int)r.GetInt64(4)),
            "SELECT data_set, target, rows, row_count, count(*) FROM test_looks GROUP BY data_set, target, rows, row_count ORDER BY data_set, target, rows", cancellation);

    /// <returns>Null when it is finished or another's lease runs.</returns>
    static async Task<TrialClaim?> TryClaimAsync(NpgsqlConnection c, TrialSpec spec, string owner, TimeSpan lease, CancellationToken cancel)
    {
        var parents = HexString().Matches(spec.Json).Select(m => m.Groups["key"].Value).Distinct(StringComparer.Ordinal).ToArray();
        var claims = await c.ReadAsync(
            r => new TrialClaim.Claimed(new TrialLease(spec.Key, r.GetInt64(0)), r.Text(2) is { } artifact ? new TrialCheckpoint(artifact, r.GetInt32(3)) : null, r.GetInt32(1)), """
            WITH claim AS (
                INSERT INTO trials AS t (key, kind, spec, status, owner, lease_until) VALUES ($1, $2, $3::jsonb, 'claimed', $4, clock_timestamp() + $5)
                ON CONFLICT (key) DO UPDATE SET status = 'claimed', owner = excluded.owner, lease_epoch = t.lease_epoch + 1, lease_until = excluded.lease_until,
                    attempts = t.attempts + CASE WHEN t.status = 'claimed' THEN 1 ELSE 0 END,
                    failure = NULL, failure_transient = false, claimed_at = clock_timestamp(), ended_at = NULL
                WHERE t.status IN ('failed', 'released') OR t.status = 'claimed' AND (t.lease_until <= clock_timestamp() OR t.lease_until > clock_timestamp() + $7 OR t.owner = excluded.owner)
                RETURNING id, lease_epoch, attempts, checkpoint_artifact, checkpoint_epochs),
            parents AS (
                INSERT INTO trial_parents (trial_id, parent_id) SELECT claim.id, p.id FROM claim JOIN trials p ON p.key = ANY($6) WHERE claim.lease_epoch = 1)
            SELECT lease_epoch, attempts, checkpoint_artifact, checkpoint_epochs FROM claim
            """, cancel, spec.Key.Hex, Sql.Word(spec.Kind), spec.Json, owner, lease, parents, ITrialLedger.MostLease(lease));
        return claims.FirstOrDefault();
    }

    /// <summary>One update under the lease. When it hits nothing the report is stale, unless it repeats one that has ended the trial in the same way.</summary>
    Task<bool> WriteAsync(TrialLease lease, string report, TrialStatus? ends, string update, CancellationToken cancel, params object[] values) => database.RunAsync(async c =>
    {
        if (await c.ExecuteAsync(update + " WHERE key = $1 AND lease_epoch = $2 AND status = 'claimed'", cancel, [lease.Key.Hex, lease.Epoch, .. values]) == 1) return true;
        if (ends is { } status
            && (await c.ReadAsync(r => true, "SELECT FROM trials WHERE key = $1 AND lease_epoch = $2 AND status = $3", cancel, lease.Key.Hex, lease.Epoch, Sql.Word(status))).Count > 0) return true;
        await RecordStaleAsync(c, lease, report, cancel);
        return false;
    }, repeatable: true, cancel);

    internal static Task RecordStaleAsync(NpgsqlConnection c, TrialLease lease, string report, CancellationToken cancel) => c.ExecuteAsync("""
        WITH counted AS (UPDATE trials SET stale_reports = stale_reports + 1 WHERE key = $1)
        INSERT INTO stale_reports (trial_key, lease_epoch, report) VALUES ($1, $2, $3)
        """, cancel, lease.Key.Hex, lease.Epoch, report);

    Task<List<T>> Query<T>(Func<NpgsqlDataReader, T> row, string sql, CancellationToken cancel, params object[] values) =>
        database.RunAsync(c => c.ReadAsync(row, sql, cancel, values), repeatable: true, cancel);

    static TrialResult Result(string json) => StudyJson.Read<TrialResult>(json, "a trial's result");

    static TrialRecord Record(NpgsqlDataReader r) => new(
        new TrialKey(r.GetString(0)), Sql.Word<TrialKind>(r.GetString(1)), Sql.Word<TrialStatus>(r.GetString(2)), r.GetInt64(3), r.GetString(4), r.Time(5), r.GetInt32(6),
        r.Text(7) is { } artifact ? new TrialCheckpoint(artifact, r.GetInt32(8)) : null, r.Text(9) is { } result ? Result(result) : null, r.Text(10), r.GetBoolean(11), r.GetInt32(12));

    /// <summary>Strings that may be keys of parents; the join with the ledger sorts out hashes of other things.</summary>
    [GeneratedRegex("\"(?<key>[0-9a-f]{64})\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HexString();
}
