using System.Globalization;
using System.Text.Json;
using AtomSets.Studies;
using Npgsql;

namespace AtomSets.Storage;

/// <summary>A configuration of a study: means and standard errors over its replicates, in <paramref name="Unit"/>.</summary>
/// <param name="Configuration">Its id in the plan.</param>
/// <param name="Settings">What a search drew for it.</param>
/// <param name="Validation">Null until all replicates have ended well.</param>
/// <param name="Pairs">Runs beside a run from scratch of the same size, fold and seed; <paramref name="Wins"/> those with the lower test error.</param>
public sealed record ConfigurationRow(
    string Configuration, string? Role, string? Target, string? Mode, string? Model, string? Family, string? Source, long? SourceSize, string? DataSet, string? Property, long? Size,
    IReadOnlyDictionary<string, string> Settings, long Runs, long Failed, long Pending, long Skipped, long Paused, long Capped, double? Validation, double? ValidationSe, double? Test, double? TestSe,
    string? Metric, string? Unit, long? Pairs, long? Wins, double? RatioToScratch, long? Epochs, double? CoreHours, long? Parameters);

/// <summary>Configurations with one value of a column.</summary>
/// <param name="Validation">Of the one with the lowest mean validation error; <paramref name="Test"/> is that one's.</param>
public sealed record ConfigurationGroup(string? Value, long Configurations, long Runs, double? Validation, double? Test);

/// <summary>A page of a study's configurations.</summary>
/// <param name="Total">How many match.</param>
/// <param name="Settings">Names of all settings that were drawn in the study.</param>
public sealed record ConfigurationPage(long Total, int Offset, IReadOnlyList<ConfigurationRow> Rows, IReadOnlyList<string> Settings, IReadOnlyList<ConfigurationGroup> Groups);

/// <summary>Which configurations, in which order.</summary>
/// <param name="Sort">A name of <see cref="ConfigurationQueries.SortColumns"/> or <c>settings.NAME</c>; null: plan order.</param>
/// <param name="Text">Only those with this in their id or settings; null: all.</param>
/// <param name="Group">A name of <see cref="ConfigurationQueries.GroupColumns"/> to sum up by; null: none.</param>
public sealed record ConfigurationRequest(ResultFilter Filter, string? Sort = null, bool Descending = false, string? Text = null, string? Group = null, int Offset = 0, int Limit = 100);

/// <summary>The table of a study's configurations: sorted, filtered, grouped and paged in the database, however many there are.</summary>
public sealed class ConfigurationQueries(Database database)
{
    const string ValidationError = "CASE WHEN c.val_runs > 1 THEN sqrt(greatest(c.val_squares - c.val_sum ^ 2 / c.val_runs, 0) / (c.val_runs - 1) / c.val_runs) END",
        TestError = "CASE WHEN c.test_runs > 1 THEN sqrt(greatest(c.test_squares - c.test_sum ^ 2 / c.test_runs, 0) / (c.test_runs - 1) / c.test_runs) END",
        Ratio = "c.pair_sum / nullif(c.pair_scratch, 0)", OfSettings = "settings.", Order = "c.study_id, c.ordinal";

    /// <summary>What a double takes for certain: no "1.2.3", nothing too large.</summary>
    const string Number = "^[-+]?([0-9]{1,100}[.]?[0-9]{0,100}|[.][0-9]{1,100})([eE][-+]?[0-9]{1,2})?$";

    static readonly Dictionary<string, string> s_sorts = new(StringComparer.Ordinal)
    {
        ["configuration"] = "c.configuration", ["role"] = "c.role", ["target"] = "c.target", ["mode"] = "c.mode", ["model"] = "c.model", ["family"] = "c.family", ["source"] = "c.source",
        ["sourceSize"] = "c.source_size", ["dataSet"] = "c.data_set", ["property"] = "c.property", ["size"] = "c.size", ["runs"] = "c.runs", ["failed"] = "c.failed", ["pending"] = "c.pending", ["skipped"] = "c.skipped",
        ["paused"] = "c.paused", ["capped"] = "c.capped", ["validation"] = "c.val_error", ["validationSe"] = ValidationError, ["test"] = "c.test_error", ["testSe"] = TestError, ["metric"] = "c.metric", ["unit"] = "c.unit",
        ["pairs"] = "c.pairs", ["wins"] = "c.wins", ["ratioToScratch"] = Ratio, ["epochs"] = "c.epochs", ["coreHours"] = "c.spent", ["parameters"] = "c.parameters",
    };

    static readonly Dictionary<string, string> s_groups = new(StringComparer.Ordinal)
    {
        ["target"] = "c.target", ["mode"] = "c.mode", ["model"] = "c.model", ["source"] = "c.source", ["size"] = "c.size", ["role"] = "c.role", ["sourceSize"] = "c.source_size",
    };

