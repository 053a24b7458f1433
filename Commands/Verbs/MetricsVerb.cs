using System.CommandLine;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary><c>atomsets results metrics</c>: every figure of merit on test rows, with its spread over folds and the best published one.</summary>
static class MetricsVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var study = StudyVerbs.StudyName();
        var only = new Option<string[]>("--metric") { Description = "These figures only, such as mae,rmse or roc_auc_from_probabilities.", HelpName = "names", AllowMultipleArgumentsPerToken = true };
        var format = CommonOptions.Format();
        var command = new Command("metrics", "All figures of merit on test rows: mean and standard deviation over folds (over seeds where there are no folds), looks at test rows, and the best published figure of the same kind."
            + "\n\nExamples: atomsets results metrics quick\n          atomsets results metrics quick --metric mae,rmse --format csv") { study, only, format };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var name = result.GetValue(study)!;
            var outcomes = await MetricOutcome.OfAsync(await session.Engine.ShowAsync(name, cancellation), session.Ledger, DataSetRegistry.Shared, cancellation);
            if (outcomes.Count == 0) throw new StudyInputException($"study {name} has no finished evaluation: run it to its end");
            string[] wanted = [.. (result.GetValue(only) ?? []).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
            foreach (var unknown in wanted.Where(metric => !outcomes.Exists(outcome => outcome.Metric == metric)))
                throw new StudyInputException($"study {name} has no figure {unknown}; {NearestName.Advice(unknown, outcomes.Select(outcome => outcome.Metric).Distinct())}");
            var table = new RowTable("target", "mode", "rows", "metric", "test", "spread", "parts", "looks", "unit", "published", "published_by");
            foreach (var one in outcomes.Where(outcome => wanted.Length == 0 || wanted.Contains(outcome.Metric)))
                table.Add(one.Target, one.Way, one.Rows, one.Metric, one.Mean, one.Spread, one.Parts.Count, one.Looks, one.Unit, one.Published?.Value, By(one.Published));
            table.Write(context.Console, result.GetValue(format));
            return ExitCodes.Done;
        });
        return command;
    }

    // With what was said of it: some are of other rows.
    static string? By(PublishedFigure? figure) => figure is { Note: { Length: > 0 } note } ? $"{figure.Method} ({note})" : figure?.Method;
}
