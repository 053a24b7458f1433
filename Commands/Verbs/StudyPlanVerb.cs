using System.CommandLine;
using System.Globalization;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Storage;
using AtomSets.Studies;
using AtomSets.Tensors;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary><c>atomsets study plan</c>: what a study file would compute, without computing it.</summary>
static class StudyPlanVerb
{
    static readonly Dictionary<string, Func<ForecastRow, object>> s_columns = new(StringComparer.Ordinal)
    {
        ["role"] = row => row.Role, ["name"] = row => row.Name, ["mode"] = row => row.Mode, ["model"] = row => row.Model, ["data_set"] = row => row.Data, ["size"] = row => row.Rows,
    };

    public static Command Create(CliContext context, Option<string?> database)
    {
        var file = new Argument<string>("file") { Description = "The study file (YAML)." };
        var by = new Option<string[]>("--by") { Description = $"What makes a row: {string.Join(", ", s_columns.Keys)}; default: role,name,mode,model.", HelpName = "columns" };
        var format = CommonOptions.Format();
        var command = new Command("plan", "Checks a study file and counts what it would compute at most (about, where a search prunes), without computing anything: trainings, epochs, rows that go through networks, looks at test rows; "
            + "and core-hours, by what trainings of these names on these data have taken here so far.\n\nExample: atomsets study plan examples/quick.yaml") { file, by, format };
        command.SetAction(async (result, cancellation) =>
        {
            var columns = Columns(result.GetValue(by) ?? []);
            var study = StudyFiles.Read(result.GetValue(file)!);
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            using var data = new DataCache(new DataSetLoader(), () => CpuKernels.Create());
            var resolved = await Task.Run(() => new StudyResolver(ModelRegistry.Default, data, session.Artifacts).Resolve(study.Text, study.Origin, null, cancellation), cancellation);
            var rows = Timed(StudyForecast.Of(resolved), await session.Costs.RatesAsync(cancellation));
            var chosen = result.GetValue(format);
            Table(rows, columns).Write(context.Console, chosen);
            if (chosen != OutputFormat.Table) return ExitCodes.Done;
            context.Console.WriteLine();
            context.Console.WriteLine($"{resolved.Name}: {Sum(rows)}");
            foreach (var fact in resolved.Facts) context.Console.WriteLine($"- {fact.Text}");
            return ExitCodes.Done;
        });
        return command;
    }

    static List<string> Columns(string[] by)
    {
        var names = ResultColumns.Names(by);
        if (names.FirstOrDefault(name => !s_columns.ContainsKey(name)) is { } unknown)
            throw new StudyInputException($"--by {unknown}: no such column; choose from {string.Join(", ", s_columns.Keys)}");
        return names.Count > 0 ? names : ["role", "name", "mode", "model"];
    }

    // By the same way of transfer on the same data, else by any of the same network there.
    static List<(ForecastRow Row, double? Hours)> Timed(IReadOnlyList<ForecastRow> rows, List<TrainingRate> rates)
    {
        double? Hours(ForecastRow row)
        {
            if (row.Passes == 0) return 0;
            var near = rates.Where(rate => rate.DataSet == row.Data && rate.Model == row.Model).ToList();
            if (near.Exists(rate => rate.Mode == row.Mode)) near.RemoveAll(rate => rate.Mode != row.Mode);
            return near.Count == 0 ? null : row.Passes * near.Sum(rate => rate.Seconds) / near.Sum(rate => rate.Passes) / 3600;
        }
        return [.. rows.Select(row => (row, Hours(row)))];
    }

    static RowTable Table(List<(ForecastRow Row, double? Hours)> rows, List<string> columns)
    {
        var table = new RowTable([.. columns, "trainings", "epochs", "passes", "looks", "core_hours"]);
        foreach (var group in rows.GroupBy(row => string.Join('\n', columns.Select(name => Convert.ToString(s_columns[name](row.Row), CultureInfo.InvariantCulture)))))
        {
            object? hours = group.Any(one => one.Hours is null) ? null : group.Sum(one => one.Hours);
            table.Add([.. columns.Select(name => s_columns[name](group.First().Row)), group.Sum(one => one.Row.Trainings), group.Sum(one => one.Row.Epochs), group.Sum(one => one.Row.Passes),
                group.Sum(one => one.Row.Looks), hours]);
        }
        return table;
    }

    static string Sum(List<(ForecastRow Row, double? Hours)> rows)
    {
        var bound = rows.Exists(one => one.Row.IsPruned) ? "about" : "at most";
        var counts = string.Create(CultureInfo.InvariantCulture,
            $"{rows.Sum(one => one.Row.Trainings):N0} trainings, {bound} {rows.Sum(one => one.Row.Epochs):N0} epochs and {rows.Sum(one => one.Row.Passes):N0} rows through networks, {rows.Sum(one => one.Row.Looks):N0} looks at test rows");
        var known = rows.Where(one => one.Hours is not null && one.Row.Passes > 0).ToList();
        if (known.Count == 0) return $"{counts}; how long that takes is known once some of it has run here";
        var hours = $"{counts}; {bound} {Numbers.Short(known.Sum(one => one.Hours!.Value))} core-hours";
        var open = rows.Where(one => one.Hours is null).Sum(one => one.Row.Passes);
        return open == 0 ? hours : string.Create(CultureInfo.InvariantCulture, $"{hours} for what has been timed here, and {open:N0} rows that have not");
    }
}
