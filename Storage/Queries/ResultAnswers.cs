using System.Globalization;

namespace AtomSets.Storage;

/// <summary>The questions of <c>results</c>, one method each; every answer is an <see cref="AnswerTable"/>.</summary>
/// <remarks>
/// They read the tables that the triggers of the schema keep (<c>runs</c>, <c>configurations</c>, <c>material_errors</c>, <c>worker_costs</c>), so that
/// the time an answer takes goes with the rows it shows, not with the rows the database has.
/// </remarks>
public sealed class ResultAnswers(Database database)
{
    /// <summary>Columns of a configuration that name it within its data set and size.</summary>
    const string Configuration = "s.name AS study, c.configuration, c.role, c.target, c.mode, c.model, c.family, c.source, c.source_size, c.settings::text AS settings, c.runs";

    const string Errors = "c.val_error AS validation, " + ValidationError + " AS validation_se, c.test_error AS test, " + TestError + " AS test_se, c.metric, c.unit";

    const string ValidationError = "CASE WHEN c.val_runs > 1 THEN sqrt(greatest(c.val_squares - c.val_sum ^ 2 / c.val_runs, 0) / (c.val_runs - 1) / c.val_runs) END";

    const string TestError = "CASE WHEN c.test_runs > 1 THEN sqrt(greatest(c.test_squares - c.test_sum ^ 2 / c.test_runs, 0) / (c.test_runs - 1) / c.test_runs) END";

    /// <summary>
    /// For every data set, property and size (or by the columns given) the configuration with the lowest mean validation error, among those whose replicates have
    /// all ended well; test errors decide nothing.
    /// </summary>
    public Task<AnswerTable> BestAsync(ResultFilter filter, IReadOnlyList<ResultColumn> by, AnswerPage page, CancellationToken cancel)
    {
        if (by.Count == 0 && !filter.IsRestricted(dataSets: false, sizes: false)) return AskAsync(filter, $"""
            WITH RECURSIVE places AS (
                (SELECT data_set, property, unit, size FROM configurations WHERE val_error IS NOT NULL ORDER BY data_set, property, unit, size LIMIT 1)
                UNION ALL
                SELECT n.* FROM places p CROSS JOIN LATERAL (
                    SELECT data_set, property, unit, size FROM configurations
                    WHERE val_error IS NOT NULL AND (data_set, property, unit, size) > (p.data_set, p.property, p.unit, p.size) ORDER BY data_set, property, unit, size LIMIT 1) n)
            SELECT c.data_set, c.property, c.size, {Configuration}, {Errors}
            FROM places p CROSS JOIN LATERAL (
                SELECT * FROM configurations c
                WHERE c.val_error IS NOT NULL AND c.data_set = p.data_set AND c.property = p.property AND c.unit = p.unit AND c.size = p.size ORDER BY c.val_error, c.study_id, c.ordinal LIMIT 1) c
            JOIN studies s ON s.id = c.study_id
            WHERE {filter.Where("c")} ORDER BY c.data_set, c.property, c.unit, c.size {page.Sql}
            """, page, cancel);
        IReadOnlyList<ResultColumn> places = by.Count > 0 ? by : [ResultColumn.DataSet, ResultColumn.Property, ResultColumn.Size];
        var columns = places.Select(column => ResultQueries.Column("c", ResultQueries.Name(column))).ToList();
        var keys = string.Join(", ", columns);
        return AskAsync(filter, $"""
            WITH best AS (
                SELECT {keys}, c.unit, min(ARRAY[c.val_error, c.study_id, c.ordinal]) AS least
                FROM configurations c JOIN studies s ON s.id = c.study_id WHERE c.val_error IS NOT NULL AND {filter.Where("c")} GROUP BY {keys}, c.unit
                ORDER BY {keys}, c.unit {page.Sql})
            SELECT c.data_set, c.property, c.size, {Configuration}, {Errors}
            FROM best
            JOIN runs r ON r.study_id = best.least[2]::bigint AND r.ordinal = best.least[3]::bigint
            JOIN configurations c ON c.study_id = r.study_id AND c.configuration = r.configuration
            JOIN studies s ON s.id = c.study_id
            ORDER BY {keys}, c.unit
            """, page, cancel);
    }

