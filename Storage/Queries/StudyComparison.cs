using System.Text.Json;
using AtomSets.Studies;

namespace AtomSets.Storage;

/// <summary>
/// What changed between two studies, as one table: a row for each fact that differs, its <c>what</c> one of
/// <c>study</c> (counts, shared trials, time), <c>setting</c> (of the specs), <c>only in A</c>, <c>only in B</c> (configurations) and <c>result</c> (mean errors side by side).
/// </summary>
public sealed class StudyComparison(Database database)
{
    static readonly string[] Columns = ["what", "name", "a", "b", "a_se", "b_se", "difference", "ratio", "a_runs", "b_runs", "unit"];

    /// <param name="kinds">Which kinds of rows; none means all.</param>
    /// <param name="page">Rows of each kind.</param>
    public Task<AnswerTable> CompareAsync(string a, string b, IReadOnlyList<string> kinds, AnswerPage page, CancellationToken cancel) => database.RunAsync(async c =>
    {
        var ids = (await c.ReadAsync(r => (Name: r.GetString(0), Id: r.GetInt64(1)), "SELECT name, id FROM studies WHERE name = $1 OR name = $2", cancel, a, b)).ToDictionary(one => one.Name, one => one.Id, StringComparer.Ordinal);
        object?[] both = [ids.TryGetValue(a, out var first) ? first : throw new StudyNotFoundException(a), ids.TryGetValue(b, out var second) ? second : throw new StudyNotFoundException(b)];
        var rows = new List<object?[]>();
        var more = false;
        async Task AddAsync(string kind, string sql)
        {
            if (kinds.Count > 0 && !kinds.Contains(kind, StringComparer.Ordinal)) return;
            var answer = await AnswerTable.ReadAsync(c, $"{sql} {page.Sql}", page.Rows, cancel, both);
            more |= answer.More;
            // Counts came as numbers of one kind with hours.
            rows.AddRange(answer.Rows.Select(row => (object?[])[kind, .. kind == "study" && row[^1] is null ? row.Select((cell, i) => i is 1 or 2 or 5 && cell is double count ? (long)count : cell) : row]));
        }
        await AddAsync("study", Facts);
        if (kinds.Count == 0 || kinds.Contains("setting", StringComparer.Ordinal))
        {
            var settings = Differences(await c.ReadAsync(
                r => (Series: r.GetString(0), A: r.Text(1), B: r.Text(2), Searched: r.GetFieldValue<string[]>(3)), Specs, cancel, both)).ToList();
            rows.AddRange(settings.Skip(page.Offset).Take(page.Rows));
            more |= settings.Count > page.Offset + (long)page.Rows;
        }
        await AddAsync("only in A", OnlyIn("$1", "$2", "a"));
        await AddAsync("only in B", OnlyIn("$2", "$1", "b"));
        await AddAsync("result", Results);
        return new AnswerTable(Columns, rows, more);
    }, repeatable: true, cancel);

    static string Facts => $"""
        SELECT name, a, b, NULL::double precision, NULL::double precision, b - a, b / nullif(a, 0), NULL::bigint, NULL::bigint, unit
        FROM (
            WITH a AS ({Sums("$1")}), b AS ({Sums("$2")}),
            common AS (
                SELECT count(*)::double precision AS trials, sum(seconds) / 3600 AS core_hours
                FROM (SELECT x.trial_id, min(x.seconds) AS seconds FROM runs x JOIN runs y ON y.trial_id = x.trial_id WHERE x.study_id = $1 AND y.study_id = $2 GROUP BY x.trial_id) x)
            SELECT 1 AS place, 'configurations' AS name, a.configurations AS a, b.configurations AS b, NULL AS unit FROM a, b
            UNION ALL SELECT 2, 'finished runs', a.runs, b.runs, NULL FROM a, b
            UNION ALL SELECT 3, 'failed or blocked runs', a.failed, b.failed, NULL FROM a, b
            UNION ALL SELECT 4, 'time', a.core_hours, b.core_hours, 'core-hours' FROM a, b
            UNION ALL SELECT 5, 'trials of both', trials, trials, NULL FROM common
            UNION ALL SELECT 6, 'time of trials of both', coalesce(core_hours, 0), coalesce(core_hours, 0), 'core-hours' FROM common) facts
        ORDER BY place
        """;

    static string Sums(string study) => $"""
        SELECT count(*)::double precision AS configurations, coalesce(sum(runs), 0)::double precision AS runs, coalesce(sum(failed), 0)::double precision AS failed,
            coalesce(sum(spent), 0) / 3600 AS core_hours
        FROM configurations WHERE study_id = {study}
        """;

