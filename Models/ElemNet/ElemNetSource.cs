namespace AtomSets.Models.ElemNet;

/// <summary>ElemNet's inputs, batch by batch, standardised where the settings say how.</summary>
public sealed class ElemNetSource : IBatchSource
{
    readonly InputRows _rows;
    readonly float[] _mean, _factor;

    /// <param name="settings">Of a bound spec.</param>
    /// <param name="data">Has what the input names.</param>
    /// <exception cref="ModelException">A column or a parent is missing.</exception>
    public ElemNetSource(ElemNetSettings settings, PreparedData data)
    {
        _rows = settings.Input.Open(data);
        _mean = [.. settings.InputMean.Select(mean => (float)mean)];
        _factor = [.. settings.InputDeviation.Select(deviation => (float)(1 / deviation))];
    }

    /// <inheritdoc/>
    public int Count => _rows.Count;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused => _rows.Refused;

    /// <inheritdoc/>
    public IBatch Create() => new ElemNetBatch(_rows.Width);

    /// <inheritdoc/>
    public void Fill(IBatch batch, ReadOnlySpan<int> rows)
    {
        if (batch is not ElemNetBatch inputs) throw new ArgumentException($"an {nameof(ElemNetBatch)} is needed, got {batch.GetType().Name}", nameof(batch));
        inputs.Clear();
        foreach (var row in rows)
        {
            var place = inputs.AddRow();
            _rows.Fill(row, place);
            for (var c = 0; c < _mean.Length; c++) place[c] = (place[c] - _mean[c]) * _factor[c];
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