    /// <summary>
    /// Each way of transfer beside training from scratch: mean test errors over pairs of runs with the same size, fold and seed (and model, where it was trained
    /// from scratch too), their ratio, and in how many pairs transfer errs less.
    /// </summary>
    /// <param name="by">The columns that make a row; none: study, target, mode, model, source, source size and size.</param>
    public Task<AnswerTable> TransferAsync(ResultFilter filter, IReadOnlyList<ResultColumn> by, AnswerPage page, CancellationToken cancel)
    {
        IReadOnlyList<ResultColumn> columns = by.Count > 0 ? by
            : [ResultColumn.Study, ResultColumn.Target, ResultColumn.Mode, ResultColumn.Model, ResultColumn.Source, ResultColumn.SourceSize, ResultColumn.Size];
        var names = columns.Select(ResultQueries.Name).ToList();
        var keys = string.Join(", ", names.Select(name => ResultQueries.Column("c", name)));
        // Errors in different units have no mean; their ratios to scratch have.
        return AskAsync(filter, $"""
            SELECT {string.Join(", ", names.Select(name => $"{ResultQueries.Column("c", name)} AS {name}"))},
                sum(c.pairs)::bigint AS pairs, sum(c.wins)::bigint AS wins, sum(c.wins)::double precision / sum(c.pairs) AS win_share,
                CASE WHEN min(c.unit) = max(c.unit) THEN sum(c.pair_sum) / sum(c.pairs) END AS transfer,
                CASE WHEN min(c.unit) = max(c.unit) THEN sum(c.pair_scratch) / sum(c.pairs) END AS scratch,
                exp(sum(c.pairs * ln(c.pair_sum / c.pair_scratch)) FILTER (WHERE c.pair_sum > 0 AND c.pair_scratch > 0) / sum(c.pairs) FILTER (WHERE c.pair_sum > 0 AND c.pair_scratch > 0)) AS ratio,
                min(c.metric) AS metric, CASE WHEN min(c.unit) = max(c.unit) THEN min(c.unit) END AS unit
            FROM configurations c JOIN studies s ON s.id = c.study_id
            WHERE c.test_runs > 0 AND c.pairs > 0 AND {filter.Where("c")}
            GROUP BY {keys} ORDER BY {keys} {page.Sql}
            """, page, cancel);
    }

    /// <summary>
    /// Points of error against size: the mean test error over the evaluated runs of a curve at a size; where none was evaluated, the validation error of its best
    /// configuration.
    /// </summary>
    public Task<AnswerTable> SizesAsync(ResultFilter filter, AnswerPage page, CancellationToken cancel) => AskAsync(filter, $"""
        SELECT s.name AS study, p.role, p.target, p.data_set, p.property, p.mode, p.model, p.source, p.source_size, p.size, p.configurations, p.runs, p.rows, p.error, p.error_se, p.metric, p.unit
        FROM studies s CROSS JOIN LATERAL (
            SELECT c.role, c.target, c.data_set, c.property, c.mode, c.model, c.source, c.source_size, c.size, count(*) AS configurations,
                CASE WHEN sum(c.test_runs) > 0 THEN sum(c.test_runs) ELSE sum(c.val_runs) END::bigint AS runs,
                CASE WHEN sum(c.test_runs) > 0 THEN 'test' ELSE 'validation' END AS rows,
                CASE WHEN sum(c.test_runs) > 0 THEN sum(c.test_sum) / sum(c.test_runs) ELSE min(c.val_error) END AS error,
                CASE WHEN sum(c.test_runs) > 1 THEN sqrt(greatest(sum(c.test_squares) - sum(c.test_sum) ^ 2 / sum(c.test_runs), 0) / (sum(c.test_runs) - 1) / sum(c.test_runs))
                    WHEN sum(c.test_runs) = 0 THEN (min(ARRAY[c.val_error, {ValidationError}]))[2] END AS error_se,
                min(c.metric) AS metric, min(c.unit) AS unit
            FROM configurations c WHERE c.study_id = s.id AND c.size IS NOT NULL AND {filter.Where("c")}
            GROUP BY c.role, c.target, c.data_set, c.property, c.mode, c.model, c.source, c.source_size, c.size
            HAVING sum(c.test_runs) > 0 OR min(c.val_error) IS NOT NULL) p
        {OfStudies(filter)}
        ORDER BY s.id, p.role, p.target, p.mode, p.model, p.source, p.source_size, p.size {page.Sql}
        """, page, cancel);

