namespace AtomSets.Models.Classical.Trees;

/// <summary>Every column in ascending order, without its least value: rows that hold that value are those that a list lacks. Fractions of elements are
/// mostly zeros, so their lists are short.</summary>
sealed class SortedColumns
{
    /// <summary>Empty lists, for growers that do without them.</summary>
    SortedColumns(int rows, int columns) => (Rows, Columns, Least, Starts, Order, Values) = (rows, columns, new float[columns], new int[columns + 1], [], []);

    public SortedColumns(Matrix rows)
    {
        (Rows, Columns) = (rows.Rows, rows.Columns);
        (Least, Starts) = (new float[Columns], new int[Columns + 1]);
        var (lists, values, order) = (new List<int>(), new float[Rows], new int[Rows]);
        var sorted = new List<float>();
        for (var column = 0; column < Columns; column++)
        {
            for (var row = 0; row < Rows; row++) (values[row], order[row]) = (rows.Values[row * Columns + column], row);
            // Rows of equal values in their own order: the sort is not stable.
            var least = Least[column] = values.Min();
            var count = 0;
            for (var row = 0; row < Rows; row++)
            {
                if (values[row] > least) (values[count], order[count++]) = (values[row], row);
            }
            Array.Sort(values, order, 0, count, Comparer<float>.Default);
            for (var first = 0; first < count;)
            {
                var end = first + 1;
                while (end < count && values[end] == values[first]) end++;
                Array.Sort(order, first, end - first);
                first = end;
            }
            for (var i = 0; i < count; i++)
            {
                lists.Add(order[i]);
                sorted.Add(values[i]);
            }
            Starts[column + 1] = lists.Count;
        }
        (Order, Values) = ([.. lists], [.. sorted]);
    }

    public static SortedColumns Without(Matrix rows) => new(rows.Rows, rows.Columns);

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Least value of each column.</summary>
    public float[] Least { get; }

    /// <summary>Where each column's list begins [Columns + 1].</summary>
    public int[] Starts { get; }

    /// <summary>The lists' rows.</summary>
    public int[] Order { get; }

    /// <summary>The values of <see cref="Order"/>.</summary>
    public float[] Values { get; }
}
