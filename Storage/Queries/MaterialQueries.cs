using System.Globalization;

namespace AtomSets.Storage;

/// <summary>What was predicted for one test material, over all evaluations that are meant; in the property's unit.</summary>
/// <param name="Predicted">Mean.</param>
/// <param name="Spread">Standard deviation over the evaluations; null for one.</param>
/// <param name="MeanError">Mean of |prediction − truth|.</param>
/// <param name="MeanResidual">Mean of prediction − truth.</param>
public sealed record MaterialRow(string Material, double Truth, double Predicted, double? Spread, double MeanError, double MeanResidual, long Evaluations);

/// <summary>Test materials of one target.</summary>
/// <param name="Set">The data set as its study's trials name it, such as <c>ionic:400:2</c>.</param>
/// <param name="Mae">Mean of |<see cref="MaterialRow.Predicted"/> − truth| over all materials; <paramref name="Rmse"/> and <paramref name="R2"/> of the same.</param>
public sealed record MaterialPage(long Total, int Offset, string? Set, string? DataSet, string? Property, string? Unit, double? Mae, double? Rmse, double? R2, IReadOnlyList<MaterialRow> Rows);

/// <summary>Test predictions, material by material.</summary>
public sealed class MaterialQueries(Database database)
{
    /// <summary>The targets that were tested, in plan order.</summary>
    public Task<List<string>> TargetsAsync(string study, CancellationToken cancel) => database.RunAsync(c => c.ReadAsync(
        r => r.GetString(0), "SELECT coalesce(r.target, r.source, '') FROM runs r JOIN studies s ON s.id = r.study_id WHERE s.name = $1 AND r.test_id IS NOT NULL GROUP BY 1 ORDER BY min(r.ordinal)", cancel, study), repeatable: true, cancel);

    /// <summary>The materials of matching evaluations, by id.</summary>
    /// <param name="target">Which target; the runs of a source that was tested have its name.</param>
    public Task<MaterialPage> ReadAsync(ResultFilter filter, string target, int offset, int limit, CancellationToken cancel)
    {
        filter = filter with { Targets = [] };
        var evaluations = $"SELECT DISTINCT r.test_id, r.data_set, r.unit FROM runs r WHERE r.test_id IS NOT NULL AND coalesce(r.target, r.source, '') = $11 AND {filter.Where("r")}";
        return database.RunAsync(async c =>
        {
            object?[] values = [.. filter.Values(await ResultQueries.StudiesAsync(c, filter, cancel)), target];
            var materials = $"""
                WITH evaluations AS ({evaluations}), materials AS (
                    SELECT p.material_id, avg(p.truth) AS truth, avg(p.value) AS predicted, stddev_samp(p.value) AS spread, avg(abs(p.value - p.truth)) AS error, avg(p.value - p.truth) AS residual, count(*) AS evaluations
                    FROM evaluations e JOIN predictions p ON p.trial_id = e.test_id AND p.row_set = 'test' GROUP BY p.material_id)
                """;
            var rows = await c.ReadAsync(r => new MaterialRow(r.GetString(0), r.GetDouble(1), r.GetDouble(2), r.Double(3), r.GetDouble(4), r.GetDouble(5), r.GetInt64(6)),
                $"{materials} SELECT material_id, truth, predicted, spread, error, residual, evaluations FROM materials ORDER BY material_id LIMIT {limit.ToString(CultureInfo.InvariantCulture)} OFFSET {offset.ToString(CultureInfo.InvariantCulture)}", cancel, values);
            return (await c.ReadAsync(
                r => new MaterialPage(r.GetInt64(0), offset, r.Text(1), r.Text(2), r.Text(3), r.Text(4), r.Double(5), r.Double(6), r.Double(7), rows), $"""
                {materials}
                SELECT count(*), (SELECT t.spec -> 'data' ->> 'set' FROM evaluations e JOIN trials t ON t.id = e.test_id LIMIT 1), (SELECT min(data_set) FROM evaluations),
                    (SELECT p.target FROM evaluations e JOIN predictions p ON p.trial_id = e.test_id AND p.row_set = 'test' LIMIT 1), (SELECT min(unit) FROM evaluations),
                    avg(abs(predicted - truth)), sqrt(avg((predicted - truth) ^ 2)), 1 - sum((predicted - truth) ^ 2) / nullif(var_pop(truth) * count(*), 0)
                FROM materials
                """, cancel, values))[0];
        }, repeatable: true, cancel);
    }

    /// <summary>How the trials of a study name a data set: with the part of a generated set, or the path of a file.</summary>
    /// <returns>Null where no trial has it.</returns>
    public async Task<string?> SetAsync(string study, string dataSet, CancellationToken cancel) => (await database.RunAsync(c => c.ReadAsync(r => r.Text(0), """
        SELECT t.spec -> 'data' ->> 'set' FROM runs r JOIN studies s ON s.id = r.study_id JOIN trials t ON t.id = r.test_id WHERE s.name = $1 AND r.data_set = $2 AND r.test_id IS NOT NULL LIMIT 1
        """, cancel, study, dataSet), repeatable: true, cancel)).FirstOrDefault();
}