    /// <summary>Single test errors for the fits of <see cref="SizesAsync"/>: one row per evaluated run of these studies.</summary>
    public Task<AnswerTable> SizePointsAsync(ResultFilter filter, CancellationToken cancel) => AskAsync(filter, $"""
        SELECT s.name AS study, r.role, r.target, r.mode, r.model, r.source, r.source_size, r.size, r.test_error AS error
        FROM runs r JOIN studies s ON s.id = r.study_id WHERE r.test_error IS NOT NULL AND r.size IS NOT NULL AND {filter.Where("r")}
        """, new AnswerPage(0), cancel);

    /// <summary>
    /// Single validation errors for the fits of <see cref="SizesAsync"/> where none was tested: the replicates of the configuration whose mean is the point.
    /// </summary>
    public Task<AnswerTable> SizeReplicatesAsync(ResultFilter filter, CancellationToken cancel) => AskAsync(filter, $"""
        SELECT s.name AS study, r.role, r.target, r.mode, r.model, r.source, r.source_size, r.size, r.val_error AS error
        FROM (
            SELECT c.study_id, (min(ARRAY[c.val_error, c.ordinal]))[2]::bigint AS ordinal FROM configurations c WHERE c.size IS NOT NULL AND {filter.Where("c")}
            GROUP BY c.study_id, c.role, c.target, c.data_set, c.property, c.mode, c.model, c.source, c.source_size, c.size
            HAVING sum(c.test_runs) = 0 AND min(c.val_error) IS NOT NULL) best
        JOIN runs first ON first.study_id = best.study_id AND first.ordinal = best.ordinal
        JOIN runs r ON r.study_id = first.study_id AND r.configuration = first.configuration
        JOIN studies s ON s.id = r.study_id
        WHERE r.val_error IS NOT NULL AND r.stop IS DISTINCT FROM 'paused'
        """, new AnswerPage(0), cancel);

