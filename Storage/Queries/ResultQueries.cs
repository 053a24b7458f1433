using System.Globalization;
using System.Text.Json;
using AtomSets.Studies;
using Npgsql;

namespace AtomSets.Storage;

/// <summary>What a study's report and <c>results --by</c> read: runs, groups over replicates, looks at test rows.</summary>
public sealed class ResultQueries(Database database)
{
    /// <summary>Matching rows in plan order, study by study as they were begun, at most <paramref name="limit"/>.</summary>
    public Task<List<ResultRow>> RowsAsync(ResultFilter filter, int limit, CancellationToken cancel) => Query(filter, Row, $"""
        SELECT s.name, r.node, CASE WHEN r.kind = 'train' THEN r.configuration END, r.replicate, r.status, r.role, r.model, r.mode, r.source, r.source_size, r.target, r.data_set, r.property,
            r.size, r.seed, r.val_error, r.test_error, coalesce(r.test_metric, r.val_metric), r.unit,
            r.epochs, r.best_epoch, r.stop, CASE WHEN r.kind = 'train' THEN r.seconds ELSE r.test_seconds END, r.parameters, CASE WHEN r.kind = 'train' THEN n.trial_key END, e.key, n.reason, r.fold,
            whole_number(n.labels ->> 'rung'), r.settings::text, r.method
        FROM (SELECT * FROM runs r WHERE {filter.Where("r")} ORDER BY r.study_id, r.ordinal LIMIT $11) r
        JOIN studies s ON s.id = r.study_id
        LEFT JOIN trials e ON e.id = r.test_id
        LEFT JOIN study_nodes n ON n.study_id = r.study_id AND n.node = r.node
        ORDER BY r.study_id, r.ordinal
        """, cancel, limit);

    /// <summary>Mean ± standard error over the runs that agree in <paramref name="by"/>; sorted by these columns. A run that several studies share counts once.</summary>
    /// <exception cref="StorageException">A group mixes units.</exception>
    public async Task<List<ResultGroup>> GroupsAsync(ResultFilter filter, IReadOnlyList<ResultColumn> by, CancellationToken cancel)
    {
        var ofRuns = filter.Seeds.Count > 0 || by.Contains(ResultColumn.Seed) || by.Contains(ResultColumn.Fold);
        var names = by.Select(Name).ToList();
        var groups = await Query(filter, r => Group(r, names.Count), Groups(filter, names, ofRuns), cancel);
        return names.Count == 0 && groups is [{ Runs: 0, Failed: 0, Pending: 0 }] ? [] : groups;
    }

