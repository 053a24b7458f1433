using System.Text.Json;
using AtomSets.Studies;
using Npgsql;

namespace AtomSets.Storage;

/// <summary>What the verb <c>results</c> asks: rows, groups over replicates, looks at test rows, curves, worst materials.</summary>
public sealed class ResultQueries(Database database)
{
    /// <summary>Matching rows in plan order, at most <paramref name="limit"/>.</summary>
    public Task<List<ResultRow>> RowsAsync(ResultFilter filter, int limit, CancellationToken cancel) => Query(Row, $"""
        SELECT study, node, grp, replicate, status, role, model, mode, source, source_size, target, data_set, property, size, seed, val_error, test_error, coalesce(test_metric, val_metric), unit,
            epochs, best_epoch, stop, seconds, parameters, key, test_key, reason, fold,
            whole_number(labels ->> 'rung'), (labels - string_to_array('role data property unit rows size source source_rows target mode model seed fold rung', ' '))::text
        FROM result_rows WHERE {filter.Where} ORDER BY study, ordinal, test_node LIMIT $9
        """, cancel, [.. filter.Values, limit]);

    /// <summary>Mean ± standard error over the rows that agree in <paramref name="by"/>; sorted by these columns.</summary>
    /// <exception cref="StorageException">A group mixes units.</exception>
    public async Task<List<ResultGroup>> GroupsAsync(ResultFilter filter, IReadOnlyList<ResultColumn> by, CancellationToken cancel)
    {
        // Names of our own enumeration; sizes and seeds sort as numbers.
        var columns = by.Select(Name).ToList();
        var keys = columns.Count == 0 ? "" : string.Join(", ", columns) + ", ";
        var grouping = columns.Count == 0 ? "" : $"GROUP BY {string.Join(", ", columns)} ORDER BY {string.Join(", ", columns)}";
        // What paused at a rung is no result: its draw went on or was pruned. A run with several evaluations has several rows, and one that several studies share has a row in each: in a group it counts once.
        var groups = await Query(r => Group(r, columns.Count), $"""
            WITH runs AS (
                SELECT *, row_number() OVER (PARTITION BY {keys}coalesce(key, test_key, study || '/' || node) ORDER BY study, node, test_node) = 1 AS is_first,
                    row_number() OVER (PARTITION BY {keys}test_key ORDER BY study, node, test_node) = 1 AS is_first_look
                FROM result_rows WHERE {filter.Where} AND stop IS DISTINCT FROM 'paused')
            SELECT {keys}
                count(*) FILTER (WHERE is_first AND status = 'finished'), count(*) FILTER (WHERE is_first AND status IN ('failed', 'blocked')),
                count(*) FILTER (WHERE is_first AND status IN ('waiting', 'requested')), count(*) FILTER (WHERE is_first AND stop = 'cap'),
                avg(val_error) FILTER (WHERE is_first), stddev_samp(val_error) FILTER (WHERE is_first), count(val_error) FILTER (WHERE is_first),
                avg(test_error) FILTER (WHERE is_first_look), stddev_samp(test_error) FILTER (WHERE is_first_look), count(test_error) FILTER (WHERE is_first_look),
                min(coalesce(test_metric, val_metric)), min(unit), max(unit), coalesce(sum(seconds) FILTER (WHERE is_first), 0)
            FROM runs {grouping}
            """, cancel, filter.Values);
        return columns.Count == 0 && groups is [{ Runs: 0, Failed: 0, Pending: 0 }] ? [] : groups;
    }

    /// <summary>How often which test rows were looked at, in the whole database and by these studies (none: all); most often first.</summary>
    public Task<List<TestLookSummary>> TestLooksAsync(IReadOnlyList<string> studies, CancellationToken cancel) => Query(
        r => new TestLookSummary(r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt32(3), (int)r.GetInt64(4), (int)r.GetInt64(5)), """
        WITH mine AS (
            SELECT DISTINCT t.id FROM study_nodes n JOIN studies s ON s.id = n.study_id JOIN trials t ON t.key = n.trial_key
            WHERE t.kind = 'evaluate' AND (cardinality($1::text[]) = 0 OR s.name = ANY($1)))
        SELECT l.data_set, l.target, l.rows, l.row_count, count(*), count(mine.id)
        FROM test_looks l LEFT JOIN mine ON mine.id = l.trial_id
        GROUP BY l.data_set, l.target, l.rows, l.row_count HAVING cardinality($1::text[]) = 0 OR count(mine.id) > 0
        ORDER BY count(*) DESC, l.data_set, l.target, l.rows
        """, cancel, [studies.ToArray()]);

