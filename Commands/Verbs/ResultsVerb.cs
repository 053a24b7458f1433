using System.CommandLine;
using System.Globalization;
using AtomSets.Storage;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary><c>atomsets results …</c>: reports, groups, runs, learning curves, worst materials and SQL.</summary>
static class ResultsVerb
{
    const int DefaultLimit = 10_000;

    public static Command Create(CliContext context, Option<string?> database)
    {
        var filter = new ResultFilterOptions();
        var by = new Option<string[]>("--by")
        {
            Description = "Group runs by these columns: study, role, source, source_size, target, data_set, model, mode, size, seed, fold, group. Give several with commas. "
                + "Without role, pre-training runs are left out.",
            HelpName = "columns",
            AllowMultipleArgumentsPerToken = true,
        };
        var runs = new Option<bool>("--runs") { Description = "One row for every run instead of groups." };
        var forError = new Option<double?>("--for-error") { Description = "In the report of one study: the rows that this error needs by each fit, in the errors' unit.", HelpName = "error" };
        var format = CommonOptions.Format();
        var command = new Command("results", "Shows results: of one study as a report, or as rows to filter and group."
            + "\n\nExamples:\n  atomsets results quick\n  atomsets results --mode scratch,full --by target,mode,size --format csv") { by, runs, forError, format };
        filter.AddTo(command);
        command.Add(Curves(context, database));
        command.Add(Worst(context, database));
        command.Add(SqlQuery(context, database));
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var chosen = filter.Read(result);
            var (output, wanted) = (result.GetValue(format), result.GetValue(forError));
            await filter.CheckStudiesAsync(chosen, session, cancellation);
            var columns = Columns(result.GetValue(by) ?? []);
            var asReport = columns.Count == 0 && !result.GetValue(runs) && output == OutputFormat.Table && chosen.Studies.Count == 1 && filter.IsOnlyStudies(chosen);
            if (wanted is not null && (wanted <= 0 || !asReport))
                throw new Studies.StudyInputException(string.Create(CultureInfo.InvariantCulture, $"--for-error {wanted} goes with the report of one study and is above 0: atomsets results <study> --for-error 0.05"));
            if (result.GetValue(runs))
            {
                Runs(await session.Results.RowsAsync(chosen, DefaultLimit, cancellation)).Write(context.Console, output);
                return ExitCodes.Done;
            }
            if (asReport)
            {
                await new ResultPrinter(context, session).PrintStudyAsync(chosen.Studies[0], cancellation, wanted);
                return ExitCodes.Done;
            }
            if (columns.Count > 0 && !columns.Contains(ResultColumn.Role)) chosen = chosen with { Roles = ["transfer"] };
            if (columns.Count == 0) columns = [ResultColumn.Study, ResultColumn.Role, ResultColumn.Target, ResultColumn.Mode, ResultColumn.Model, ResultColumn.Size];
            Groups(await session.Results.GroupsAsync(chosen, columns, cancellation), columns).Write(context.Console, output);
            return ExitCodes.Done;
        });
        return command;
    }

    static RowTable Runs(IReadOnlyList<ResultRow> rows)
    {
        var table = new RowTable("study", "node", "role", "status", "model", "mode", "source", "source_size", "target", "property", "size", "seed", "fold", "validation", "test", "metric", "unit",
            "epochs", "best_epoch", "stop", "seconds", "parameters", "trial");
        foreach (var row in rows)
            table.Add(row.Study, row.Node, row.Role, row.Status.ToString().ToLowerInvariant(), row.Model, row.Mode, row.Source, row.SourceSize, row.Target, row.Property, row.Size, row.Seed, row.Fold,
                row.ValidationError, row.TestError, row.Metric, row.Unit, row.Epochs, row.BestEpoch, row.Stop, row.Seconds, row.Parameters, row.Key?.Short);
        return table;
    }

    static RowTable Groups(IReadOnlyList<ResultGroup> groups, List<ResultColumn> by)
    {
        var table = new RowTable([.. by.Select(column => column.ToString().ToLowerInvariant()), "runs", "failed", "pending", "capped",
            "validation", "validation_se", "test", "test_se", "metric", "unit", "seconds"]);
        foreach (var group in groups)
            table.Add([.. group.By, group.Runs, group.Failed, group.Pending, group.Capped, group.Validation?.Mean, group.Validation?.StandardError,
                group.Test?.Mean, group.Test?.StandardError, group.Metric, group.Unit, group.Seconds]);
        return table;
    }

    static Command Curves(CliContext context, Option<string?> database)
    {
        var filter = new ResultFilterOptions();
        var format = CommonOptions.Format();
        var command = new Command("curves", "Learning curves: one row per run and epoch.\n\nExample: atomsets results curves quick --mode full --format csv") { format };
        filter.AddTo(command);
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var chosen = filter.Read(result);
            await filter.CheckStudiesAsync(chosen, session, cancellation);
            var table = new RowTable("study", "node", "trial", "epoch", "train_loss", "validation", "learning_rate", "seconds", "samples_per_second");
            foreach (var point in await session.Results.CurvesAsync(chosen, cancellation))
                table.Add(point.Study, point.Node, point.Key.Short, point.Row.Epoch, point.Row.TrainLoss, point.Row.ValidationError, point.Row.LearningRate,
                    point.Row.Seconds, point.Row.SamplesPerSecond);
            table.Write(context.Console, result.GetValue(format));
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Worst(CliContext context, Option<string?> database)
    {
        var filter = new ResultFilterOptions();
        var limit = new Option<int>("--limit") { Description = "How many materials.", DefaultValueFactory = _ => 20 };
        var format = CommonOptions.Format();
        var command = new Command("worst", "Materials with the largest mean test error.\n\nExample: atomsets results worst demo-phonons --mode full") { limit, format };
        filter.AddTo(command);
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var chosen = filter.Read(result);
            await filter.CheckStudiesAsync(chosen, session, cancellation);
            var table = new RowTable("material", "target", "true value", "mean |error|", "mean residual", "predictions");
            foreach (var material in await session.Results.WorstMaterialsAsync(chosen, result.GetValue(limit), cancellation))
                table.Add(material.MaterialId, material.Target, material.Truth, material.MeanAbsoluteError, material.MeanResidual, material.Predictions);
            table.Write(context.Console, result.GetValue(format));
            return ExitCodes.Done;
        });
        return command;
    }

    static Command SqlQuery(CliContext context, Option<string?> database)
    {
        var sql = new Argument<string>("query") { Description = "One SELECT over the views result_rows, learning_curves, prediction_rows, test_look_rows." };
        var timeout = new Option<double>("--timeout") { Description = "Seconds that it may take.", DefaultValueFactory = _ => 30 };
        var limit = new Option<int>("--limit") { Description = "Rows at most.", DefaultValueFactory = _ => DefaultLimit };
        var format = CommonOptions.Format();
        var command = new Command("sql", "Runs a read-only query."
            + "\n\nExample: atomsets results sql \"select mode, size, avg(test_error) from result_rows group by 1, 2 order by 1, 2\"") { sql, timeout, limit, format };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var answer = await session.Sql.RunAsync(result.GetValue(sql)!, result.GetValue(limit), TimeSpan.FromSeconds(result.GetValue(timeout)), cancellation);
            var table = new RowTable([.. answer.Columns.Select(column => column.Name)]);
            foreach (var row in answer.Rows)
                table.Add([.. row.Select((text, i) => answer.Columns[i].IsNumber ? Number(text) : text)]);
            table.Write(context.Console, result.GetValue(format));
            if (answer.Truncated) context.Error.WriteLine($"More rows exist than the {result.GetValue(limit)} shown: raise --limit.");
            return ExitCodes.Done;
        });
        return command;
    }

    static object? Number(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
        : text;

    static List<ResultColumn> Columns(IEnumerable<string> names)
    {
        var columns = new List<ResultColumn>();
        foreach (var name in names.SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            if (!Enum.TryParse<ResultColumn>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var column) || !Enum.IsDefined(column) || char.IsAsciiDigit(name[0]))
                throw new Studies.StudyInputException($"--by {name}: no such column; choose from {string.Join(", ", Enum.GetNames<ResultColumn>()).ToLowerInvariant()}");
            if (!columns.Contains(column)) columns.Add(column);
        }
        return columns;
    }
}
