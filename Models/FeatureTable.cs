namespace AtomSets.Models;

/// <summary>Features of many materials in one block: material m owns the rows <c>Offsets[m] … Offsets[m + 1] - 1</c> of width <see cref="Width"/>.</summary>
public sealed class FeatureTable
{
    /// <summary>Wraps the arrays, which must not change afterwards.</summary>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    public FeatureTable(string level, int width, int[] offsets, float[] values)
    {
        if (offsets.Length == 0 || offsets[0] != 0 || (long)offsets[^1] * width != values.Length)
            throw new ArgumentException($"offsets end at row {(offsets.Length == 0 ? 0 : offsets[^1])} of width {width}, but there are {values.Length} values");
        Level = level;
        Width = width;
        Offsets = offsets;
        Values = values;
    }

    /// <summary>Name of the layer, such as <c>V1</c>.</summary>
    public string Level { get; }

    /// <summary>Numbers per row.</summary>
    public int Width { get; }

    /// <summary>Materials.</summary>
    public int Count => Offsets.Length - 1;

    /// <summary>First row of each material, and the number of rows [Count + 1].</summary>
    internal int[] Offsets { get; }

    internal float[] Values { get; }

    /// <summary>Rows of one material (1 for a structure feature, the number of atoms for a site feature).</summary>
    public int RowCount(int material) => Offsets[material + 1] - Offsets[material];

    /// <summary>All values of one material, row-major [RowCount × Width].</summary>
    public ReadOnlySpan<float> this[int material] => Values.AsSpan(Offsets[material] * Width, RowCount(material) * Width);
}
