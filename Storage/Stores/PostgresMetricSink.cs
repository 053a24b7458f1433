using System.Collections.ObjectModel;
using AtomSets.Studies;
using Npgsql;

namespace AtomSets.Storage;

/// <summary>Learning curves in PostgreSQL.</summary>
public sealed class PostgresMetricSink(Database database) : IMetricSink
{
    public Task<bool> AppendAsync(TrialLease lease, IReadOnlyList<EpochRow> rows, CancellationToken cancellation) => rows.Count == 0
        ? TruncateAsync(lease, int.MaxValue, cancellation)
        : UnderLeaseAsync(lease, """
            , gone AS (DELETE FROM epochs USING held WHERE trial_id = held.id AND epoch > $4),
            written AS (
                INSERT INTO epochs (trial_id, epoch, train_loss, val_error, learning_rate, seconds, samples_per_second)
                SELECT held.id, x.* FROM held,
                    unnest($3::integer[], $5::double precision[], $6::double precision[], $7::double precision[], $8::double precision[], $9::double precision[]) x
                ON CONFLICT (trial_id, epoch) DO UPDATE SET train_loss = excluded.train_loss, val_error = excluded.val_error, learning_rate = excluded.learning_rate,
                    seconds = excluded.seconds, samples_per_second = excluded.samples_per_second)
            """, cancellation,
            rows.Select(row => row.Epoch).ToArray(), rows[^1].Epoch, rows.Select(row => row.TrainLoss).ToArray(), rows.Select(row => row.ValidationError).ToArray(),
            rows.Select(row => row.LearningRate).ToArray(), rows.Select(row => row.Seconds).ToArray(), rows.Select(row => row.SamplesPerSecond).ToArray());

    public Task<bool> TruncateAsync(TrialLease lease, int lastEpoch, CancellationToken cancellation) => UnderLeaseAsync(
        lease, ", gone AS (DELETE FROM epochs USING held WHERE trial_id = held.id AND epoch > $3)", cancellation, lastEpoch);

    public async Task<IReadOnlyDictionary<TrialKey, EpochRow>> LastAsync(IReadOnlyCollection<TrialKey> keys, CancellationToken cancellation)
    {
        if (keys.Count == 0) return ReadOnlyDictionary<TrialKey, EpochRow>.Empty;
        var rows = await database.RunAsync(c => c.ReadAsync(r => (Key: new TrialKey(r.GetString(6)), Row: Row(r)), """
            SELECT e.epoch, e.train_loss, e.val_error, e.learning_rate, e.seconds, e.samples_per_second, t.key
            FROM trials t CROSS JOIN LATERAL (SELECT * FROM epochs WHERE trial_id = t.id ORDER BY epoch DESC LIMIT 1) e WHERE t.key = ANY($1)
            """, cancellation, new object[] { keys.Select(key => key.Hex).ToArray() }), repeatable: true, cancellation);
        return rows.ToDictionary(row => row.Key, row => row.Row);
    }

    public async Task<IReadOnlyList<EpochRow>> ReadAsync(TrialKey key, CancellationToken cancellation) => await database.RunAsync(c => c.ReadAsync(
        Row,
        "SELECT epoch, train_loss, val_error, learning_rate, seconds, samples_per_second FROM epochs WHERE trial_id = (SELECT id FROM trials WHERE key = $1) ORDER BY epoch",
        cancellation, key.Hex), repeatable: true, cancellation);

    static EpochRow Row(NpgsqlDataReader r) => new(r.GetInt32(0), r.GetDouble(1), r.GetDouble(2), r.GetDouble(3), r.GetDouble(4), r.GetDouble(5));

    /// <summary>One statement in which nobody can take the trial over: whoever stands still while it sends the rows holds no lock.</summary>
    /// <param name="write">Further queries: <c>held</c> has the trial's id; $1 and $2 are the lease's.</param>
    Task<bool> UnderLeaseAsync(TrialLease lease, string write, CancellationToken cancel, params object[] values) => database.RunAsync(async c =>
    {
        var held = await c.ReadAsync(r => true, $"""
            WITH held AS (SELECT id FROM trials WHERE key = $1 AND lease_epoch = $2 FOR SHARE)
            {write}
            SELECT id FROM held
            """, cancel, [lease.Key.Hex, lease.Epoch, .. values]);
        if (held.Count == 0) await PostgresTrialLedger.RecordStaleAsync(c, lease, "metrics", cancel);
        return held.Count > 0;
    }, repeatable: true, cancel);
}