    // Sums over configurations, or over runs, less what several studies (or nodes) share: each of those runs counts once in a group. What paused at a rung is no
    // result: its draw went on or was pruned.
    static string Groups(ResultFilter filter, List<string> names, bool ofRuns)
    {
        string Keys(string row) => string.Concat(names.Select(name => $"{Column(row, name)} AS {name}, "));
        var keys = string.Concat(names.Select(name => name + ", "));
        var sums = ofRuns ? $"""
            SELECT {Keys("r")}(status = 'finished')::integer AS runs, (status IN ('failed', 'blocked'))::integer AS failed, (status IN ('waiting', 'requested'))::integer AS pending,
                (stop IS NOT DISTINCT FROM 'cap')::integer AS capped, (val_error IS NOT NULL)::integer AS val_runs, val_error AS val_sum, val_error ^ 2 AS val_squares,
                (test_error IS NOT NULL)::integer AS test_runs, test_error AS test_sum, test_error ^ 2 AS test_squares, coalesce(test_metric, val_metric) AS metric, unit, unit AS other_unit,
                CASE kind WHEN 'train' THEN seconds ELSE test_seconds END AS seconds
            FROM runs r {Studies("r")} WHERE {filter.Where("r")} AND stop IS DISTINCT FROM 'paused'
            """ : $"""
            SELECT {Keys("c")}runs, failed, pending, capped, val_runs, val_sum, val_squares, test_runs, test_sum, test_squares, metric, unit, coalesce(other_unit, unit) AS other_unit, seconds
            FROM configurations c {Studies("c")} WHERE {filter.Where("c")}
            """;
        return $"""
            WITH repeating AS (SELECT DISTINCT trial_id FROM runs r WHERE repeats AND trial_id IS NOT NULL AND {filter.Where("r")}),
            sums AS (
                SELECT {keys}sum(runs) AS runs, sum(failed) AS failed, sum(pending) AS pending, sum(capped) AS capped, sum(val_runs) AS val_runs, sum(val_sum) AS val_sum, sum(val_squares) AS val_squares,
                    sum(test_runs) AS test_runs, sum(test_sum) AS test_sum, sum(test_squares) AS test_squares, min(metric) AS metric, min(unit) AS unit, max(other_unit) AS other_unit, sum(seconds) AS seconds
                FROM ({sums}) single {(names.Count == 0 ? "" : $"GROUP BY {string.Join(", ", names)}")}
                UNION ALL
                SELECT {keys}-finished, -failed, 0, -capped, -val_runs, -val_runs * val_error, -val_runs * val_error ^ 2, -test_runs, -test_runs * test_error, -test_runs * test_error ^ 2,
                    NULL, NULL, NULL, -seconds
                FROM (
                    SELECT {Keys("r")}trial_id,
                        greatest(count(*) FILTER (WHERE status = 'finished') - 1, 0) AS finished, greatest(count(*) FILTER (WHERE status IN ('failed', 'blocked')) - 1, 0) AS failed,
                        greatest(count(*) FILTER (WHERE stop = 'cap') - 1, 0) AS capped,
                        greatest(count(val_error) - 1, 0) AS val_runs, coalesce(min(val_error), 0) AS val_error,
                        greatest(count(test_error) - 1, 0) AS test_runs, coalesce(min(test_error), 0) AS test_error,
                        greatest(count(*) - 1, 0) * coalesce(min(seconds), 0) AS seconds
                    FROM repeating JOIN runs r USING (trial_id) {Studies("r")}
                    WHERE {filter.Where("r")} AND stop IS DISTINCT FROM 'paused' GROUP BY {keys}trial_id HAVING count(*) > 1) extra)
            SELECT {keys}
                sum(runs)::bigint, sum(failed)::bigint, sum(pending)::bigint, sum(capped)::bigint,
                {Moments("val")}, {Moments("test")},
                min(metric), min(unit), max(other_unit), coalesce(sum(seconds), 0)
            FROM sums {Grouping(names)}
            """;
    }

    // Mean, standard deviation of a sample, count.
    static string Moments(string of) => $"""
        sum({of}_sum) / nullif(sum({of}_runs), 0),
        sqrt(greatest(sum({of}_squares) - sum({of}_sum) ^ 2 / nullif(sum({of}_runs), 0), 0) / nullif(sum({of}_runs) - 1, 0)),
        coalesce(sum({of}_runs), 0)::bigint
        """;

    static string Grouping(List<string> names) => names.Count == 0 ? "" : $"GROUP BY {string.Join(", ", names)} ORDER BY {string.Join(", ", names)}";

    /// <summary>How often which test rows were looked at, in the whole database and by these studies (none: all); most often first.</summary>
    public Task<List<TestLookSummary>> TestLooksAsync(IReadOnlyList<string> studies, CancellationToken cancel) => database.RunAsync(c => c.ReadAsync(
        r => new TestLookSummary(r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt32(3), (int)r.GetInt64(4), (int)r.GetInt64(5)), """
        WITH mine AS (
            SELECT DISTINCT t.id FROM study_nodes n JOIN studies s ON s.id = n.study_id JOIN trials t ON t.key = n.trial_key
            WHERE t.kind = 'evaluate' AND (cardinality($1::text[]) = 0 OR s.name = ANY($1)))
        SELECT l.data_set, l.target, l.rows, l.row_count, count(*), count(mine.id)
        FROM test_looks l LEFT JOIN mine ON mine.id = l.trial_id
        GROUP BY l.data_set, l.target, l.rows, l.row_count HAVING cardinality($1::text[]) = 0 OR count(mine.id) > 0
        ORDER BY count(*) DESC, l.data_set, l.target, l.rows
        """, cancel, [studies.ToArray()]), repeatable: true, cancel);

