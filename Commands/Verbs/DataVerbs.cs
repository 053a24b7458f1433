using System.CommandLine;
using System.Globalization;
using AtomSets.Materials;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary><c>atomsets data …</c>: list, describe, check, import and fetch data sets.</summary>
static class DataVerbs
{
    public static Command Create(CliContext context) =>
        new("data", "Lists, describes, checks, compares and imports data sets.\n\nExample: atomsets data list")
        {
            List(context),
            Info(context),
            Check(context),
            DataCompareVerb.Create(context),
            DataEnumerateVerb.Create(context),
            Import(context),
            Fetch(context),
        };

    static Command List(CliContext context)
    {
        var format = CommonOptions.Format();
        var command = new Command("list", "Lists the known data sets and where each is found.\n\nExample: atomsets data list --format csv") { format };
        command.SetAction(result =>
        {
            var chosen = result.GetValue(format);
            var table = chosen == OutputFormat.Table
                ? new RowTable("name", "kind", "rows", "found", "title")
                : new RowTable("name", "kind", "rows", "path", "how_to_obtain", "licence", "title");
            foreach (var set in DataSetListing.Of(new DataSetLoader()))
            {
                object? rows = set.Rows > 0 ? set.Rows : null;
                if (chosen == OutputFormat.Table) table.Add(set.Name, set.Kind, rows, set.Path is not null ? "yes" : set.HowToObtain is null ? "built in" : "no", set.Title);
                else table.Add(set.Name, set.Kind, rows, set.Path, set.HowToObtain, set.Licence, set.Title);
            }
            table.Write(context.Console, chosen);
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Info(CliContext context)
    {
        var name = Set();
        var format = CommonOptions.Format();
        var command = new Command("info", "Describes a data set: columns, units, distributions, licence, citation, known problems."
            + "\n\nExample: atomsets data info struct_matbench_phonons") { name, format };
        command.SetAction((result, cancellation) =>
        {
            var info = DataSetInfo.Of(new DataSetLoader(), result.GetValue(name)!, cancellation);
            var chosen = result.GetValue(format);
            if (chosen == OutputFormat.Table)
            {
                context.Console.WriteLine($"{info.Set.Name}: {info.Set.Title}");
                context.Console.WriteLine($"{info.Rows} rows ({info.Refused} cannot be used), from {info.Source}, SHA-256 {info.ContentHash}");
                foreach (var (column, parts) in info.Parts)
                    context.Console.WriteLine($"{column}: " + string.Join(", ", parts.Select(part => $"{(part.Key.Length == 0 ? "(none)" : part.Key)} {part.Value}")));
            }
            var table = new RowTable("column", "unit", "values", "missing", "mean", "std", "MAD", "min", "5 %", "25 %", "median", "75 %", "95 %", "max", "meaning");
            foreach (var c in info.Columns)
                table.Add(c.Column, c.Unit, c.Count, c.Missing, c.Mean, c.StandardDeviation, c.MeanAbsoluteDeviation, c.Min, c.Quantile05, c.Quantile25, c.Median,
                    c.Quantile75, c.Quantile95, c.Max, c.About);
            table.Write(context.Console, chosen);
            if (chosen == OutputFormat.Table)
            {
                foreach (var figure in info.Set.Published)
                    context.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Published: {figure.Column} {figure.Metric} {figure.Value} by {figure.Method} ({figure.Input}) {figure.Note}").TrimEnd());
                foreach (var problem in info.Set.Problems) context.Console.WriteLine($"Mind: {problem}");
                if (info.Set.Licence.Length > 0) context.Console.WriteLine($"Licence: {info.Set.Licence}");
                foreach (var citation in info.Set.Citations) context.Console.WriteLine($"Cite: {citation}");
            }
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    static Command Check(CliContext context)
    {
        var name = Set();
        var target = new Option<string?>("--target") { Description = "A column that must hold a value." };
        var (id, formula, structure) = ColumnOptions();
        var format = CommonOptions.Format();
        var command = new Command("check", "Reads a whole data set and reports what its columns are taken for, and every row that cannot be used, with the reason."
            + "\n\nExample: atomsets data check my-table.csv --target gap") { name, target, id, formula, structure, format };
        command.SetAction((result, cancellation) =>
        {
            var set = result.GetValue(name)!;
            var hints = new ImportOptions { IdColumn = result.GetValue(id), FormulaColumn = result.GetValue(formula), StructureColumn = result.GetValue(structure) };
            if ((hints.IdColumn ?? hints.FormulaColumn ?? hints.StructureColumn) is not null && !InputTable.IsOne(set) && !File.Exists(set))
                throw new InputException($"--id, --formula and --structure name columns of a CSV file; what those of '{set}' mean is known");
            var check = DataSetCheck.Of(new DataSetLoader(), set, result.GetValue(target), hints, cancellation);
            var chosen = result.GetValue(format);
            var table = new RowTable("file", "row", "id", "reason");
            foreach (var refusal in check.Refusals.Concat(check.Warnings)) table.Add(refusal.File, refusal.Row, refusal.Id, refusal.Reason);
            if (chosen != OutputFormat.Table || table.Count > 0) table.Write(context.Console, chosen);
            if (chosen == OutputFormat.Table) Summarise(context, check);
            return Task.FromResult(check.Set.Count == 0 ? ExitCodes.BadInput : ExitCodes.Done);
        });
        return command;
    }

    static void Summarise(CliContext context, DataSetCheck check)
    {
        var console = context.Console;
        var set = check.Set.Descriptor;
        console.WriteLine($"{check.Set.Name}: {string.Join(", ", Roles(set).Append(set.Targets.Count > 0 ? $"numbers from {string.Join(" | ", set.Targets.Select(WithUnit))}" : "no column of numbers"))}.");
        console.WriteLine($"{check.Set.Name}: {check.Set.Count} of {check.Set.TotalRows} rows can be used, {check.Refusals.Count} are refused, {check.Warnings.Count} have cells that are no number.");
        if (check.RegisteredFile == false) console.WriteLine("The file is not the registered one: its SHA-256 differs.");
        foreach (var (column, blank) in check.Missing.Where(pair => pair.Value > 0)) console.WriteLine($"{column}: {blank} rows without a value");
        if (check.RepeatedFormulas > 0)
            console.WriteLine($"{check.RepeatedFormulas} rows repeat a formula; most often: {string.Join(", ", check.MostRepeated.Take(5).Select(f => $"{f.Formula} ({f.Rows})"))}");
        if (check.Closest is [var closest, ..])
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Shortest distance: {closest.Angstrom:0.000} Å in {closest.Id} ({closest.Formula}); {check.TooClose} crystals have one below {DataSetCheck.TooCloseAngstrom} Å."));
        if (check.Set.Count == 0) context.Error.WriteLine(check.Set.TotalRows == 0
            ? $"atomsets: {check.Set.Name} has no row: a table needs at least one below its header line."
            : "atomsets: no row can be used; mend the reasons above and check again.");
    }

    // Where the name says it already, once is enough.
    static string WithUnit(TargetColumn column) => column.Unit.Length > 0 && !column.Name.Contains(column.Unit, StringComparison.Ordinal) ? $"{column.Name} [{column.Unit}]" : column.Name;

    static IEnumerable<string> Roles(DataSetDescriptor set)
    {
        if (set.IdColumn is { } id) yield return $"ids from {id}";
        if (set.FormulaColumn is { } formula) yield return $"formulas from {formula}";
        if (set.StructureColumn is { } structure) yield return $"structures from {structure}";
    }

    static (Option<string?> Id, Option<string?> Formula, Option<string?> Structure) ColumnOptions() => (
        new Option<string?>("--id") { Description = "Column of ids; default: guessed, else row numbers.", HelpName = "column" },
        new Option<string?>("--formula") { Description = "Column of formulas; default: guessed.", HelpName = "column" },
        new Option<string?>("--structure") { Description = "Column of CIFs; default: guessed.", HelpName = "column" });

    static Command Import(CliContext context)
    {
        var path = new Argument<string>("path") { Description = "A CSV (.csv, .csv.gz), a folder of structure files with an id_prop.csv, a file of computed entries (.json, .json.gz), or a description of such (.yaml) with columns, units, splits and licence." };
        var name = new Option<string?>("--name") { Description = "Name of the set; default: the file's." };
        var (id, formula, structure) = ColumnOptions();
        var units = new Option<string[]>("--unit") { Description = "Unit of a target column: column=unit; repeat for several.", HelpName = "column=unit" };
        var replace = new Option<bool>("--replace") { Description = "Replace a set of the same name." };
        var command = new Command("import", "Checks your own table or folder and keeps it under a name that studies can use."
            + "\n\nExample: atomsets data import gaps.csv --name gaps --unit gap=eV") { path, name, id, formula, structure, units, replace };
        command.SetAction((result, cancellation) =>
        {
            var file = result.GetValue(path)!;
            if (file.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".yml", StringComparison.OrdinalIgnoreCase))
            {
                foreach (var set in DataSetImport.ImportDescribed(new DataSetLoader(), file, result.GetValue(replace), cancellation)) Imported(context, set.Imported, set.Rows, set.Imported.Descriptor.Name);
                return Task.FromResult(ExitCodes.Done);
            }
            var chosen = result.GetValue(name) ?? Path.GetFileName(file.TrimEnd('/')).Split('.')[0];
            var options = new ImportOptions
            {
                IdColumn = result.GetValue(id),
                FormulaColumn = result.GetValue(formula),
                StructureColumn = result.GetValue(structure),
                Units = Units(result.GetValue(units) ?? []),
                Replace = result.GetValue(replace),
            };
            var (imported, rows) = DataSetImport.Import(new DataSetLoader(), file, chosen, options, cancellation);
            // A table is kept with all of its rows, and what its columns mean; of folders and entries only what can be used is.
            Imported(context, imported, rows, InputTable.IsOne(file) ? chosen : file);
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    static void Imported(CliContext context, ImportedSet imported, DataSet rows, string checkedAs)
    {
        context.Console.WriteLine($"{imported.Descriptor.Name}: {rows.Count} of {rows.TotalRows} rows imported, kept in {imported.File}");
        foreach (var column in imported.Descriptor.Targets) context.Console.WriteLine($"- {WithUnit(column)}");
        if (rows.Refusals.Count > 0)
            context.Console.WriteLine($"{(rows.Refusals.Count == 1 ? "1 row was" : $"{rows.Refusals.Count} rows were")} refused (first: {rows.Refusals[0]}); all: atomsets data check {checkedAs}");
        if (rows.Warnings.Count > 0)
            context.Console.WriteLine($"{(rows.Warnings.Count == 1 ? "1 cell is no number and counts" : $"{rows.Warnings.Count} cells are no numbers and count")} as missing (first: {rows.Warnings[0]})");
        context.Console.WriteLine($"A study to start from: atomsets study new {imported.Descriptor.Name}{(imported.Descriptor.Targets.Count == 1 ? "" : " --target COLUMN")}");
    }

    static Dictionary<string, string> Units(string[] pairs)
    {
        var units = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new InputException($"--unit {pair}: must be column=unit, such as gap=eV");
            units[pair[..at]] = pair[(at + 1)..];
        }
        return units;
    }

    static Command Fetch(CliContext context)
    {
        var name = Set();
        var command = new Command("fetch", "Downloads a data set whose file is pinned and checked; for others, says where to obtain it."
            + "\n\nExample: atomsets data fetch struct_matbench_phonons") { name };
        command.SetAction(async (result, cancellation) =>
        {
            using var http = new HttpClient();
            var path = await new DataSetFetch(DataLocations.FromEnvironment(), http).FetchAsync(DataSetRegistry.Shared.Find(result.GetValue(name)!), cancel: cancellation);
            context.Console.WriteLine(path);
            return ExitCodes.Done;
        });
        return command;
    }

    static Argument<string> Set() => new("set") { Description = "Name of a data set (data list shows them), or a CSV or folder." };
}
