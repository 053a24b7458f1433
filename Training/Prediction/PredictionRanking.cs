namespace AtomSets.Training;

/// <summary>What predictions are ranked by.</summary>
public enum RankedBy
{
    /// <summary>The value.</summary>
    Value,

    /// <summary>The lower end of the interval: what is low for sure comes first only where the interval is narrow.</summary>
    Low,

    /// <summary>The upper end of the interval.</summary>
    High,

    /// <summary>What the model itself says of its uncertainty (<see cref="Prediction.Deviation"/>).</summary>
    Uncertainty,
}

/// <summary>Keeps the first of a ranking, however many predictions there are: its memory grows with the list that is wanted alone.</summary>
/// <param name="by">What decides.</param>
/// <param name="isAscending">Whether the lowest come first.</param>
/// <param name="top">Length of the list.</param>
public sealed class PredictionRanking(RankedBy by, bool isAscending, int top)
{
    // The last of the list stands at the head of the heap. Of equals the later input is behind.
    readonly PriorityQueue<Prediction, (double Key, long Place)> _kept = new(Comparer<(double Key, long Place)>.Create((a, b) =>
        a.Key != b.Key ? b.Key.CompareTo(a.Key) : b.Place.CompareTo(a.Place)));
    long _seen;

    /// <summary>Enters a prediction; one without the number that decides is passed over.</summary>
    /// <returns>Whether it has the number.</returns>
    public bool Add(Prediction prediction)
    {
        var place = _seen++;
        var number = by switch
        {
            RankedBy.Low => prediction.Low,
            RankedBy.High => prediction.High,
            RankedBy.Uncertainty => prediction.Deviation,
            _ => prediction.Value,
        };
        if (prediction.Error is not null || number is not { } known || !double.IsFinite(known)) return false;
        var priority = (isAscending ? known : -known, place);
        if (_kept.Count < top) _kept.Enqueue(prediction, priority);
        else _kept.EnqueueDequeue(prediction, priority);
        return true;
    }

    /// <summary>The list so far, its first first.</summary>
    public IReadOnlyList<Prediction> Ranked => [.. _kept.UnorderedItems.OrderBy(item => item.Priority.Key).ThenBy(item => item.Priority.Place).Select(item => item.Element)];
}
