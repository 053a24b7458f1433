using System.CommandLine;
using System.Globalization;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Commands;

/// <summary><c>atomsets features …</c>: layers of a network as a table for other programs.</summary>
static class FeaturesVerb
{
    public static Command Create(CliContext context, Option<string?> database) =>
        new("features", "Values of a network's layers as features.\n\nExample: atomsets features export --model mp-2019.4.1_formation_energy --layers V1_stats crystals.csv") { Export(context, database) };

    static Command Export(CliContext context, Option<string?> database)
    {
        var model = new Option<string>("--model") { Description = "The network: a trial's key, a model file, a kept model or a published one.", Required = true, HelpName = "trial-or-file" };
        var layers = new Option<string>("--layers") { Description = "Layers, joined by +: V0, V1, V1_pre, E1, U1, V1_stats, V1_mean, site_readout, final, readout_0 … (docs/models.md).", Required = true, HelpName = "names" };
        var inputs = new Argument<string[]>("input")
        {
            Description = "Structure files (CIF, POSCAR, JSON), folders of these, patterns, tables (CSV), lists (.txt, or - for standard input), or formulas; as predict takes them.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var data = new Option<string?>("--data") { Description = "A data set instead (data list shows them).", HelpName = "set" };
        var with = new Option<string[]>("--with") { Description = "Columns of the data set that stand beside the features, such as a target and its folds.", HelpName = "columns", AllowMultipleArgumentsPerToken = true };
        var state = new Option<string?>("--state") { Description = "Level of theory of a network that has several: its name or number.", HelpName = "level" };
        var file = new Option<string?>("--out") { Description = "The CSV to write; default: standard output.", HelpName = "file" };
        var workers = CommonOptions.Workers();
        var command = new Command("export", "Writes layers of a network as CSV: a row per material, or per atom for layers of atoms, with named columns and full precision. A material that the network cannot take gets a row with the reason."
            + "\n\nExamples: atomsets features export --model mp-2019.4.1_formation_energy --layers V1_stats+final NaCl.cif"
            + "\n          atomsets features export --model mp-2019.4.1_formation_energy --layers V0_stats Al2O3 NaCl"
            + "\n          atomsets features export --model mp-2019.4.1_formation_energy --layers V1_stats --data struct_matbench_phonons --with last_phdos_peak_cm1,official_test_fold --out phonons.csv")
            { model, layers, inputs, data, with, state, file, workers };
        command.SetAction(async (result, cancellation) =>
        {
            var arguments = result.GetValue(inputs) ?? [];
            string[] columns = [.. (result.GetValue(with) ?? []).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
            if (arguments.Length == 0 == result.GetValue(data) is null) throw new InputException("features export takes either inputs (files, folders, formulas) or --data with a set");
            if (columns.Length > 0 && result.GetValue(data) is null) throw new InputException($"--with {columns[0]}: only a data set (--data) has columns");
            var (network, name) = await new ModelResolver(context, result.GetValue(database)).FindAsync(result.GetValue(model)!, cancellation);
            if (result.GetValue(state) is { } level) network = StateBinding.At(network, StateBinding.Find(name, network.States, level));
            var reader = new LayerReader(name, network, result.GetValue(layers)!, ModelRegistry.Default, () => CpuKernels.Create());
            var set = result.GetValue(data) is { } asked ? new DataSetLoader().Load(asked, new DataSetQuery { Structures = reader.NeedsStructures }, cancellation) : null;
            var items = set is null ? new PredictionArguments(Console.In).Read(arguments).Select(Input) : Enumerable.Range(0, set.Count).Select(row => new LayerInput(set.Ids[row], () => [set.HasCrystals
                ? PredictionInput.Of(set.Ids[row], set.Crystal(row)) : PredictionInput.Of(set.Ids[row], set.Composition(row))]));
            var beside = set is null ? [] : columns.Select(column => new SetColumn(set, column)).ToArray();
            var threads = result.GetValue(workers) ?? Environment.ProcessorCount;
            var began = context.Time.GetTimestamp();
            var (rows, failed) = (0, 0);
            void Write(TextWriter text)
            {
                var table = new FeatureWriter(text, reader, [.. beside.Select(column => column.Name)]);
                foreach (var values in new LayerStream(reader, threads).Run(items, cancellation))
                {
                    table.Write(values, [.. beside.Select(column => column[rows])]);
                    rows++;
                    if (values.Error is not null) failed++;
                }
            }
            if (result.GetValue(file) is { } path) OutputFile.Write(path, Write);
            else Write(context.Console.Profile.Out.Writer);
            foreach (var refusal in set?.Refusals ?? []) context.Error.WriteLine($"left out: {refusal}");
            var seconds = context.Time.GetElapsedTime(began).TotalSeconds;
            context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows} materials, {Numbers.Short(rows / Math.Max(1e-3, seconds))} per second with {threads} workers; {failed} without values, each with its reason"));
            return failed > 0 ? ExitCodes.BadInput : ExitCodes.Done;
        });
        return command;
    }

    static LayerInput Input(PredictionItem item) => new(item.Label, () => [.. item.Read().Select(one => one.Input ?? throw new InputException(one.Error!))]);

    /// <summary>A column of a data set, numbers or texts.</summary>
    sealed class SetColumn
    {
        readonly double[]? _numbers;
        readonly IReadOnlyList<string>? _texts;

        /// <exception cref="InputException">The set has no such column.</exception>
        public SetColumn(DataSet set, string name)
        {
            Name = name;
            if (set.TextColumns.Contains(name)) _texts = set.Text(name);
            else _numbers = set.Column(name).ToArray();
        }

        public string Name { get; }

        public object? this[int row] => _texts is not null ? _texts[row] : double.IsFinite(_numbers![row]) ? _numbers[row] : null;
    }
}
