namespace AtomSets.Models.AtomSets;

/// <summary>The rows of every set by atomic number and weight; refused materials have none.</summary>
sealed record SetRows(int[] Offsets, int[] AtomicNumbers, float[] Weights, IReadOnlyList<RefusedRow> Refused)
{
    /// <summary>Collects the rows of <paramref name="count"/> materials.</summary>
    /// <param name="count">Materials.</param>
    /// <param name="visit">Calls back with atomic number and amount for each row of a material.</param>
    /// <param name="elements">Rows of the element table.</param>
    /// <param name="table">The parent's table, where a row of zeros is an element that it does not know; null for a learned table.</param>
    public static SetRows Build(int count, Action<int, Action<int, double>> visit, int elements, float[]? table)
    {
        var offsets = new int[count + 1];
        var numbers = new List<int>();
        var weights = new List<float>();
        var refused = new List<RefusedRow>();
        for (var material = 0; material < count; material++)
        {
            string? problem = null;
            visit(material, (number, amount) =>
            {
                if (number >= elements) problem = $"atomic number {number} is outside this model's element table, 1 to {elements - 1}";
                else if (table is not null && IsZero(table, number, elements)) problem = $"the parent does not know the element with atomic number {number}";
                numbers.Add(number);
                weights.Add((float)amount);
            });
            if (problem is not null)
            {
                refused.Add(new RefusedRow(material, problem));
                numbers.RemoveRange(offsets[material], numbers.Count - offsets[material]);
                weights.RemoveRange(offsets[material], weights.Count - offsets[material]);
            }
            offsets[material + 1] = numbers.Count;
        }
        return new SetRows(offsets, numbers.ToArray(), weights.ToArray(), refused);
    }

    /// <summary>The elements of every formula of the data, weighted by amount.</summary>
    public static SetRows Of(PreparedData data, int elements, float[]? table) => Build(data.Count, (row, add) =>
    {
        foreach (var item in data.Composition(row).Amounts) add(item.Element.AtomicNumber, item.Amount);
    }, elements, table);

    static bool IsZero(float[] table, int row, int rows)
    {
        var width = table.Length / rows;
        return table.AsSpan(row * width, width).IndexOfAnyExcept(0f) < 0;
    }
}
