using System.CommandLine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary><c>atomsets predict</c>: structure files or formulas in, values with units out.</summary>
static class PredictVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var model = new Option<string>("--model")
        {
            Description = "A trial's key, a model file, a kept model or a published one (model list shows them).",
            Required = true,
            HelpName = "trial-or-file",
        };
        var inputs = new Argument<string[]>("input") { Description = "Structure files (CIF, POSCAR, JSON) or formulas.", Arity = ArgumentArity.OneOrMore };
        var state = new Option<int>("--state") { Description = "Global state of models that have one, such as a level of theory.", DefaultValueFactory = _ => 0 };
        var format = CommonOptions.Format();
        var command = new Command("predict", "Predicts a property of structures or formulas, in physical units. An input that cannot be predicted gets a message and harms no other."
            + "\n\nExample: atomsets predict --model mp-2019.4.1_formation_energy NaCl.cif --format json") { model, inputs, state, format };
        command.SetAction(async (result, cancellation) =>
        {
            if (MoleculePredictions.Find(result.GetValue(model)!) is { } molecular)
                return MoleculePredictions.Run(context, molecular, result.GetValue(inputs)!, result.GetValue(format), cancellation);
            var (file, name) = await new ModelResolver(context, result.GetValue(database)).FindAsync(result.GetValue(model)!, cancellation);
            using var predictor = new Predictor(name, file, ModelRegistry.Default, () => CpuKernels.Create());
            var read = result.GetValue(inputs)!.SelectMany(Read).ToList();
            var good = read.Where(r => r.Input is not null).Select(r => r.Input!).ToList();
            var predicted = new Queue<Prediction>(predictor.Predict(good, result.GetValue(state), cancellation));
            var predictions = read.ConvertAll(r => r.Input is null ? new Prediction(r.Label, null, predictor.Target.Unit, r.Error) : predicted.Dequeue());

            var chosen = result.GetValue(format);
            if (chosen == OutputFormat.Table) context.Error.WriteLine($"{predictor.Target.Name} by {name}");
            Table(predictions).Write(context.Console, chosen);
            return predictions.Any(p => p.Error is not null) ? ExitCodes.BadInput : ExitCodes.Done;
        });
        return command;
    }

    static RowTable Table(IReadOnlyList<Prediction> predictions)
    {
        var table = new RowTable("input", "value", "unit", "error") { OmitNulls = true };
        foreach (var p in predictions) table.Add(p.Input, p.Value, p.Error is null ? p.Unit : null, p.Error);
        return table;
    }

    /// <summary>What an argument means: the structures of an existing file, else a formula.</summary>
    static IEnumerable<(string Label, PredictionInput? Input, string? Error)> Read(string argument)
    {
        List<(string, PredictionInput?, string?)> read = [];
        try
        {
            if (File.Exists(argument))
            {
                var crystals = StructureReader.ReadAll(argument);
                foreach (var crystal in crystals)
                {
                    var label = crystals.Count == 1 ? argument : $"{argument}#{crystal.Id}";
                    read.Add((label, PredictionInput.Of(label, crystal), null));
                }
            }
            else if (StructureReader.FormatOfName(argument) is not null || argument.Contains('/', StringComparison.Ordinal))
            {
                read.Add((argument, null, $"there is no file {argument}"));
            }
            else
            {
                read.Add((argument, PredictionInput.Of(argument, Composition.Parse(argument)), null));
            }
        }
        catch (InputException exception)
        {
            read.Add((argument, null, exception.Message));
        }
        return read;
    }
}
