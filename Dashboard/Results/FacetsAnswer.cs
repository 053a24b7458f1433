using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>Errors by one property of the runs: the layer whose activations are carried over, the source, the model.</summary>
sealed record FacetsAnswer(string By, IReadOnlyList<FacetRow> Rows)
{
    /// <summary>What rows can be told apart by.</summary>
    public static string[] Names { get; } = ["layer", "source", "model", "mode", "weights"];

    /// <param name="rows">Finished runs.</param>
    public static FacetsAnswer Of(StudyDetails details, IReadOnlyList<ResultRow> rows, string by)
    {
        var labels = details.Nodes.ToDictionary(node => node.Node, node => node.Labels, StringComparer.Ordinal);
        string? Value(ResultRow row) => by switch
        {
            "source" => row.Source,
            "model" => row.Model,
            "mode" => row.Mode,
            // A layer is chosen by the plan, or drawn by a search; or there is a mode for each.
            _ => labels.GetValueOrDefault(row.Node)?.GetValueOrDefault(by) ?? row.Drawn.GetValueOrDefault(by) ?? (by == "layer" ? row.Layer : null),
        };
        // Modes that differ in nothing but their layer are one line.
        string? Line(ResultRow row) => by == "mode" ? null : by == "layer" && row.Layer is not null && !row.Drawn.ContainsKey(by) ? $"features ({row.Model})" : row.Mode;
        var answer = new List<FacetRow>();
        var runs = rows.Where(row => TargetCurves.IsTransfer(row) && row.Rung is null && row.ValidationError is not null).Select(row => (Row: row, Value: Value(row))).Where(run => run.Value is not null);
        foreach (var place in runs.GroupBy(run => (run.Row.Target, Mode: Line(run.Row), run.Row.Size)))
        {
            // Where only what validation chose was tested, the others have validation errors alone: then all are compared on those.
            var values = place.GroupBy(run => run.Value!, StringComparer.Ordinal).ToList();
            var isTest = values.TrueForAll(value => value.Any(run => run.Row.TestError is not null));
            var best = values.MinBy(value => value.Average(run => run.Row.ValidationError!.Value))!.Key;
            foreach (var value in values)
            {
                var errors = value.Select(run => isTest ? run.Row.TestError : run.Row.ValidationError).OfType<double>().ToList();
                var first = value.First().Row;
                answer.Add(new FacetRow(first.Target, place.Key.Mode, first.Size, value.Key, errors.Average(), Replicates.StandardError(errors), errors.Count, isTest, first.Unit, first.Metric, value.Key == best));
            }
        }
        return new FacetsAnswer(by, answer);
    }
}

/// <param name="Mean">Over <paramref name="Count"/> runs.</param>
/// <param name="IsTest">Whether errors are on test rows; else on validation rows.</param>
/// <param name="Selected">Whether it has the lowest mean validation error of its target, mode and size.</param>
sealed record FacetRow(string? Target, string? Mode, long? Size, string Value, double Mean, double? StandardError, int Count, bool IsTest, string? Unit, string? Metric, bool Selected);
