using System.CommandLine;
using System.Globalization;
using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Commands;

/// <summary><c>atomsets predict</c>: structures or formulas in, values with units out, however many.</summary>
static class PredictVerb
{
    const int MostToldFailures = 5;

    /// <summary>The level that <c>none</c> stands for: the library has no value options whose parser gives null.</summary>
    const double NoInterval = 0;

    public static Command Create(CliContext context, Option<string?> database)
    {
        var model = new Option<string>("--model")
        {
            Description = "A trial's key, a model file, a kept model or a published one (model list shows them).",
            Required = true,
            HelpName = "trial-or-file",
        };
        var inputs = new Argument<string[]>("input")
        {
            Description = "Structure files (CIF, POSCAR, JSON), folders of these, patterns such as '*.cif', tables (CSV with a column cif or formula), lists of files and formulas (a .txt file, or - for standard input), formulas.",
            Arity = ArgumentArity.OneOrMore,
        };
        var state = new Option<int>("--state") { Description = "Global state of models that have one, such as a level of theory.", DefaultValueFactory = _ => 0 };
        var interval = Interval();
        var ranking = new RankingOptions();
        var workers = CommonOptions.Workers();
        var format = CommonOptions.Format();
        var command = new Command("predict", "Predicts a property of structures or formulas, in physical units, with prediction intervals where the model knows its errors. An input that cannot be predicted gets a message and harms no other."
            + "\n\nExamples: atomsets predict --model mp-2019.4.1_formation_energy NaCl.cif --format json"
            + "\n          atomsets predict --model mp-2019.4.1_formation_energy crystals.csv --format csv --workers 4"
            + "\n          atomsets predict --model mp-2019.4.1_formation_energy candidates.cif --rank ascending --top 50") { model, inputs, state, interval, workers, format };
        ranking.AddTo(command);
        command.SetAction(async (result, cancellation) =>
        {
            if (MoleculePredictions.Find(result.GetValue(model)!) is { } molecular)
                return MoleculePredictions.Run(context, molecular, result.GetValue(inputs)!, result.GetValue(format), cancellation);
            var (file, name) = await new ModelResolver(context, result.GetValue(database)).FindAsync(result.GetValue(model)!, cancellation);
            Predictor Open() => new(name, file, ModelRegistry.Default, () => CpuKernels.Create());
            double? level = result.GetValue(interval) is > NoInterval and var some ? some : null;
            string? problem;
            bool hasDeviations;
            using (var first = Open())
            {
                hasDeviations = first.HasDeviations;
                problem = level is { } asked ? first.IntervalProblem(asked) : null;
                if (result.GetValue(format) == OutputFormat.Table)
                    context.Error.WriteLine($"{first.Target.Name} by {name}{(first.Members > 1 ? $", mean of {first.Members} models" : "")}{(level is null ? "" : problem is null ? string.Create(CultureInfo.InvariantCulture, $", interval of {100 * level.Value:0.##} %") : $", without interval: {problem}")}");
                else if (problem is not null && result.GetResult(interval) is { Implicit: false }) context.Error.WriteLine($"No intervals: {problem}.");
            }
            var options = new PredictionOptions { State = result.GetValue(state), Interval = problem is null ? level : null };
            var ranked = ranking.Read(result, options.Interval is not null, hasDeviations);
            var threads = result.GetValue(workers) ?? Environment.ProcessorCount;
            using var stream = new PredictionStream(Open, threads, options);
            var began = context.Time.GetTimestamp();
            var items = new PredictionArguments(Console.In).Read(result.GetValue(inputs)!);
            var writer = new PredictionWriter(context.Console, result.GetValue(format), options.Interval is not null, hasDeviations);
            var predictions = stream.Run(items, cancellation);
            var (rows, failed) = ranked is null ? writer.Write(predictions) : Rank(context, predictions, ranked);
            if (ranked is not null) writer.Write(ranked.Ranked);
            if (rows > 1) context.Error.WriteLine(PredictionWriter.Speed(rows, failed, context.Time.GetElapsedTime(began), threads, NeedsStructures(file) ? "crystals" : "materials"));
            return failed > 0 ? ExitCodes.BadInput : ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Ranks all, and tells on standard error why the first few of those that have no value have none.</summary>
    static (long Rows, long Failed) Rank(CliContext context, IEnumerable<Prediction> predictions, PredictionRanking ranking)
    {
        var (rows, failed) = (0L, 0L);
        foreach (var prediction in predictions)
        {
            rows++;
            if (!ranking.Add(prediction) && ++failed <= MostToldFailures) context.Error.WriteLine($"{prediction.Input}: {prediction.Error ?? "it has no such number"}");
        }
        return (rows, failed);
    }

    static bool NeedsStructures(ModelFile file) => file.Parts.Any(part => ModelRegistry.Default[part.Spec.Kind].Needs(part.Spec).HasFlag(ModelNeeds.Structures));

    static Option<double> Interval() => new("--interval")
    {
        Description = "Level of the prediction intervals, above 0 and below 1; 'none' for values alone.",
        HelpName = "level",
        DefaultValueFactory = _ => Calibration.UsualLevel,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (text == "none") return NoInterval;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var level) && level is > 0 and < 1) return level;
            result.AddError($"--interval {text}: must be a level above 0 and below 1, such as 0.9, or none");
            return NoInterval;
        },
    };
}
