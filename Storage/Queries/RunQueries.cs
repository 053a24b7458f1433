using System.Globalization;
using System.Text.Json;

namespace AtomSets.Storage;

/// <summary>One training run of a study, with its test; errors in <paramref name="Unit"/>.</summary>
public sealed record RunRow(
    string Node, string? Configuration, string? Role, string Status, string? Model, string? Family, string? Mode, string? Source, long? SourceSize, string? Target, string? DataSet, string? Property, long? Size,
    long? Seed, string? Fold, IReadOnlyDictionary<string, string> Settings, double? Validation, double? Test, string? Metric, string? Unit, long? Epochs, long? BestEpoch, string? Stop, double? Seconds, long? Parameters,
    string? Worker, string? Trial);

/// <param name="Total">How many match.</param>
public sealed record RunPage(long Total, int Offset, IReadOnlyList<RunRow> Rows);

/// <summary>Runs page by page, in plan order.</summary>
public sealed class RunQueries(Database database)
{
    /// <param name="configuration">Only the replicates of this one; null: all.</param>
    public Task<RunPage> ReadAsync(ResultFilter filter, string? configuration, int offset, int limit, CancellationToken cancel)
    {
        var where = $"{filter.Where("r")} AND ($11 = '' OR r.configuration = $11)";
        return database.RunAsync(async c =>
        {
            object?[] values = [.. filter.Values(await ResultQueries.StudiesAsync(c, filter, cancel)), configuration ?? ""];
            var total = (await c.ReadAsync(r => r.GetInt64(0), $"SELECT count(*) FROM runs r WHERE {where}", cancel, values))[0];
            var rows = await c.ReadAsync(r => new RunRow(
                r.GetString(0), r.Text(1), r.Text(2), r.GetString(3), r.Text(4), r.Text(5), r.Text(6), r.Text(7), r.Whole(8), r.Text(9), r.Text(10), r.Text(11), r.Whole(12), r.Whole(13), r.Text(14),
                r.Text(15) is { } settings ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(settings)! : ResultRow.NothingDrawn, r.Double(16), r.Double(17), r.Text(18), r.Text(19), r.Whole(20), r.Whole(21),
                r.Text(22), r.Double(23), r.Whole(24), r.Text(25), r.Text(26)), $"""
                SELECT r.node, r.configuration, r.role, r.status, r.model, r.family, r.mode, r.source, r.source_size, r.target, r.data_set, r.property, r.size, r.seed, r.fold, r.settings::text, r.val_error, r.test_error,
                    coalesce(r.test_metric, r.val_metric), r.unit, r.epochs, r.best_epoch, r.stop, CASE WHEN r.kind = 'train' THEN r.seconds ELSE r.test_seconds END, r.parameters, r.worker, n.trial_key
                FROM (SELECT * FROM runs r WHERE {where} ORDER BY r.study_id, r.ordinal LIMIT {limit.ToString(CultureInfo.InvariantCulture)} OFFSET {offset.ToString(CultureInfo.InvariantCulture)}) r
                LEFT JOIN study_nodes n ON n.study_id = r.study_id AND n.node = r.node ORDER BY r.study_id, r.ordinal
                """, cancel, values);
            return new RunPage(total, offset, rows);
        }, repeatable: true, cancel);
    }
}
