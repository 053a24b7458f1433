using System.Globalization;
using AtomSets.Studies;

namespace AtomSets.Storage;

/// <summary>A run's learning curve, thinned out.</summary>
/// <param name="Trial">Key of the trial.</param>
/// <param name="Unit">Of <paramref name="Validation"/>; null while nothing has ended.</param>
/// <param name="Stop">plateau, cap or paused; null while it trains.</param>
/// <param name="Epoch">Ascending.</param>
/// <param name="Validation">Error at those epochs; NaN where not validated.</param>
/// <param name="Train">Training loss, in scaled units.</param>
/// <param name="Rate">Learning rate.</param>
public sealed record LearningCurve(
    TrialKey Trial, string Node, string? Configuration, string? Role, string? Target, string? Mode, string? Model, string? Source, long? Size, long? Seed, string? Fold, string? Unit, int? BestEpoch, string? Stop,
    IReadOnlyList<int> Epoch, IReadOnlyList<double> Validation, IReadOnlyList<double> Train, IReadOnlyList<double> Rate);

/// <param name="Total">How many runs have a curve.</param>
public sealed record CurvePage(long Total, int Offset, string? Metric, IReadOnlyList<LearningCurve> Curves);

/// <summary>Learning curves as charts need them: thousands at once, each with as many points as can be told apart.</summary>
public sealed class CurveQueries(Database database)
{
    /// <summary>The curves of matching runs, running ones included, in plan order.</summary>
    /// <param name="trial">Only the trial whose key begins so; null: all.</param>
    /// <param name="kept">Only runs that were tested: what searches and selections kept.</param>
    /// <param name="points">Of each curve at most (2 or more): of each stretch of epochs the one with the lowest validation error, and always the last.</param>
    public Task<CurvePage> ReadAsync(ResultFilter filter, string? trial, bool kept, int points, int offset, int limit, CancellationToken cancel)
    {
        // 'g' follows every hexadecimal digit.
        var where = $"{filter.Where("r")} AND ($11 = '' OR (t.key >= $11 AND t.key < $11 || 'g')){(kept ? " AND r.test_id IS NOT NULL" : "")} AND EXISTS (SELECT FROM epochs e WHERE e.trial_id = t.id)";
        const string from = "runs r JOIN study_nodes n ON n.study_id = r.study_id AND n.node = r.node JOIN trials t ON t.key = n.trial_key";
        var last = (points - 1).ToString(CultureInfo.InvariantCulture);
        return database.RunAsync(async c =>
        {
            object?[] values = [.. filter.Values(await ResultQueries.StudiesAsync(c, filter, cancel)), trial ?? ""];
            var (total, metric) = (await c.ReadAsync(r => (r.GetInt64(0), r.Text(1)), $"SELECT count(*), min(r.val_metric) FROM {from} WHERE {where}", cancel, values))[0];
            var curves = new List<LearningCurve>();
            var rows = await c.ReadAsync(
                r => (Head: (r.GetInt64(0), r.GetString(1)), Run: new LearningCurve(r.Key(2)!.Value, r.GetString(1), r.Text(3), r.Text(4), r.Text(5), r.Text(6), r.Text(7), r.Text(8), r.Whole(9), r.Whole(10), r.Text(11), r.Text(12),
                    (int?)r.Whole(13), r.Text(14), [], [], [], []), Epoch: r.GetInt32(15), Validation: r.GetDouble(16), Train: r.GetDouble(17), Rate: r.GetDouble(18)), $"""
                WITH chosen AS (
                    SELECT r.*, t.id AS run_trial, t.key AS trial_key FROM {from} WHERE {where} ORDER BY r.study_id, r.ordinal LIMIT {limit.ToString(CultureInfo.InvariantCulture)} OFFSET {offset.ToString(CultureInfo.InvariantCulture)})
                SELECT DISTINCT ON (r.study_id, r.ordinal, r.node, place) r.ordinal, r.node, r.trial_key, r.configuration, r.role, r.target, r.mode, r.model, r.source, r.size, r.seed, r.fold, r.unit, r.best_epoch, r.stop,
                    e.epoch, e.val_error, e.train_loss, e.learning_rate, CASE WHEN e.epoch = m.last THEN {last} ELSE (e.epoch - 1)::bigint * {last} / m.last END AS place
                FROM chosen r CROSS JOIN LATERAL (SELECT max(epoch) AS last FROM epochs WHERE trial_id = r.run_trial) m JOIN epochs e ON e.trial_id = r.run_trial
                ORDER BY r.study_id, r.ordinal, r.node, place, e.val_error, e.epoch
                """, cancel, values);
            foreach (var run in rows.GroupBy(row => row.Head))
            {
                var at = run.OrderBy(row => row.Epoch).ToList();
                curves.Add(at[0].Run with { Epoch = at.ConvertAll(row => row.Epoch), Validation = at.ConvertAll(row => row.Validation), Train = at.ConvertAll(row => row.Train), Rate = at.ConvertAll(row => row.Rate) });
            }
            return new CurvePage(total, offset, metric, curves);
        }, repeatable: true, cancel);
    }
}