    /// <summary>What rows can be sorted by, beside settings.</summary>
    public static IReadOnlyCollection<string> SortColumns => s_sorts.Keys;

    /// <summary>What rows can be summed up by.</summary>
    public static IReadOnlyCollection<string> GroupColumns => s_groups.Keys;

    /// <exception cref="StudyInputException">There is no such column.</exception>
    public Task<ConfigurationPage> ReadAsync(ConfigurationRequest request, CancellationToken cancel)
    {
        var (filter, direction) = (request.Filter, request.Descending ? "DESC" : "ASC");
        var setting = request.Sort?.StartsWith(OfSettings, StringComparison.Ordinal) == true ? request.Sort[OfSettings.Length..] : "";
        // A setting may be a number in one configuration and a word in another: numbers go first.
        var order = request.Sort is null ? $"c.study_id {direction}, c.ordinal {direction}"
            : setting.Length > 0 ? $"CASE WHEN c.settings ->> $12 ~ '{Number}' THEN (c.settings ->> $12)::double precision END {direction} NULLS LAST, c.settings ->> $12 {direction} NULLS LAST, {Order}"
            : $"{Column(s_sorts, "sort", request.Sort)} {direction} NULLS LAST, {Order}";
        var where = $"{filter.Where("c")} AND ($11 = '' OR position(lower($11) IN lower(concat_ws(' ', c.configuration, c.settings::text))) > 0)";
        var page = string.Create(CultureInfo.InvariantCulture, $"LIMIT {request.Limit} OFFSET {request.Offset}");
        return database.RunAsync(async c =>
        {
            object?[] values = [.. filter.Values(await ResultQueries.StudiesAsync(c, filter, cancel)), request.Text ?? "", setting];
            var rows = await c.ReadAsync(Row, $"""
                SELECT c.configuration, c.role, c.target, c.mode, c.model, c.family, c.source, c.source_size, c.data_set, c.property, c.size, c.settings::text, c.runs, c.failed, c.pending, c.skipped, c.paused, c.capped,
                    c.val_error, {ValidationError}, c.test_error, {TestError}, c.metric, c.unit, c.pairs, c.wins, {Ratio}, c.epochs, c.spent / 3600, c.parameters
                FROM configurations c WHERE {where} ORDER BY {order} {page}
                """, cancel, values);
            var total = (await c.ReadAsync(r => r.GetInt64(0), $"SELECT count(*) FROM configurations c WHERE {where}", cancel, values))[0];
            var settings = await c.ReadAsync(r => r.GetString(0), $"""
                SELECT DISTINCT name FROM configurations c, jsonb_object_keys(coalesce(c.settings, jsonb '{"{}"}')) name WHERE {new ResultFilter { Studies = filter.Studies }.Where("c")} ORDER BY name
                """, cancel, values);
            var groups = request.Group is not { } group ? [] : await c.ReadAsync(
                r => new ConfigurationGroup(r.IsDBNull(0) ? null : Convert.ToString(r.GetValue(0), CultureInfo.InvariantCulture), r.GetInt64(1), r.GetInt64(2), r.Double(3), r.Double(4)), $"""
                SELECT {Column(s_groups, "group", group)}, count(*), sum(c.runs)::bigint, min(c.val_error), (array_agg(c.test_error ORDER BY c.val_error NULLS LAST, {Order}))[1]
                FROM configurations c WHERE {where} GROUP BY 1 ORDER BY 1
                """, cancel, values);
            return new ConfigurationPage(total, request.Offset, rows, settings, groups);
        }, repeatable: true, cancel);
    }

    static string Column(Dictionary<string, string> columns, string what, string name) => columns.TryGetValue(name, out var column) ? column
        : throw new StudyInputException($"{what}={name}: no such column; choose from {string.Join(", ", columns.Keys)}");

    static ConfigurationRow Row(NpgsqlDataReader r) => new(
        r.GetString(0), r.Text(1), r.Text(2), r.Text(3), r.Text(4), r.Text(5), r.Text(6), r.Whole(7), r.Text(8), r.Text(9), r.Whole(10),
        r.Text(11) is { } settings ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(settings)! : ResultRow.NothingDrawn,
        r.Whole(12) ?? 0, r.Whole(13) ?? 0, r.Whole(14) ?? 0, r.Whole(15) ?? 0, r.Whole(16) ?? 0, r.Whole(17) ?? 0, r.Double(18), r.Double(19), r.Double(20), r.Double(21), r.Text(22), r.Text(23),
        r.Whole(24), r.Whole(25), r.Double(26), r.Whole(27), r.Double(28), r.Whole(29));
}
