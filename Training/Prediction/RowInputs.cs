using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>The rows of prepared data as a <see cref="RowModel"/> reads them.</summary>
public sealed class RowInputs : IDisposable
{
    readonly IReadOnlyList<MemberInputs> _members;

    internal RowInputs(IReadOnlyList<MemberInputs> members)
    {
        _members = members;
        Refused = [.. _members.SelectMany(member => member.Refused).DistinctBy(row => row.Row)];
    }

    /// <summary>Rows that a member cannot take, with the first reason.</summary>
    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <summary>Each member's predictions, in the target's unit; probabilities of class 1 for a classifier.</summary>
    /// <param name="rows">None of the refused.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <returns>[members][rows]</returns>
    public double[][] Predict(int[] rows, CancellationToken cancellation = default) => [.. _members.Select(member => member.Predict(rows, [], cancellation))];

    /// <summary>The mean of the members' predictions, and how sure it is: the spread of several members, or the deviation that a single model predicts itself.</summary>
    /// <param name="rows">None of the refused.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <returns>[rows] Without ids and truths.</returns>
    public MeanPrediction[] PredictMeans(int[] rows, CancellationToken cancellation = default)
    {
        if (_members is [{ PredictsDeviations: true } single])
        {
            var deviations = new double[rows.Length];
            var values = single.Predict(rows, deviations, cancellation);
            return [.. values.Select((value, i) => new MeanPrediction("", double.NaN, value, deviations[i], 1))];
        }
        var predictions = Predict(rows, cancellation);
        return [.. rows.Select((_, i) => MemberPredictions.Of("", double.NaN, Array.ConvertAll(predictions, member => member[i])))];
    }

    public void Dispose()
    {
        foreach (var member in _members) member.Dispose();
    }
}

/// <summary>What one member reads of prepared data, and what its predictions are added to.</summary>
sealed record MemberInputs(TrainedModel Model, PreparedData Data, IBatchSource Source, MemberInputs? Baseline) : IDisposable
{
    public bool PredictsDeviations => Model.PredictsDeviations;

    public IEnumerable<RefusedRow> Refused => Baseline is null ? Source.Refused : Source.Refused.Concat(Baseline.Refused);

    /// <returns>[rows]</returns>
    public double[] Predict(int[] rows, Span<double> deviations, CancellationToken cancellation)
    {
        var predictions = Model.Predict(Source, Data, rows, deviations, cancellation);
        if (Baseline is null) return predictions;
        var below = Baseline.Predict(rows, [], cancellation);
        for (var i = 0; i < predictions.Length; i++) predictions[i] += below[i];
        return predictions;
    }

    public void Dispose()
    {
        Source.Dispose();
        Baseline?.Dispose();
    }
}
