namespace AtomSets.Materials;

/// <summary>Applies a query to rows that are in memory already (generated sets, folders).</summary>
static class MemoryFilter
{
    public static DataSet Apply(DataSet set, DataSetQuery query)
    {
        var refusals = set.Refusals.ToList();
        var leftOut = set.LeftOut;
        var kept = new List<int>();
        for (var row = 0; row < set.Count; row++)
        {
            if ((query.MaxSites is { } most && set.HasCrystals && set.Crystal(row).AtomCount > most) || !query.Where.All(condition => condition.Accepts(Cell(set, condition.Column, row))))
                leftOut++;
            else if (query.Targets.FirstOrDefault(target => double.IsNaN(set.Column(target)[row])) is { } missing)
                refusals.Add(new Refusal(set.Source, row + 1, set.Ids[row], $"no value in {missing}"));
            else
                kept.Add(row);
        }
        if (query.Limit is { } limit && kept.Count > limit)
        {
            leftOut += kept.Count - limit;
            kept = [.. kept.OrderBy(row => KeyedOrder.Rank(query.LimitSeed, "limit", set.Ids[row])).Take(limit).Order()];
        }
        return new DataSet(set.Descriptor, query, set.ContentHash, set.Source, new DataSetRows
        {
            Ids = [.. kept.Select(row => set.Ids[row])],
            Crystals = set.HasCrystals && query.Structures ? [.. kept.Select(set.Crystal)] : null,
            Compositions = set.HasCrystals && query.Structures ? null : [.. kept.Select(set.Composition)],
            Numbers = set.NumberColumns.ToDictionary(name => name, name => kept.Select(row => set.Column(name)[row]).ToArray(), StringComparer.Ordinal),
            Texts = set.TextColumns.ToDictionary(name => name, name => kept.Select(row => set.Text(name)[row]).ToArray(), StringComparer.Ordinal),
            Refusals = refusals,
            LeftOut = leftOut,
            TotalRows = set.TotalRows,
        });
    }

    static string Cell(DataSet set, string column, int row)
    {
        if (set.TextColumns.Contains(column)) return set.Text(column)[row];
        var value = set.Column(column)[row];
        return double.IsNaN(value) ? "" : value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
    }
}