    /// <summary>Runs with all that is known of them, study by study in plan order.</summary>
    public Task<AnswerTable> TrialsAsync(ResultFilter filter, AnswerPage page, CancellationToken cancel)
    {
        var where = filter.Where("r", models: false);
        var order = $"ORDER BY r.study_id, r.ordinal {(page.Limit > 0 ? string.Create(CultureInfo.InvariantCulture, $"LIMIT {(long)page.Limit + page.Offset + 1}") : "")}";
        // Each model by its own index, in order, as far as the page reaches.
        var models = filter.Models.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"$4[{i + 1}]")).Select(name => $"""
            (SELECT * FROM runs r WHERE r.model = {name} AND {where} {order})
            UNION ALL
            (SELECT * FROM runs r WHERE r.family = {name} AND r.model <> ALL ($4) AND {where} {order})
            """);
        var runs = filter.Models.Count == 0 ? $"SELECT * FROM runs r WHERE {where} ORDER BY r.study_id, r.ordinal {page.Sql}"
            : $"SELECT * FROM ({string.Join("\nUNION ALL\n", models)}) r ORDER BY r.study_id, r.ordinal {page.Sql}";
        return AskAsync(filter, $"""
            SELECT s.name AS study, r.node, r.role, r.status, r.model, r.family, r.mode, r.source, r.source_size, r.target, r.data_set, r.property, r.size, r.seed, r.fold, r.settings::text AS settings,
                r.val_error AS validation, r.test_error AS test, coalesce(r.test_metric, r.val_metric) AS metric, r.unit, r.epochs, r.best_epoch, r.stop,
                CASE WHEN r.kind = 'train' THEN r.seconds ELSE r.test_seconds END AS seconds, r.parameters, r.worker, left(n.trial_key, 12) AS trial
            FROM ({runs}) r JOIN studies s ON s.id = r.study_id LEFT JOIN study_nodes n ON n.study_id = r.study_id AND n.node = r.node
            ORDER BY r.study_id, r.ordinal
            """, page, cancel);
    }

    /// <summary>Learning curves of the matching runs: a row per epoch.</summary>
    /// <param name="configurations">Only these configurations, of any study; null for all.</param>
    /// <param name="key">Only the trial whose key begins so; null for all.</param>
    public Task<AnswerTable> CurvesAsync(ResultFilter filter, IReadOnlyList<string>? configurations, string? key, AnswerPage page, CancellationToken cancel) => AskAsync(
        filter, Curves("", $"{filter.Where("r")}{(configurations is null ? "" : " AND r.configuration = ANY($11)")}{OfTrial("r.trial_id", key)}", page), page, cancel, (configurations ?? []).ToArray(), key ?? "");

    /// <summary>Learning curves of the best configuration for each data set, property and size.</summary>
    public async Task<AnswerTable> BestCurvesAsync(ResultFilter filter, AnswerPage page, CancellationToken cancel)
    {
        // Seeds choose among the curves of the best configurations, not the configurations.
        var best = await BestAsync(filter with { Seeds = [] }, [], new AnswerPage(0), cancel);
        string[] Texts(string column) => [.. best.Rows.Select(row => (string)row[best[column]]!)];
        return await AskAsync(filter, Curves("JOIN (SELECT DISTINCT * FROM unnest($11::text[], $12::text[])) b (study, configuration) ON b.study = s.name AND b.configuration = r.configuration", new ResultFilter { Seeds = filter.Seeds }.Where("r"), page),
            page, cancel, Texts("study"), Texts("configuration"));
    }

    static string Curves(string only, string where, AnswerPage page) => $"""
        SELECT s.name AS study, r.node, r.configuration, r.mode, r.size, r.seed, left(t.key, 12) AS trial,
            e.epoch, e.train_loss, e.val_error AS validation, e.learning_rate, e.seconds, e.samples_per_second
        FROM runs r JOIN studies s ON s.id = r.study_id {only} JOIN trials t ON t.id = r.trial_id JOIN epochs e ON e.trial_id = r.trial_id
        WHERE {where}
        ORDER BY r.study_id, r.ordinal, e.epoch {page.Sql}
        """;

    /// <summary>Test predictions of the matching runs, material by material; of a single trial the largest residuals first.</summary>
    /// <param name="materials">Only these; none means all.</param>
    /// <param name="key">Only the trial (or evaluation) whose key begins so; null for all.</param>
    public Task<AnswerTable> ResidualsAsync(ResultFilter filter, IReadOnlyList<string> materials, string? key, AnswerPage page, CancellationToken cancel)
    {
        var runs = $"SELECT * FROM runs r WHERE r.test_id IS NOT NULL AND {filter.Where("r")}{(key is null ? "" : $" AND (false{OfTrial("r.trial_id", key, "OR")}{OfTrial("r.test_id", key, "OR")})")}";
        // Every evaluation has predictions: in order, no more runs than rows are needed.
        if (key is null && materials.Count == 0 && page.Limit > 0) runs += string.Create(CultureInfo.InvariantCulture, $" ORDER BY r.study_id, r.ordinal LIMIT {(long)page.Limit + page.Offset + 1}");
        return AskAsync(filter, $"""
            SELECT s.name AS study, r.node, left(t.key, 12) AS trial, p.target AS property, p.material_id AS material, p.truth, p.value AS predicted, p.value - p.truth AS residual,
                abs(p.value - p.truth) AS error, r.unit
            FROM ({runs}) r JOIN studies s ON s.id = r.study_id JOIN trials t ON t.id = r.test_id JOIN predictions p ON p.trial_id = r.test_id
            WHERE p.row_set = 'test'{(materials.Count == 0 ? "" : " AND p.material_id = ANY($11)")}
            ORDER BY {(key is null ? "" : "abs(p.value - p.truth) DESC, ")}r.study_id, r.ordinal, p.ordinal {page.Sql}
            """, page, cancel, materials.ToArray(), key ?? "");
    }

    /// <summary>
    /// Materials by mean absolute test error over the matching evaluations, the worst first; the page counts within each property, for errors in different units
    /// cannot be compared.
    /// </summary>
    public Task<AnswerTable> WorstAsync(ResultFilter filter, AnswerPage page, CancellationToken cancel)
    {
        // What the summary does not tell apart is summed from the predictions themselves.
        var sums = filter.IsRestricted(studies: false, targets: false, modes: false, dataSets: false) ? $"""
            SELECT r.data_set, p.target AS property, r.unit, p.material_id, count(*) AS predictions, sum(abs(p.value - p.truth)) AS error_sum, sum(p.value - p.truth) AS residual_sum, sum(p.truth) AS truth_sum
            FROM (SELECT DISTINCT r.test_id, r.data_set, r.unit FROM runs r WHERE r.test_id IS NOT NULL AND {filter.Where("r")}) r JOIN predictions p ON p.trial_id = r.test_id AND p.row_set = 'test'
            GROUP BY r.data_set, p.target, r.unit, p.material_id
            """ : $"""
            SELECT data_set, property, unit, material_id, sum(predictions) AS predictions, sum(error_sum) AS error_sum, sum(residual_sum) AS residual_sum, sum(truth_sum) AS truth_sum
            FROM material_errors m WHERE predictions > 0 AND {filter.Where("m")} GROUP BY data_set, property, unit, material_id
            """;
        return AskAsync(filter, $"""
            WITH ranked AS (
                SELECT *, row_number() OVER (PARTITION BY data_set, property, unit ORDER BY error_sum / predictions DESC, material_id) AS rank FROM ({sums}) sums)
            SELECT nullif(data_set, '') AS data_set, property, rank, material_id AS material, truth_sum / predictions AS truth, error_sum / predictions AS mean_error,
                residual_sum / predictions AS mean_residual, predictions::bigint AS predictions, nullif(unit, '') AS unit
            FROM ranked WHERE rank > $11 AND rank <= $12 ORDER BY data_set, property, unit, rank
            """, new AnswerPage(0), cancel, (long)page.Offset, (long)page.Offset + page.Rows);
    }

    Task<AnswerTable> AskAsync(ResultFilter filter, string sql, AnswerPage page, CancellationToken cancel, params object[] more) => database.RunAsync(
        async c => await AnswerTable.ReadAsync(c, sql, page.Rows, cancel, [.. filter.Values(await ResultQueries.StudiesAsync(c, filter, cancel)), .. more]), repeatable: true, cancel);

    static string OfStudies(ResultFilter filter) => filter.Studies.Count > 0 ? "WHERE s.id = ANY($1)" : "";

    // 'g' follows every hexadecimal digit.
    static string OfTrial(string id, string? key, string and = "AND") => key is null ? "" : $" {and} {id} IN (SELECT id FROM trials WHERE key >= $12 AND key < $12 || 'g')";
}
