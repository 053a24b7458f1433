using System.CommandLine;
using System.Globalization;
using AtomSets.Storage;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary><c>atomsets results …</c>: reports, groups and SQL; the questions that have a verb each are in <see cref="ResultAnswerVerbs"/> and <see cref="SizesVerb"/>.</summary>
static class ResultsVerb
{
    const int DefaultLimit = 10_000;

    public static Command Create(CliContext context, Option<string?> database)
    {
        var filter = new ResultFilterOptions();
        var by = new Option<string[]>("--by")
        {
            Description = "Group runs by these columns: study, role, source, source_size, target, data_set, property, model, family, mode, size, seed, fold, group. Give several with commas. "
                + "Without role, pre-training runs are left out.",
            HelpName = "columns",
            AllowMultipleArgumentsPerToken = true,
        };
        var runs = new Option<bool>("--runs") { Description = "One row for every run instead of groups." };
        var forError = CommonOptions.WantedError("In the report of one study: the rows that this error needs by each fit, in the errors' unit.");
        var answer = new AnswerOptions(DefaultLimit);
        var command = new Command("results", "Shows results: of one study as a report, or as rows to filter and group."
            + "\n\nExamples:\n  atomsets results quick\n  atomsets results --mode scratch,full --by target,mode,size --format csv") { by, runs, forError };
        filter.AddTo(command);
        answer.AddTo(command);
        foreach (var verb in new ResultAnswerVerbs(context, database).All) command.Add(verb);
        command.Add(new SizesVerb(context, database).Create());
        command.Add(MetricsVerb.Create(context, database));
        command.Add(DiscoveryVerb.Create(context, database));
        command.Add(GroupsVerb.Create(context, database));
        command.Add(EnsembleVerb.Create(context, database));
        command.Add(SqlQuery(context, database));
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var chosen = filter.Read(result);
            var (output, wanted) = (answer.Format(result), result.GetValue(forError));
            await filter.CheckStudiesAsync(chosen, session, cancellation);
            var columns = ResultColumns.Parse(result.GetValue(by) ?? []);
            var asReport = columns.Count == 0 && !result.GetValue(runs) && output == OutputFormat.Table && chosen.Studies.Count == 1 && filter.IsOnlyStudies(chosen);
            if (wanted is not null && (wanted <= 0 || !asReport))
                throw new Studies.StudyInputException(string.Create(CultureInfo.InvariantCulture, $"--for-error {wanted} goes with the report of one study: atomsets results <study> --for-error 0.05"));
            if (result.GetValue(runs))
            {
                answer.Write(context, result, await session.Answers.TrialsAsync(chosen, answer.Page(result), cancellation));
                return ExitCodes.Done;
            }
            if (asReport)
            {
                await new ResultPrinter(context, session).PrintStudyAsync(chosen.Studies[0], cancellation, wanted);
                return ExitCodes.Done;
            }
            if (columns.Count > 0 && !columns.Contains(ResultColumn.Role) && chosen.Roles.Count == 0) chosen = chosen with { Roles = ["transfer"] };
            if (columns.Count == 0) columns = [ResultColumn.Study, ResultColumn.Role, ResultColumn.Target, ResultColumn.Mode, ResultColumn.Model, ResultColumn.Size];
            answer.Write(context, result, Groups(await session.Results.GroupsAsync(chosen, columns, cancellation), columns, answer.Page(result)));
            return ExitCodes.Done;
        });
        return command;
    }

    static AnswerTable Groups(List<ResultGroup> groups, List<ResultColumn> by, AnswerPage page)
    {
        string[] columns = [.. by.Select(column => column.ToString().ToLowerInvariant()), "runs", "failed", "pending", "capped", "validation", "validation_se", "test", "test_se", "metric", "unit", "seconds"];
        var left = groups.Skip(page.Offset).ToList();
        var shown = page.Limit > 0 ? left.Take(page.Limit) : left;
        return new AnswerTable(columns, [.. shown.Select(group => (object?[])
        [
            .. group.By, group.Runs, group.Failed, group.Pending, group.Capped, group.Validation?.Mean, group.Validation?.StandardError,
            group.Test?.Mean, group.Test?.StandardError, group.Metric, group.Unit, group.Seconds,
        ])], page.Limit > 0 && left.Count > page.Limit);
    }

    static Command SqlQuery(CliContext context, Option<string?> database)
    {
        var sql = new Argument<string>("query") { Description = "One SELECT over the views result_rows, configuration_rows, learning_curves, prediction_rows, material_rows, cost_rows, test_look_rows." };
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
}
