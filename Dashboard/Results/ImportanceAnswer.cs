using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>How much each searched setting decides the error, for every search space.</summary>
sealed record ImportanceAnswer(IReadOnlyList<SearchImportance> Searches)
{
    /// <param name="rows">Finished runs, those that paused at a rung included.</param>
    public static ImportanceAnswer Of(IReadOnlyList<ResultRow> rows) => new([.. rows.Where(row => row.Drawn.Count > 0 && row.ValidationError is > 0)
        .GroupBy(row => (Target: row.Role == "pretrain" ? row.Source : row.Target, row.Mode, row.Model, row.Size)).Select(space => SearchImportance.Of(space.Key.Target, [.. space]))]);
}

/// <param name="Epochs">The rung at which the draws are compared, which most of them reached; null: the end of the training.</param>
sealed record SearchImportance(string? Target, string? Mode, string? Model, long? Size, int Draws, int? Epochs, string? Metric, string? Unit, IReadOnlyList<ParameterImportance> Parameters)
{
    public static SearchImportance Of(string? target, IReadOnlyList<ResultRow> rows)
    {
        // Errors at different rungs are not alike.
        var rung = rows.GroupBy(row => row.Rung).OrderByDescending(level => level.Select(row => row.Group).Distinct().Count()).ThenBy(level => level.Key ?? int.MaxValue).First();
        var draws = rung.DistinctBy(row => row.Node).GroupBy(row => row.Group, StringComparer.Ordinal).Select(draw => (draw.Key, draw.First().Drawn, Error: draw.Average(row => row.ValidationError!.Value))).ToList();
        var first = rows[0];
        return new SearchImportance(target, first.Mode, first.Model, first.Size, draws.Count, rung.Key, first.Metric, first.Unit,
            [.. draws.SelectMany(draw => draw.Drawn.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name =>
            {
                var values = draws.Where(draw => draw.Drawn.ContainsKey(name)).Select(draw => (draw.Key, Value: draw.Drawn[name], draw.Error)).ToList();
                var importance = Importance.Of(name, values.ConvertAll(draw => (draw.Value, draw.Error)));
                return new ParameterImportance(name, importance.IsNumber ? "number" : "choice", importance.IsLog, importance.Share, [.. values.Select(draw => new ImportancePoint(draw.Value, draw.Error, draw.Key))], importance.Bins);
            }).OrderByDescending(parameter => double.IsNaN(parameter.Importance) ? -1 : parameter.Importance)]);
    }
}

/// <param name="Kind">number or choice.</param>
/// <param name="Importance">Share of the variance of log10(validation error) that it explains alone, 0 to 1; null where there are too few draws.</param>
/// <param name="Points">A draw each: mean validation error over its replicates.</param>
sealed record ParameterImportance(string Name, string Kind, bool IsLog, double Importance, IReadOnlyList<ImportancePoint> Points, IReadOnlyList<ImportanceBin> Bins);

sealed record ImportancePoint(string Value, double Error, string? Draw);
