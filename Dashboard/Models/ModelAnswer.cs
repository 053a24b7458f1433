using System.Text.Json;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Training;

namespace AtomSets.Dashboard;

/// <summary>A model: what it is, what it predicts, what it has seen.</summary>
/// <param name="Members">Models whose mean is the prediction; 0 for a single one.</param>
/// <param name="Needs">structure or formula.</param>
/// <param name="Interval90">Half the width of its usual 90 % interval, in <paramref name="Unit"/>; null where it knows no errors.</param>
/// <param name="Elements">Of the training rows; empty where not recorded.</param>
/// <param name="States">Names of the global states it distinguishes.</param>
sealed record ModelAnswer(
    string Name, string Kind, int Revision, string Property, string Unit, long Parameters, int Members, string Needs, JsonElement Settings, JsonElement? Training, IReadOnlyDictionary<string, double> Metrics, double? Interval90,
    int? CalibrationRows, IReadOnlyList<TrainedOnAnswer> TrainedOn, IReadOnlyList<ParentAnswer> Parents, IReadOnlyList<string> Elements, IReadOnlyList<string> States, string ContentHash)
{
    public static ModelAnswer Of(string name, ModelFile file, ModelRegistry registry) => new(
        name, file.Spec.Kind, file.Spec.Revision, file.Target.Name, file.Target.Unit, file.Parts.Sum(part => part.Parameters.Values.Sum(tensor => (long)tensor.Values.Length)), file.Members.Count,
        file.Parts.Any(part => registry[part.Spec.Kind].Needs(part.Spec).HasFlag(ModelNeeds.Structures)) ? "structure" : "formula", Json(file.Spec.ToShortJson()).GetProperty("settings"),
        file.Training is { } training ? Json(training.ToJson()) : null, file.Metrics,
        file.Calibration is { } calibration && calibration.Rows >= Calibration.RowsFor(Calibration.UsualLevel) ? calibration.HalfWidth(Calibration.UsualLevel, Math.Sqrt(calibration.MeanSquareSpread)) : null,
        file.Calibration?.Rows, TrainedOnAnswer.Of(file.Provenance.TrainedOn), [.. file.Provenance.Parents.Select(parent => new ParentAnswer(parent.Name, parent.Transfer, TrainedOnAnswer.Of(parent.TrainedOn)))],
        [.. file.Provenance.Elements.Select(number => Element.FromAtomicNumber(number).Symbol)], file.States, file.ContentHash);

    static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();
}

/// <param name="Rows">Null where not recorded.</param>
sealed record TrainedOnAnswer(string DataSet, string Column, int? Rows)
{
    public static IReadOnlyList<TrainedOnAnswer> Of(IEnumerable<TrainedOn> data) => [.. data.Select(one => new TrainedOnAnswer(one.DataSet, one.Column, one.Count > 0 ? one.Count : null))];
}

/// <param name="Transfer">How it was carried over.</param>
sealed record ParentAnswer(string Name, string Transfer, IReadOnlyList<TrainedOnAnswer> TrainedOn);
