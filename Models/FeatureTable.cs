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

    /// <summary>A name for each number of a row.</summary>
    public IReadOnlyList<string> Columns
    {
        get => field ?? [.. Enumerable.Range(0, Width).Select(i => FormattableString.Invariant($"{Level}.{i}"))];
        init;
    }

    /// <summary>Materials without rows, with the reason where it is known.</summary>
    public IReadOnlyList<RefusedRow> Refused { get; init; } = [];

    /// <summary>What each row counts in a mean over the rows of its material; empty: all the same.</summary>
    internal float[] Weights { get; init; } = [];

    /// <summary>Materials.</summary>
    public int Count => Offsets.Length - 1;

    /// <summary>First row of each material, and the number of rows [Count + 1].</summary>
    internal int[] Offsets { get; }

    internal float[] Values { get; }

    /// <summary>Rows of one material (1 for a structure feature, the number of atoms for a site feature).</summary>
    public int RowCount(int material) => Offsets[material + 1] - Offsets[material];

    /// <summary>Weights of a material's rows; empty: all the same.</summary>
    public ReadOnlySpan<float> WeightsOf(int material) => Weights.Length == 0 ? [] : Weights.AsSpan(Offsets[material], RowCount(material));

    /// <summary>Why a material has no rows.</summary>
    public string ReasonOf(int material)
    {
        foreach (var refused in Refused)
            if (refused.Row == material) return refused.Reason;
        return "the parent cannot take this material, so it has no features";
    }

    /// <summary>The same table without the rows of some materials; itself where there are none.</summary>
    internal FeatureTable Without(IReadOnlyList<RefusedRow> refused)
    {
        if (refused.Count == 0) return this;
        var left = refused.Select(row => row.Row).ToHashSet();
        var kept = Enumerable.Range(0, Count).Where(material => !left.Contains(material)).ToArray();
        var offsets = new int[Count + 1];
        foreach (var material in kept) offsets[material + 1] = RowCount(material);
        for (var material = 0; material < Count; material++) offsets[material + 1] += offsets[material];
        return new FeatureTable(Level, Width, offsets, [.. kept.SelectMany(material => this[material].ToArray())])
        {
            Columns = Columns,
            Refused = [.. Refused.Concat(refused).DistinctBy(row => row.Row).OrderBy(row => row.Row)],
            Weights = Weights.Length == 0 ? [] : [.. kept.SelectMany(material => WeightsOf(material).ToArray())],
        };
    }

    /// <summary>All values of one material, row-major [RowCount × Width].</summary>
    public ReadOnlySpan<float> this[int material] => Values.AsSpan(Offsets[material] * Width, RowCount(material) * Width);
}
