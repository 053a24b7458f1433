namespace AtomSets.Models.Roost;

/// <summary>Roost's inputs: the formulas of a data set.</summary>
public sealed class RoostSource : IBatchSource
{
    readonly PreparedData _data;

    public RoostSource(RoostSettings settings, PreparedData data)
    {
        _data = data;
        var most = ElementInputs.Elements(settings.ElementFeatures);
        var refused = new List<RefusedRow>();
        for (var row = 0; row < data.Count; row++)
        {
            foreach (var item in data.Composition(row).Amounts)
            {
                if (ElementInputs.ProblemWith([item.Element.AtomicNumber], most) is not { } problem) continue;
                refused.Add(new RefusedRow(row, problem));
                break;
            }
        }
        Refused = refused;
    }

    /// <inheritdoc/>
    public int Count => _data.Count;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <inheritdoc/>
    public IBatch Create() => new RoostBatch();

    /// <inheritdoc/>
    public void Fill(IBatch batch, ReadOnlySpan<int> rows)
    {
        if (batch is not RoostBatch formulas) throw new ArgumentException($"a {nameof(RoostBatch)} is needed, got {batch.GetType().Name}", nameof(batch));
        formulas.Clear();
        foreach (var row in rows)
        {
            if (Refused.Count > 0 && Refused.FirstOrDefault(entry => entry.Row == row) is { Reason: not null } refused) throw new ModelException($"row {row}: {refused.Reason}");
            formulas.Add(_data.Composition(row));
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
