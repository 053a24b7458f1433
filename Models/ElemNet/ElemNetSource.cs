using AtomSets.Materials;

namespace AtomSets.Models.ElemNet;

/// <summary>ElemNet's inputs: the atomic fractions of every formula, kept as (column, fraction) pairs and spread out batch by batch.</summary>
public sealed class ElemNetSource : IBatchSource
{
    readonly int[] _offsets;
    readonly byte[] _columns;
    readonly float[] _fractions;

    public ElemNetSource(PreparedData data)
    {
        _offsets = new int[data.Count + 1];
        var (columns, fractions, refused) = (new List<byte>(4 * data.Count), new List<float>(4 * data.Count), new List<RefusedRow>());
        for (var row = 0; row < data.Count; row++)
        {
            var composition = data.Composition(row);
            if (ElementFractions.Unknown(composition) is { } unknown)
                refused.Add(new RefusedRow(row, $"{unknown.Symbol} is none of the {ElementFractions.Count} elements whose fractions this model reads"));
            else
            {
                var total = composition.TotalAmount;
                foreach (var item in composition.Amounts)
                {
                    columns.Add((byte)ElementFractions.ColumnOf(item.Element));
                    fractions.Add((float)(item.Amount / total));
                }
            }
            _offsets[row + 1] = columns.Count;
        }
        (_columns, _fractions, Refused) = ([.. columns], [.. fractions], refused);
    }

    /// <inheritdoc/>
    public int Count => _offsets.Length - 1;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <inheritdoc/>
    public IBatch Create() => new ElemNetBatch();

    /// <inheritdoc/>
    public void Fill(IBatch batch, ReadOnlySpan<int> rows)
    {
        if (batch is not ElemNetBatch fractions) throw new ArgumentException($"an {nameof(ElemNetBatch)} is needed, got {batch.GetType().Name}", nameof(batch));
        fractions.Clear();
        foreach (var row in rows)
        {
            if (_offsets[row + 1] == _offsets[row]) throw new ModelException($"row {row}: {Refused.First(entry => entry.Row == row).Reason}");
            var place = fractions.AddRow();
            for (var i = _offsets[row]; i < _offsets[row + 1]; i++) place[_columns[i]] = _fractions[i];
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
