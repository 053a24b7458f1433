namespace AtomSets.Training;

/// <summary>One row of several models' predictions.</summary>
/// <param name="Id">The material.</param>
/// <param name="Truth">Its target.</param>
/// <param name="Mean">Mean of the predictions.</param>
/// <param name="Spread">Their standard deviation (divisor n − 1); of one model the deviation that it predicts itself, NaN where it predicts none.</param>
/// <param name="Members">How many models predicted it.</param>
public readonly record struct MeanPrediction(string Id, double Truth, double Mean, double Spread, int Members);

/// <summary>The mean of several models' predictions of the same materials, of which each model may know a part.</summary>
public sealed class MemberPredictions
{
    readonly Dictionary<string, (double Truth, List<double> Values)> _rows = new(StringComparer.Ordinal);

    /// <summary>Adds a model's prediction of a material.</summary>
    public void Add(string id, double truth, double value)
    {
        if (!_rows.TryGetValue(id, out var row)) _rows.Add(id, row = (truth, []));
        row.Values.Add(value);
    }

    /// <summary>The materials by their ids, in ordinal order: the same whatever the order of the models' rows.</summary>
    public IReadOnlyList<MeanPrediction> Rows => [.. _rows.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => Of(row.Key, row.Value.Truth, [.. row.Value.Values]))];

    /// <summary>Mean and spread of one material's predictions.</summary>
    public static MeanPrediction Of(string id, double truth, ReadOnlySpan<double> values)
    {
        double sum = 0, squares = 0;
        foreach (var value in values) sum += value;
        var mean = sum / values.Length;
        foreach (var value in values) squares += (value - mean) * (value - mean);
        return new MeanPrediction(id, truth, mean, values.Length < 2 ? double.NaN : Math.Sqrt(squares / (values.Length - 1)), values.Length);
    }
}
