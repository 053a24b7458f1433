using System.Globalization;
using AtomSets.Studies;

namespace AtomSets.Storage;

/// <summary>
/// Time in workers: finished trials, epochs, core-hours, seconds per trial and per epoch. A worker is one core. Trials that paused at a rung and test
/// evaluations are counted; what was lost in crashes and failures is not.
/// </summary>
public sealed class CostQueries(Database database)
{
    static readonly string[] OfConfigurations = ["study", "role", "target", "data_set", "property", "model", "family", "mode", "source", "source_size", "size"];
    static readonly string[] OfWorkers = ["worker", "machine", "device", "kind", "family"];
    static readonly string[] OfRuns = ["worker", "machine", "seed", "fold", "configuration", "trial"];

    /// <summary>What rows can be made of.</summary>
    public static IReadOnlyList<string> Columns { get; } = [.. OfConfigurations.Concat(OfRuns).Concat(OfWorkers).Distinct(StringComparer.Ordinal)];

    /// <summary>
    /// Costs by the columns given, the dearest first. By worker, machine, device, kind or family alone, and without a filter, each trial counts once; otherwise a
    /// trial counts in every study that has it.
    /// </summary>
    /// <exception cref="StudyInputException">Columns that cannot be asked for together.</exception>
    public Task<AnswerTable> CostAsync(ResultFilter filter, IReadOnlyList<string> by, AnswerPage page, CancellationToken cancel)
    {
        var names = by.Count > 0 ? by : ["study"];
        if (names.FirstOrDefault(name => !Columns.Contains(name, StringComparer.Ordinal)) is { } unknown)
            throw new StudyInputException($"--by {unknown}: no such column; choose from {string.Join(", ", Columns)}");
        string sql;
        if (!filter.IsRestricted() && names.All(name => OfWorkers.Contains(name, StringComparer.Ordinal)))
            sql = Sums(names, name => "w." + name, "w.trials", "w.epochs", "w.seconds", "worker_costs w", "true", page);
        else if (filter.Seeds.Count == 0 && names.All(name => OfConfigurations.Contains(name, StringComparer.Ordinal)))
            sql = Sums(names, name => ResultQueries.Column("c", name), "c.trials", "c.epochs", "c.spent", "configurations c JOIN studies s ON s.id = c.study_id", filter.Where("c"), page);
        else if (names.Contains("trial", StringComparer.Ordinal))
            sql = Trials(filter, names, page);
        else if (names.FirstOrDefault(name => name is "device" or "kind") is { } ofWorker)
            throw new StudyInputException($"--by {ofWorker} goes with worker, machine and family, and with no filter");
        else
            sql = Sums(names, OfRun, "(r.seconds IS NOT NULL)::integer + (r.test_seconds IS NOT NULL)::integer", "CASE WHEN r.seconds IS NOT NULL THEN r.epochs END",
                "coalesce(r.seconds, 0) + coalesce(r.test_seconds, 0)", "runs r JOIN studies s ON s.id = r.study_id", filter.Where("r"), page);
        return database.RunAsync(async c => await AnswerTable.ReadAsync(c, sql, page.Rows, cancel, filter.Values(await ResultQueries.StudiesAsync(c, filter, cancel))), repeatable: true, cancel);
    }

    /// <summary>What trainings have taken so far, over all studies.</summary>
    public Task<List<TrainingRate>> RatesAsync(CancellationToken cancel) => database.RunAsync(c => c.ReadAsync(
        r => new TrainingRate(r.GetString(0), r.GetString(1), r.GetString(2), r.GetDouble(3), r.GetDouble(4)),
        """
        SELECT data_set, model, mode, sum(spent), sum(epochs::double precision * size) FROM configurations
        WHERE epochs > 0 AND size > 0 AND data_set IS NOT NULL AND model IS NOT NULL AND mode IS NOT NULL GROUP BY 1, 2, 3
        """, cancel), repeatable: true, cancel);

    static string Sums(IReadOnlyList<string> names, Func<string, string> column, string trials, string epochs, string seconds, string from, string where, AnswerPage page)
    {
        var keys = string.Join(", ", names.Select((_, i) => (i + 1).ToString(CultureInfo.InvariantCulture)));
        return $"""
            SELECT {string.Join(", ", names.Select(name => $"{column(name)} AS {name}"))},
                sum({trials})::bigint AS trials, coalesce(sum({epochs}), 0)::bigint AS epochs, sum({seconds}) / 3600 AS core_hours, sum({seconds}) / nullif(sum({trials}), 0) AS seconds_per_trial,
                sum({seconds}) / nullif(sum({epochs}), 0) AS seconds_per_epoch
            FROM {from} WHERE {where} GROUP BY {keys} ORDER BY core_hours DESC NULLS LAST, {keys} {page.Sql}
            """;
    }

    // Only the first page is looked up: of a million trials the dearest are found by their seconds alone.
    static string Trials(ResultFilter filter, IReadOnlyList<string> names, AnswerPage page) => $"""
        SELECT {string.Join(", ", names.Select(name => $"{(name == "trial" ? "left(t.key, 12)" : OfRun(name))} AS {name}"))}, r.node, r.epochs, r.spent / 3600 AS core_hours, r.seconds, r.test_seconds,
            r.seconds / nullif(r.epochs, 0) AS seconds_per_epoch, r.worker
        FROM (
            SELECT r.*, coalesce(r.seconds, 0) + coalesce(r.test_seconds, 0) AS spent FROM runs r WHERE coalesce(r.seconds, r.test_seconds) IS NOT NULL AND {filter.Where("r")}
            ORDER BY coalesce(r.seconds, 0) + coalesce(r.test_seconds, 0) DESC, r.study_id, r.ordinal {page.Sql}) r
        JOIN studies s ON s.id = r.study_id LEFT JOIN trials t ON t.id = coalesce(r.trial_id, r.test_id)
        ORDER BY r.spent DESC, r.study_id, r.ordinal
        """;

    // A worker's name begins with its machine's.
    static string OfRun(string name) => name == "machine" ? "split_part(r.worker, ':', 1)" : ResultQueries.Column("r", name);
}

/// <summary>What trainings of a network, of one name and way of transfer, have taken on a data set.</summary>
/// <param name="Model">As studies call it.</param>
/// <param name="Mode">As studies call it.</param>
/// <param name="Seconds">In workers, evaluations included.</param>
/// <param name="Passes">Rows that went through it: epochs times training rows.</param>
public sealed record TrainingRate(string DataSet, string Model, string Mode, double Seconds, double Passes);
