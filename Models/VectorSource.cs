using AtomSets.Materials;

namespace AtomSets.Models;

/// <summary>A vector per material: fractions of elements, or a layer of a parent (its mean over the rows where a material has several).</summary>
public sealed class VectorSource : IBatchSource
{
    readonly float[] _values;
    readonly Dictionary<int, string> _reasons;

    VectorSource(int count, int width, float[] values, IReadOnlyList<RefusedRow> refused)
    {
        (Count, Width, _values, Refused) = (count, width, values, refused);
        _reasons = refused.ToDictionary(row => row.Row, row => row.Reason);
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>Numbers per row.</summary>
    public int Width { get; }

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <summary>Vectors as they are: [rows × width], row-major; the array must not change afterwards.</summary>
    public static VectorSource Of(int width, float[] values) => new(values.Length / width, width, values, []);

    /// <summary>The atomic fractions of 86 elements (<see cref="ElementFractions"/>).</summary>
    public static VectorSource Fractions(PreparedData data)
    {
        const int width = ElementFractions.Count;
        var (values, refused) = (new float[data.Count * width], new List<RefusedRow>());
        for (var row = 0; row < data.Count; row++)
        {
            var composition = data.Composition(row);
            if (ElementFractions.Unknown(composition) is { } unknown)
            {
                refused.Add(new RefusedRow(row, $"{unknown.Symbol} is none of the {width} elements whose fractions this model reads"));
                continue;
            }
            var total = composition.TotalAmount;
            foreach (var item in composition.Amounts) values[row * width + ElementFractions.ColumnOf(item.Element)] = (float)(item.Amount / total);
        }
        return new VectorSource(data.Count, width, values, refused);
    }

    /// <summary>A layer of the data's parent.</summary>
    /// <exception cref="ModelException">There is no parent, it has no such layer, or there are no structures for one that needs them.</exception>
    public static VectorSource Layer(PreparedData data, string level)
    {
        var table = data.Features(level);
        var (values, refused) = (new float[data.Count * table.Width], new List<RefusedRow>());
        for (var row = 0; row < data.Count; row++)
        {
            var rows = table.RowCount(row);
            if (rows == 0)
            {
                refused.Add(new RefusedRow(row, "the parent cannot take this material, so it has no features"));
                continue;
            }
            var from = table[row];
            var mean = values.AsSpan(row * table.Width, table.Width);
            for (var column = 0; column < table.Width; column++)
            {
                var sum = 0.0;
                for (var r = 0; r < rows; r++) sum += from[r * table.Width + column];
                mean[column] = (float)(sum / rows);
            }
        }
        return new VectorSource(data.Count, table.Width, values, refused);
    }

    /// <inheritdoc/>
    public IBatch Create() => new VectorBatch(Width);

    /// <inheritdoc/>
    public void Fill(IBatch batch, ReadOnlySpan<int> rows)
    {
        if (batch is not VectorBatch vectors || vectors.Width != Width)
            throw new ArgumentException($"a {nameof(VectorBatch)} of width {Width} is needed, got {batch.GetType().Name}", nameof(batch));
        vectors.Clear();
        foreach (var row in rows)
        {
            if (_reasons.TryGetValue(row, out var reason)) throw new ModelException($"row {row}: {reason}");
            _values.AsSpan(row * Width, Width).CopyTo(vectors.AddRow());
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
