using AtomSets.Materials;

namespace AtomSets.Models;

/// <summary>One part of a model's input: equally many numbers of every material.</summary>
abstract class InputBlock
{
    public abstract int Count { get; }

    public abstract int Width { get; }

    public abstract IEnumerable<string> Names { get; }

    public IReadOnlyList<RefusedRow> Refused { get; protected init; } = [];

    /// <summary>False for a refused row.</summary>
    public abstract bool Has(int row);

    /// <summary>Overwrites [Width].</summary>
    public abstract void Fill(int row, Span<float> values);
}

/// <summary>Atomic fractions, kept as (column, fraction) pairs.</summary>
sealed class FractionBlock : InputBlock
{
    /// <summary>H to Cn.</summary>
    public const int AllElements = 112;

    readonly int[] _offsets;
    readonly byte[] _columns;
    readonly float[] _fractions;
    readonly string[] _names;

    public FractionBlock(PreparedData data, Func<Element, int> columnOf, int width)
    {
        Width = width;
        _names = new string[width];
        foreach (var element in Element.All)
        {
            if (columnOf(element) is >= 0 and var column) _names[column] = element.Symbol;
        }
        _offsets = new int[data.Count + 1];
        var (columns, fractions, refused) = (new List<byte>(4 * data.Count), new List<float>(4 * data.Count), new List<RefusedRow>());
        for (var row = 0; row < data.Count; row++)
        {
            var composition = data.Composition(row);
            if (Unknown(composition, columnOf) is { } unknown)
                refused.Add(new RefusedRow(row, $"{unknown.Symbol} is none of the {width} elements whose fractions this model reads"));
            else
            {
                var total = composition.TotalAmount;
                foreach (var item in composition.Amounts)
                {
                    columns.Add((byte)columnOf(item.Element));
                    fractions.Add((float)(item.Amount / total));
                }
            }
            _offsets[row + 1] = columns.Count;
        }
        (_columns, _fractions, Refused) = ([.. columns], [.. fractions], refused);
    }

    public override int Count => _offsets.Length - 1;

    public override int Width { get; }

    public override IEnumerable<string> Names => _names;

    public override bool Has(int row) => _offsets[row + 1] > _offsets[row];

    public override void Fill(int row, Span<float> values)
    {
        values.Clear();
        for (var i = _offsets[row]; i < _offsets[row + 1]; i++) values[_columns[i]] = _fractions[i];
    }

    static Element? Unknown(Composition composition, Func<Element, int> columnOf)
    {
        foreach (var item in composition.Amounts)
        {
            if (columnOf(item.Element) < 0) return item.Element;
        }
        return null;
    }
}

/// <summary>The physical attributes, as float32.</summary>
sealed class AttributeBlock : InputBlock
{
    readonly float[]?[] _rows;

    AttributeBlock(float[]?[] rows) => _rows = rows;

    public static AttributeBlock Of(PreparedData data)
    {
        var (rows, refused, values) = (new float[]?[data.Count], new List<RefusedRow>(), new double[PhysicalAttributes.Count]);
        for (var row = 0; row < rows.Length; row++)
        {
            var composition = data.Composition(row);
            if (PhysicalAttributes.Problem(composition) is { } reason)
            {
                refused.Add(new RefusedRow(row, reason));
                continue;
            }
            PhysicalAttributes.Compute(composition, values);
            rows[row] = Array.ConvertAll(values, value => (float)value);
        }
        return new AttributeBlock(rows) { Refused = refused };
    }

    public override int Count => _rows.Length;

    public override int Width => PhysicalAttributes.Count;

    public override IEnumerable<string> Names => PhysicalAttributes.Names;

    public override bool Has(int row) => _rows[row] is not null;

    public override void Fill(int row, Span<float> values) => _rows[row].CopyTo(values);
}

/// <summary>Numeric columns of the data set.</summary>
sealed class ColumnBlock : InputBlock
{
    readonly string[] _names;
    readonly double[][] _columns;

    /// <exception cref="ModelException">There is no such column.</exception>
    public ColumnBlock(PreparedData data, string[] names)
    {
        (_names, Count) = (names, data.Count);
        _columns = Array.ConvertAll(names, data.Column);
        var refused = new List<RefusedRow>();
        for (var row = 0; row < Count; row++)
        {
            var missing = Array.FindIndex(_columns, column => !double.IsFinite(column[row]));
            if (missing >= 0) refused.Add(new RefusedRow(row, $"it has no value of {names[missing]}"));
        }
        Refused = refused;
    }

    public override int Count { get; }

    public override int Width => _names.Length;

    public override IEnumerable<string> Names => _names;

    public override bool Has(int row) => Array.TrueForAll(_columns, column => double.IsFinite(column[row]));

    public override void Fill(int row, Span<float> values)
    {
        for (var c = 0; c < _columns.Length; c++) values[c] = (float)_columns[c][row];
    }
}

/// <summary>A layer of a parent, one row per material.</summary>
sealed class LayerBlock : InputBlock
{
    readonly FeatureTable _table;

    /// <exception cref="ModelException">Materials have several rows.</exception>
    public LayerBlock(FeatureTable table)
    {
        _table = table;
        var refused = new List<RefusedRow>();
        for (var row = 0; row < table.Count; row++)
        {
            if (table.RowCount(row) == 0) refused.Add(new RefusedRow(row, table.ReasonOf(row)));
            else if (table.RowCount(row) > 1)
                throw new ModelException($"layer {table.Level} has several rows per material: take its statistics over the atoms ({table.Level}{LayerPart.StatisticsSuffix}), or a model of sets (kind: atomsets)");
        }
        Refused = refused;
    }

    public override int Count => _table.Count;

    public override int Width => _table.Width;

    public override IEnumerable<string> Names => _table.Columns;

    public override bool Has(int row) => _table.RowCount(row) == 1;

    public override void Fill(int row, Span<float> values) => _table[row].CopyTo(values);
}
