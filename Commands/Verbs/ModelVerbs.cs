using System.CommandLine;
using System.Text.Json;
using AtomSets.Dashboard;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Training;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary><c>atomsets model …</c>: list, show, export and import models.</summary>
static class ModelVerbs
{
    public static Command Create(CliContext context, Option<string?> database) =>
        new("model", "Lists, shows, exports and imports models (safetensors with JSON metadata).\n\nExample: atomsets model list")
        {
            List(context, database),
            Show(context, database),
            Export(context, database),
            Import(context, database),
        };

    static Command List(CliContext context, Option<string?> database)
    {
        var format = CommonOptions.Format();
        var command = new Command("list", "Lists the models at hand: our own, kept ones, those of trials, and published ones (which studies can name as parents).\n\nExample: atomsets model list") { format };
        command.SetAction(async (result, cancellation) =>
        {
            var table = new RowTable("model", "origin", "kind", "property", "unit", "error", "about");
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var models = await ModelListing.OfAsync(ModelResolver.OwnFolder(context), session.Models, session.Artifacts, cancellation);
            foreach (var model in models) table.Add(model.Name, model.Origin, model.Kind, model.Property, model.Unit, model.Error, model.Problem is { } problem ? $"cannot be read: {problem}" : model.About);
            table.Write(context.Console, result.GetValue(format));
            return models.TrueForAll(model => model.Problem is null) ? ExitCodes.Done : ExitCodes.FailedWork;
        });
        return command;
    }

    static Command Show(CliContext context, Option<string?> database)
    {
        var name = Model();
        var command = new Command("show", "Shows what a model is, what it predicts and what it has seen.\n\nExample: atomsets model show mp-2019.4.1_formation_energy") { name };
        command.SetAction(async (result, cancellation) =>
        {
            var (file, found) = await new ModelResolver(context, result.GetValue(database)).FindAsync(result.GetValue(name)!, cancellation);
            var table = new RowTable("what", "value");
            table.Add("model", found);
            table.Add("kind", $"{file.Spec.Kind} revision {file.Spec.Revision}");
            table.Add("predicts", $"{file.Target.Name} [{file.Target.Unit}]");
            AddParameters(table, file);
            table.Add("settings", file.Spec.ToShortJson());
            if (file.Training is { } training) table.Add("training", training.ToJson());
            foreach (var (metric, value) in file.Metrics) table.Add(metric, value);
            if (file.Calibration is { } calibration)
                table.Add("interval of 90 %", calibration.Rows < Calibration.RowsFor(Calibration.UsualLevel) ? $"none: {calibration.Rows} validation rows"
                    : $"± {Numbers.Short(calibration.HalfWidth(Calibration.UsualLevel, Math.Sqrt(calibration.MeanSquareSpread)))} {file.Target.Unit}{(calibration.SpreadShare > 0 ? " where members differ as usual" : "")}, from {calibration.Rows} validation rows");
            foreach (var data in file.Provenance.TrainedOn) table.Add("trained on", $"{data.DataSet} {data.Column}, {(data.Count > 0 ? $"{data.Count} rows" : "rows not recorded")}");
            foreach (var parent in file.Provenance.Parents) table.Add("parent", $"{parent.Name} ({parent.Transfer})" + (parent.TrainedOn.Count > 0 ? $", trained on {string.Join(", ", parent.TrainedOn.Select(data => data.DataSet))}" : ""));
            table.Add("elements", file.Provenance.Elements.Count == 0 ? "not recorded" : string.Join(' ', file.Provenance.Elements.Select(z => Element.FromAtomicNumber(z).Symbol)));
            if (file.States.Count > 0) table.Add("states", string.Join(", ", file.States.Select((state, index) => $"{index} {state}")));
            table.Add("content", file.ContentHash);
            table.Write(context.Console, OutputFormat.Table);
            return ExitCodes.Done;
        });
        return command;
    }

    static void AddParameters(RowTable table, ModelFile file)
    {
        if (file.Members.Count > 0)
        {
            foreach (var kind in file.Members.GroupBy(member => member.Spec.Kind)) table.Add("members", $"{kind.Count()} {kind.Key}");
            table.Add("parameters", file.Members.Sum(member => member.Parameters.Values.Sum(tensor => (long)tensor.Values.Length)));
            return;
        }
        if (ModelRegistry.Default[file.Spec.Kind] is not INetworkFamily)
        {
            table.Add("fitted numbers", file.Parameters.Values.Sum(tensor => (long)tensor.Values.Length));
            return;
        }
        var layout = file.CreateModel(ModelRegistry.Default).Parameters;
        table.Add("parameters", (long)layout.ParameterCount);
        if (layout.Parameters.Where(parameter => parameter.IsState).Sum(parameter => (long)parameter.Length) is > 0 and var running) table.Add("running statistics", running);
    }

    static Command Export(CliContext context, Option<string?> database)
    {
        var name = Model();
        var path = new Argument<string>("file") { Description = "Where to write it (.safetensors)." };
        var command = new Command("export", "Writes a model as a safetensors file with JSON metadata, readable from Python.\n\nExample: atomsets model export 3f9a12c04b7e best.safetensors") { name, path };
        command.SetAction(async (result, cancellation) =>
        {
            var (file, _) = await new ModelResolver(context, result.GetValue(database)).FindAsync(result.GetValue(name)!, cancellation);
            OutputFile.WriteBytes(result.GetValue(path)!, file.WriteTo);
            context.Console.WriteLine($"{result.GetValue(path)}: {file.Spec.Kind}, {file.Target.Name} [{file.Target.Unit}], {Numbers.Bytes(new FileInfo(result.GetValue(path)!).Length)}");
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Import(CliContext context, Option<string?> database)
    {
        var path = new Argument<string>("file") { Description = "A model file (.safetensors)." };
        var name = new Option<string?>("--name") { Description = "Name to keep it under; default: the file's." };
        var command = new Command("import", "Keeps a model file under a name, for predict.\n\nExample: atomsets model import best.safetensors --name phonons-best") { path, name };
        command.SetAction(async (result, cancellation) =>
        {
            var source = result.GetValue(path)!;
            if (!File.Exists(source)) throw new InputException($"there is no model file {source}");
            var bytes = await File.ReadAllBytesAsync(source, cancellation);
            var file = ModelFile.Read(bytes, source);
            file.Check(ModelRegistry.Default);
            var chosen = result.GetValue(name) ?? Path.GetFileNameWithoutExtension(source);
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var artifact = session.Artifacts.Put(bytes);
            var metadata = JsonSerializer.Serialize(new { kind = file.Spec.Kind, target = file.Target.Name, unit = file.Target.Unit });
            if (!await session.Models.AddAsync(chosen, artifact, null, metadata, cancellation))
                throw new InputException($"a model named '{chosen}' is kept already; choose another name with --name");
            context.Console.WriteLine($"{chosen}: {file.Spec.Kind}, {file.Target.Name} [{file.Target.Unit}]");
            return ExitCodes.Done;
        });
        return command;
    }

    static Argument<string> Model() => new("model") { Description = "A trial's key, a model file, a kept model or a published one." };
}
