using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>What is written down about a trained model, however it was trained: its validation figures and what it has seen.</summary>
sealed class TrainedNotes(TrainContent content, PreparedRows rows, int[] trainRows, int[] validationRows)
{
    /// <summary>The settings of a spec's model, complete.</summary>
    /// <exception cref="TrialFailedException">They were written for another revision of the family.</exception>
    public static ModelSpec Resolve(ModelRegistry models, JsonObject described)
    {
        var kind = described["kind"]!.GetValue<string>();
        if (described["revision"]!.GetValue<int>() is var revision && models[kind].Revision is var here && revision != here)
            throw new TrialFailedException(string.Create(CultureInfo.InvariantCulture,
                $"the trial was planned for revision {revision} of {kind}, this program has revision {here}: run the study file again"), transient: false);
        return models.Resolve(kind, SettingsChecker.ToPairs(described["settings"]!.AsObject()));
    }

    /// <param name="kind">What the model predicts.</param>
    /// <param name="error">By the training's criterion.</param>
    public ValidationScore Score(OutputKind kind, double error) => Criterion.NameOf(content.Training.Criterion, kind) is var metric && Criterion.HasUnit(metric) ? new(metric, error, content.Data.Unit) : new(metric, error, "");

    /// <summary>Validation figures by name.</summary>
    /// <param name="kind">What the model predicts.</param>
    /// <param name="predictions">Of the validation rows.</param>
    public Dictionary<string, double> Metrics(OutputKind kind, double[] predictions)
    {
        var truth = Array.ConvertAll(validationRows, row => rows.Targets[row]);
        return Criterion.All(content.Training.Criterion, kind, predictions, truth).ToDictionary(figure => $"validation_{figure.Metric}", figure => figure.Value, StringComparer.Ordinal);
    }

    /// <summary>How far predictions lie from the truth, by the validation rows; null for a classifier.</summary>
    /// <param name="kind">What the model predicts.</param>
    /// <param name="predictions">Of the validation rows.</param>
    /// <param name="deviations">What the model says of its uncertainty on them; null where it says nothing.</param>
    public Calibration? Calibration(OutputKind kind, double[] predictions, double[]? deviations = null) => kind == OutputKind.Probability
        ? null
        : Training.Calibration.Fit(validationRows.Select((row, i) => rows.Targets[row] - predictions[i]).ToArray(), deviations);

    public ModelProvenance Provenance((ModelFile File, string Name)? parent)
    {
        var elements = new SortedSet<int>();
        foreach (var row in trainRows)
        {
            foreach (var amount in rows.Set.Composition(row).Amounts) elements.Add(amount.Element.AtomicNumber);
        }
        return new ModelProvenance
        {
            TrainedOn = [new TrainedOn(rows.Set.Name, rows.Set.ContentHash, content.Data.Request.Target, trainRows.Length + validationRows.Length, content.Data.Manifest)],
            Elements = [.. elements],
            Parents = parent is not { } ancestor
                ? []
                : [new ModelParent(ancestor.Name, ancestor.File.ContentHash, content.Transfer.ToString(), [.. ancestor.File.Provenance.AllTrainedOn()]) { Elements = ancestor.File.Provenance.KnownElements() }, .. ancestor.File.Provenance.Parents],
        };
    }
}
