namespace AtomSets.Materials;

/// <summary>What <c>data info</c> shows: the description, and the distribution of every target column.</summary>
/// <param name="Set">Columns, units, licence, citation, known problems, published figures.</param>
/// <param name="Source">File, folder or generator.</param>
/// <param name="ContentHash">SHA-256 of the bytes.</param>
/// <param name="Rows">Data rows.</param>
/// <param name="Refused">Rows that cannot be used at all.</param>
/// <param name="Columns">Target columns.</param>
/// <param name="Parts">Column → value → rows, for split and fold columns.</param>
public sealed record DataSetInfo(
    DataSetDescriptor Set, string Source, string ContentHash, int Rows, int Refused, IReadOnlyList<ColumnSummary> Columns,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> Parts)
{
    /// <summary>Reads the set without its structures and summarises it.</summary>
    /// <exception cref="InputException">No such set, or its file is absent.</exception>
    public static DataSetInfo Of(DataSetLoader loader, string nameOrPath, CancellationToken cancel = default) => Of(loader.Load(nameOrPath, new DataSetQuery { Structures = false }, cancel));

    /// <summary>Summarises a set that was read.</summary>
    public static DataSetInfo Of(DataSet set)
    {
        var targets = set.Descriptor.Targets.Count > 0
            ? set.Descriptor.Targets
            : [.. set.NumberColumns.Select(name => new TargetColumn(name, "", name, ""))];
        var columns = targets.Select(target => ColumnSummary.Of(target.Name, target.Unit, target.About, set.Column(target.Name))).ToList();
        var parts = set.Descriptor.Splits.Select(split => split.Name).Concat(set.Descriptor.FoldColumns).ToDictionary(
            column => column,
            column => (IReadOnlyDictionary<string, int>)new SortedDictionary<string, int>(
                set.Text(column).GroupBy(part => part, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal), StringComparer.Ordinal),
            StringComparer.Ordinal);
        return new DataSetInfo(set.Descriptor, set.Source, set.ContentHash, set.TotalRows, set.Refusals.Count, columns, parts);
    }
}
