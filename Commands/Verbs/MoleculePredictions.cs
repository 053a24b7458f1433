using AtomSets.Models.Published;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Commands;

/// <summary>The part of <c>atomsets predict</c> that is for molecules: published networks for them, on XYZ files.</summary>
static class MoleculePredictions
{
    /// <summary>The published network for molecules of this name; null where it is none.</summary>
    public static PublishedModel? Find(string name) =>
        PublishedModels.Find() is { } published && !File.Exists(name) && published.Names.Contains(name, StringComparer.Ordinal) && published.Open(name) is { IsMolecular: true } model ? model : null;

    /// <summary>Predicts files and the XYZ files of folders, and prints a row for each.</summary>
    public static int Run(CliContext context, PublishedModel model, IEnumerable<string> inputs, OutputFormat format, CancellationToken cancellation)
    {
        using var predictor = new MoleculePredictor(model, CpuKernels.Create());
        var paths = inputs.SelectMany(input => Directory.Exists(input) ? Directory.EnumerateFiles(input, "*.xyz").Order(StringComparer.Ordinal) : (IEnumerable<string>)[input]);
        if (format == OutputFormat.Table) context.Error.WriteLine($"{model.Property} by {model.Name}");
        var table = new RowTable("input", "value", "unit", "error") { OmitNulls = true };
        var failed = false;
        foreach (var one in predictor.Predict(paths, cancellation))
        {
            table.Add(one.Input, one.Value, one.Error is null ? one.Unit : null, one.Error);
            failed |= one.Error is not null;
        }
        table.Write(context.Console, format);
        return failed ? ExitCodes.BadInput : ExitCodes.Done;
    }
}
