namespace AtomSets.Bench;

/// <summary>A row as it is asked for: plain, or on AVX2.</summary>
/// <param name="Row">The row.</param>
/// <param name="IsNarrow">Measured without AVX-512.</param>
sealed record NamedRow(IRow Row, bool IsNarrow)
{
    public const string Narrow = "-avx2";

    public string Name => Row.Name + (IsNarrow ? Narrow : "");

    /// <summary>Whether it is asked for under this name.</summary>
    public bool Is(string name) => name == Name || (!IsNarrow && name == Row.Group);

    public string About => IsNarrow ? $"{Row.Name} with AVX2 on both sides" : Row.About;

    /// <summary>All names that can be asked for, rows on AVX2 last.</summary>
    public static IReadOnlyList<NamedRow> Of(IReadOnlyList<IRow> rows) =>
        [.. rows.Select(row => new NamedRow(row, false)), .. rows.Where(row => row.HasAvx2).Select(row => new NamedRow(row, true))];
}
