using System.Collections.ObjectModel;
using AtomSets.Studies;
using Npgsql;
using NpgsqlTypes;

namespace AtomSets.Storage;

/// <summary>Learning curves in PostgreSQL, by binary COPY.</summary>
public sealed class PostgresMetricSink(Database database) : IMetricSink
{
    public Task<bool> AppendAsync(TrialLease lease, IReadOnlyList<EpochRow> rows, CancellationToken cancellation) => UnderLeaseAsync(lease, async (c, trial) =>
    {
        if (rows.Count == 0) return;
        await c.ExecuteAsync("DELETE FROM epochs WHERE trial_id = $1 AND epoch >= $2", cancellation, trial, rows[0].Epoch);
        await using var copy = await c.BeginBinaryImportAsync(
            "COPY epochs (trial_id, epoch, train_loss, val_error, learning_rate, seconds, samples_per_second) FROM STDIN (FORMAT binary)", cancellation);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(trial, NpgsqlDbType.Bigint, cancellation);
            await copy.WriteAsync(row.Epoch, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(row.TrainLoss, NpgsqlDbType.Double, cancellation);
            await copy.WriteAsync(row.ValidationError, NpgsqlDbType.Double, cancellation);
            await copy.WriteAsync(row.LearningRate, NpgsqlDbType.Double, cancellation);
            await copy.WriteAsync(row.Seconds, NpgsqlDbType.Double, cancellation);
            await copy.WriteAsync(row.SamplesPerSecond, NpgsqlDbType.Double, cancellation);
        }
        await copy.CompleteAsync(cancellation);
    }, cancellation);

    public Task<bool> TruncateAsync(TrialLease lease, int lastEpoch, CancellationToken cancellation) => UnderLeaseAsync(
        lease, (c, trial) => c.ExecuteAsync("DELETE FROM epochs WHERE trial_id = $1 AND epoch > $2", cancellation, trial, lastEpoch), cancellation);

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

    /// <summary>One transaction in which nobody can take the trial over.</summary>
    Task<bool> UnderLeaseAsync(TrialLease lease, Func<NpgsqlConnection, long, Task> write, CancellationToken cancel) => database.RunAsync(async c =>
    {
        await using var transaction = await c.BeginTransactionAsync(cancel);
        var ids = await c.ReadAsync(r => r.GetInt64(0), "SELECT id FROM trials WHERE key = $1 AND lease_epoch = $2 FOR SHARE", cancel, lease.Key.Hex, lease.Epoch);
        if (ids.Count > 0) await write(c, ids[0]);
        else await PostgresTrialLedger.RecordStaleAsync(c, lease, "metrics", cancel);
        await transaction.CommitAsync(cancel);
        return ids.Count > 0;
    }, repeatable: true, cancel);
}