    // Of each series (all but the size) that both have, the spec of one run: the first of the smallest size.
    static string Specs => """
        WITH first AS (
            SELECT study_id, role, target, mode, source, model, min(ARRAY[size, ordinal]) AS at
            FROM configurations WHERE study_id IN ($1, $2) GROUP BY study_id, role, target, mode, source, model),
        shown AS (
            SELECT f.study_id, concat_ws(' ', f.role, f.target, f.mode, f.source, f.model) AS series, t.spec, r.settings
            FROM first f JOIN runs r ON r.study_id = f.study_id AND r.ordinal = f.at[2] JOIN trials t ON t.id = coalesce(r.trial_id, r.test_id))
        SELECT a.series, a.spec::text, b.spec::text, ARRAY(SELECT jsonb_object_keys(coalesce(a.settings, '{}') || coalesce(b.settings, '{}')))
        FROM shown a JOIN shown b USING (series) WHERE a.study_id = $1 AND b.study_id = $2 ORDER BY a.series
        """;

    static string OnlyIn(string study, string other, string side)
    {
        var (left, right) = side == "a" ? ("", "NULL::double precision, ") : ("NULL::double precision, ", "");
        return $"""
            SELECT {Identity("c")}, {left}coalesce(c.test_error, c.val_error), {right}NULL::double precision, NULL::double precision, NULL::double precision, NULL::double precision,
                {(side == "a" ? "c.runs::bigint, NULL::bigint" : "NULL::bigint, c.runs::bigint")}, c.unit
            FROM configurations c
            WHERE c.study_id = {study} AND NOT EXISTS (SELECT FROM configurations o WHERE o.study_id = {other} AND {Identity("o")} = {Identity("c")})
            ORDER BY c.ordinal
            """;
    }

    static string Results => $"""
        SELECT concat_ws(' ', a.role, a.target, a.mode, a.source, a.source_size, a.model, 'n' || a.size, a.rows), a.error, b.error, a.se, b.se, b.error - a.error, b.error / nullif(a.error, 0), a.runs, b.runs, a.unit
        FROM ({Curves("$1")}) a JOIN ({Curves("$2")}) b ON
            (a.role, a.target, a.mode, a.source, a.source_size, a.model, a.size, a.rows, a.unit) IS NOT DISTINCT FROM (b.role, b.target, b.mode, b.source, b.source_size, b.model, b.size, b.rows, b.unit)
        ORDER BY a.role DESC, a.target, a.mode, a.source, a.source_size, a.model, a.size
        """;

    static string Curves(string study) => $"""
        SELECT role, target, mode, source, source_size, model, size, CASE WHEN sum(test_runs) > 0 THEN 'test' ELSE 'validation' END AS rows, min(unit) AS unit,
            CASE WHEN sum(test_runs) > 0 THEN sum(test_sum) / sum(test_runs) ELSE min(val_error) END AS error,
            CASE WHEN sum(test_runs) > 1 THEN sqrt(greatest(sum(test_squares) - sum(test_sum) ^ 2 / sum(test_runs), 0) / (sum(test_runs) - 1) / sum(test_runs)) END AS se,
            CASE WHEN sum(test_runs) > 0 THEN sum(test_runs) ELSE sum(val_runs) END::bigint AS runs
        FROM configurations WHERE study_id = {study} GROUP BY role, target, mode, source, source_size, model, size
        """;

    /// <summary>A configuration's name without the number of its draw, which says nothing: what a search drew is what it is.</summary>
    static string Identity(string row) => $"CASE WHEN {row}.settings IS NULL THEN {row}.configuration ELSE rtrim({row}.configuration, '0123456789') || ' ' || {row}.settings::text END";

    static IEnumerable<object?[]> Differences(IReadOnlyList<(string Series, string? A, string? B, string[] Searched)> series)
    {
        // The same change in many series is one row.
        var found = new Dictionary<(string Path, string? A, string? B), List<string>>();
        foreach (var (name, a, b, searched) in series)
        {
            var (left, right) = (Flat(a), Flat(b));
            foreach (var path in left.Keys.Union(right.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                var (was, now) = (left.GetValueOrDefault(path), right.GetValueOrDefault(path));
                // A search draws it for every run, so two runs need not differ by what was asked for.
                if (was == now || searched.Contains(path[(path.LastIndexOf('.') + 1)..], StringComparer.Ordinal)) continue;
                if (!found.TryGetValue((path, was, now), out var where)) found[(path, was, now)] = where = [];
                where.Add(name);
            }
        }
        return found.Select(change => (object?[])
        [
            "setting", change.Value.Count == series.Count ? change.Key.Path : $"{change.Key.Path} of {string.Join(", ", change.Value)}", change.Key.A, change.Key.B, null, null, null, null, null, null, null,
        ]);
    }

    /// <summary>Paths with dots and the values as JSON writes them; seeds and sizes are results' columns, not settings.</summary>
    static SortedDictionary<string, string> Flat(string? spec)
    {
        var flat = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (spec is null) return flat;
        using var json = JsonDocument.Parse(spec);
        Walk(json.RootElement, "");
        flat.Remove("seed");
        flat.Remove("data.rows");
        return flat;

        void Walk(JsonElement value, string path)
        {
            if (value.ValueKind == JsonValueKind.Object)
                foreach (var member in value.EnumerateObject()) Walk(member.Value, path.Length == 0 ? member.Name : $"{path}.{member.Name}");
            else
                flat[path] = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        }
    }
}