    /// <summary>Learning curves of the matching runs, by run and epoch.</summary>
    public Task<List<CurvePoint>> CurvesAsync(ResultFilter filter, CancellationToken cancel) => Query(
        r => new CurvePoint(r.GetString(0), r.GetString(1), new TrialKey(r.GetString(2)),
            new EpochRow(r.GetInt32(3), r.GetDouble(4), r.GetDouble(5), r.GetDouble(6), r.GetDouble(7), r.GetDouble(8))), $"""
        WITH runs AS (SELECT DISTINCT study, node, key, ordinal FROM result_rows WHERE key IS NOT NULL AND {filter.Where})
        SELECT runs.study, runs.node, runs.key, e.epoch, e.train_loss, e.val_error, e.learning_rate, e.seconds, e.samples_per_second
        FROM runs JOIN trials t ON t.key = runs.key JOIN epochs e ON e.trial_id = t.id
        ORDER BY runs.study, runs.ordinal, e.epoch
        """, cancel, filter.Values);

    /// <summary>Materials by mean absolute test error over the matching evaluations, the worst first, at most <paramref name="limit"/>.</summary>
    public Task<List<MaterialError>> WorstMaterialsAsync(ResultFilter filter, int limit, CancellationToken cancel) => Query(
        r => new MaterialError(r.GetString(0), r.GetString(1), r.GetDouble(2), r.GetDouble(3), r.GetDouble(4), (int)r.GetInt64(5)), $"""
        WITH evaluations AS (SELECT DISTINCT test_key FROM result_rows WHERE test_key IS NOT NULL AND {filter.Where})
        SELECT p.material_id, p.target, avg(p.truth), avg(abs(p.value - p.truth)), avg(p.value - p.truth), count(*)
        FROM evaluations v JOIN trials t ON t.key = v.test_key JOIN predictions p ON p.trial_id = t.id
        WHERE p.row_set = 'test'
        GROUP BY p.material_id, p.target ORDER BY 4 DESC, p.material_id LIMIT $9
        """, cancel, [.. filter.Values, limit]);

    static string Name(ResultColumn column) => column switch
    {
        ResultColumn.Group => "grp",
        ResultColumn.SourceSize => "source_size",
        ResultColumn.DataSet => "data_set",
        _ when Enum.IsDefined(column) => Sql.Word(column),
        _ => throw new ArgumentOutOfRangeException(nameof(column)),
    };

    Task<List<T>> Query<T>(Func<NpgsqlDataReader, T> row, string sql, CancellationToken cancel, object[] values) =>
        database.RunAsync(c => c.ReadAsync(row, sql, cancel, values), repeatable: true, cancel);

    static ResultRow Row(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetString(1), r.Text(2), r.Int(3), Sql.Word<NodeStatus>(r.GetString(4)), r.Text(5), r.Text(6), r.Text(7), r.Text(8), r.Long(9),
        r.Text(10), r.Text(11), r.Text(12), r.Long(13), r.Long(14), r.Double(15), r.Double(16), r.Text(17), r.Text(18), r.Int(19), r.Int(20), r.Text(21), r.Double(22), r.Long(23),
        r.Key(24), r.Key(25), r.Text(26), r.Text(27)) { Rung = (int?)r.Long(28), Drawn = Settings(r.Text(29)) };

    static IReadOnlyDictionary<string, string> Settings(string? json) => json is null or "{}" ? ResultRow.NothingDrawn
        : JsonSerializer.Deserialize<SortedDictionary<string, string>>(json)!;

    static ResultGroup Group(NpgsqlDataReader r, int by)
    {
        var values = Enumerable.Range(0, by).Select(i => r.IsDBNull(i) ? null : Convert.ToString(r.GetValue(i), System.Globalization.CultureInfo.InvariantCulture)).ToList();
        var (unit, other) = (r.Text(by + 11), r.Text(by + 12));
        if (unit != other)
            throw new StorageException($"a group mixes errors in {unit} and {other}{(by > 0 ? $" ({string.Join(", ", values)})" : "")}; group by target too, or choose one");
        return new ResultGroup(values, (int)r.GetInt64(by), (int)r.GetInt64(by + 1), (int)r.GetInt64(by + 2), (int)r.GetInt64(by + 3),
            Estimated(r, by + 4), Estimated(r, by + 7), r.Text(by + 10), unit, r.GetDouble(by + 13));
    }

    /// <summary>Mean, standard deviation and count in three columns.</summary>
    static Estimate? Estimated(NpgsqlDataReader r, int column) => r.Double(column) is not { } mean ? null
        : new Estimate(mean, r.Double(column + 1) / Math.Sqrt(r.GetInt64(column + 2)), (int)r.GetInt64(column + 2));
}