    /// <summary>A column's name in the tables; names of our own enumeration only ever come here.</summary>
    internal static string Name(ResultColumn column) => column switch
    {
        ResultColumn.Group => "configuration",
        ResultColumn.SourceSize => "source_size",
        ResultColumn.DataSet => "data_set",
        _ when Enum.IsDefined(column) => Sql.Word(column),
        _ => throw new ArgumentOutOfRangeException(nameof(column)),
    };

    // The name alone: others of its columns are called as columns of ours.
    static string Studies(string row) => $"JOIN (SELECT id, name FROM studies) s ON s.id = {row}.study_id";

    internal static string Column(string row, string name) => name == "study" ? "s.name" : $"{row}.{name}";

    /// <summary>Ids of the filter's studies: with them, not with names, the server knows how many rows to expect.</summary>
    internal static async Task<long[]> StudiesAsync(NpgsqlConnection connection, ResultFilter filter, CancellationToken cancel) => filter.Studies.Count == 0 ? []
        : [.. await connection.ReadAsync(r => r.GetInt64(0), "SELECT id FROM studies WHERE name = ANY($1)", cancel, [filter.Studies.ToArray()])];

    Task<List<T>> Query<T>(ResultFilter filter, Func<NpgsqlDataReader, T> row, string sql, CancellationToken cancel, params object[] more) => database.RunAsync(
        async c => await c.ReadAsync(row, sql, cancel, [.. filter.Values(await StudiesAsync(c, filter, cancel)), .. more]), repeatable: true, cancel);

    static ResultRow Row(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetString(1), r.Text(2), r.Int(3), Sql.Word<NodeStatus>(r.GetString(4)), r.Text(5), r.Text(6), r.Text(7), r.Text(8), r.Long(9),
        r.Text(10), r.Text(11), r.Text(12), r.Long(13), r.Long(14), r.Double(15), r.Double(16), r.Text(17), r.Text(18), r.Int(19), r.Int(20), r.Text(21), r.Double(22), r.Long(23),
        r.Key(24), r.Key(25), r.Text(26), r.Text(27)) { Rung = (int?)r.Long(28), Method = r.Text(30), Drawn = r.Text(29) is { } drawn ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(drawn)! : ResultRow.NothingDrawn };

    static ResultGroup Group(NpgsqlDataReader r, int by)
    {
        var values = Enumerable.Range(0, by).Select(i => r.IsDBNull(i) ? null : Convert.ToString(r.GetValue(i), CultureInfo.InvariantCulture)).ToList();
        var (unit, other) = (r.Text(by + 11), r.Text(by + 12));
        if (unit != other)
            throw new StorageException($"a group mixes errors in {unit} and {other}{(by > 0 ? $" ({string.Join(", ", values)})" : "")}; group by target too, or choose one");
        return new ResultGroup(values, Count(r, by), Count(r, by + 1), Count(r, by + 2), Count(r, by + 3),
            Estimated(r, by + 4), Estimated(r, by + 7), r.Text(by + 10), unit, r.GetDouble(by + 13));
    }

    // Sums over no row are null.
    static int Count(NpgsqlDataReader r, int column) => (int)(r.Long(column) ?? 0);

    /// <summary>Mean, standard deviation and count in three columns.</summary>
    static Estimate? Estimated(NpgsqlDataReader r, int column) => r.Double(column) is not { } mean ? null
        : new Estimate(mean, r.Double(column + 1) / Math.Sqrt(r.GetInt64(column + 2)), (int)r.GetInt64(column + 2));
}
