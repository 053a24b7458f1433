namespace AtomSets.Materials;

/// <summary>Applies a query to rows that are in memory already (generated sets, folders).</summary>
static class MemoryFilter
{
    /// <param name="set">Rows that were read without a query.</param>
    /// <param name="query">Wanted rows.</param>
    /// <param name="file">The file that refusals name; null: the set's own.</param>
    /// <param name="numbers">[set.Count] Number of each row in that file, from 1, where rows are missing from the set; null: none is.</param>
    public static DataSet Apply(DataSet set, DataSetQuery query, string? file = null, IReadOnlyList<int>? numbers = null)
    {
        var refusals = set.Refusals.ToList();
        var leftOut = set.LeftOut;
        var kept = new List<int>();
        for (var row = 0; row < set.Count; row++)
        {
            if ((query.MaxSites is { } most && set.HasCrystals && set.Crystal(row).AtomCount > most) || !query.Where.All(condition => condition.Accepts(Cell(set, condition.Column, row))))
                leftOut++;
            else if (query.Targets.FirstOrDefault(target => double.IsNaN(set.Column(target)[row])) is { } missing)
                refusals.Add(new Refusal(file ?? set.Source, numbers?[row] ?? row + 1, set.Ids[row], $"no value in {missing}"));
            else
                kept.Add(row);
        }
        (kept, var dropped) = Limited(set, kept, query);
        return Of(set, query, kept, refusals, leftOut + dropped);
    }

    /// <summary>Filters and merges the rows of a set that was read with the rest of the query, and limits what is left.</summary>
    /// <exception cref="InputException">The query names no target.</exception>
    public static DataSet Apply(DataSet set, RowFilter filter, DataSetQuery query)
    {
        if (query.Targets.Count == 0) throw new InputException($"{set.Name}: filters look at a target column: name one");
        var (rows, values, steps) = filter.Run(set, query.Targets[0]);
        var (kept, dropped) = Limited(set, rows, query);
        return Of(set, query, kept, set.Refusals, set.LeftOut + steps.Sum(step => step.Rows) + dropped, (query.Targets[0], values), steps);
    }

    /// <summary>Takes the other set's values off the target of rows whose formula it has, or without one the values of the set's own column; then filters and limits.</summary>
    /// <exception cref="InputException">The query names no target, or no row has both values.</exception>
    public static DataSet Difference(DataSet set, DeltaReference delta, DataSet? other, DataSetQuery query)
    {
        if (query.Targets.Count == 0) throw new InputException($"{set.Name}: differences are of a target column: name one");
        var column = query.Targets[0];
        var values = set.Column(column).ToArray();
        var reference = ReferenceOf(set, delta, other);
        var kept = Enumerable.Range(0, set.Count).Where(row => !double.IsNaN(reference[row])).ToList();
        if (kept.Count == 0)
            throw new InputException(other is null ? $"{set.Name} has no row with both {column} and {delta.Column}: no difference can be taken" : $"{set.Name} and {other.Name} have no formula in common: no difference can be taken");
        if (delta.Subtracts)
        {
            foreach (var row in kept) values[row] -= reference[row];
        }
        List<FilterStep> steps = [new(other is null ? $"no value in {delta.Column}" : $"no value of {other.Name} for the formula", set.Count - kept.Count)];
        var content = other is null ? set.ContentHash : DataSetHashes.Combine(set.ContentHash, other.ContentHash);
        var differences = Of(set, query, kept, set.Refusals, set.LeftOut + steps[0].Rows, (column, values), steps, content);
        if (query.Filter is { } filter)
        {
            var (rows, filtered, more) = filter.Run(differences, column);
            return Cut(rows, more.Sum(step => step.Rows), (column, filtered), [.. steps, .. more]);
        }
        return query.Limit is null ? differences : Cut([.. Enumerable.Range(0, differences.Count)], 0, null, steps);

        DataSet Cut(List<int> rows, int filteredOut, (string, double[])? replaced, IReadOnlyList<FilterStep> taken)
        {
            var (left, dropped) = Limited(differences, rows, query);
            return Of(differences, query, left, set.Refusals, differences.LeftOut + filteredOut + dropped, replaced, taken, content);
        }
    }

    /// <summary>[rows] What is taken off; NaN where there is nothing.</summary>
    static double[] ReferenceOf(DataSet set, DeltaReference delta, DataSet? other)
    {
        if (other is null) return set.Column(delta.Column).ToArray();
        var byFormula = delta.Values(other);
        return [.. set.Formulas.Select(formula => byFormula.TryGetValue(formula, out var value) ? value : double.NaN)];
    }

    static (List<int> Kept, int Dropped) Limited(DataSet set, List<int> rows, DataSetQuery query) => query.Limit is { } limit && rows.Count > limit
        ? ([.. rows.OrderBy(row => KeyedOrder.Rank(query.LimitSeed, "limit", set.Ids[row])).Take(limit).Order()], rows.Count - limit)
        : (rows, 0);

    static DataSet Of(
        DataSet set, DataSetQuery query, List<int> kept, IReadOnlyList<Refusal> refusals, int leftOut, (string Name, double[] Values)? replaced = null,
        IReadOnlyList<FilterStep>? steps = null, string? content = null) =>
        new(set.Descriptor, query, content ?? set.ContentHash, set.Source, new DataSetRows
        {
            Ids = [.. kept.Select(row => set.Ids[row])],
            Crystals = set.HasCrystals && query.Structures ? CrystalsOf(set, kept) : null,
            Compositions = set.HasCrystals && query.Structures ? null : [.. kept.Select(set.Composition)],
            Numbers = set.NumberColumns.ToDictionary(name => name, name => kept.Select(row => replaced is { } other && name == other.Name ? other.Values[row] : set.Column(name)[row]).ToArray(), StringComparer.Ordinal),
            Texts = set.TextColumns.ToDictionary(name => name, name => kept.Select(row => set.Text(name)[row]).ToArray(), StringComparer.Ordinal),
            IsDisordered = set.IsDisordered,
            Refusals = refusals,
            Warnings = set.Warnings.Count == 0 ? [] : Beside([.. kept.Select(row => set.Ids[row])], set.Warnings),
            LeftOut = leftOut,
            TotalRows = set.TotalRows,
            Steps = steps ?? [],
        });

    // Of rows that are still there.
    static Refusal[] Beside(HashSet<string> ids, IReadOnlyList<Refusal> warnings) => [.. warnings.Where(warning => ids.Contains(warning.Id))];

    // Those on disk stay there.
    static IReadOnlyList<Crystal> CrystalsOf(DataSet set, List<int> rows) =>
        set.Crystals is not (CrystalFile or PickedCrystals) ? [.. rows.Select(set.Crystal)]
        : rows.Count == set.Count ? set.Crystals
        : new PickedCrystals(set.Crystals, [.. rows]);

    static string Cell(DataSet set, string column, int row)
    {
        if (set.TextColumns.Contains(column)) return set.Text(column)[row];
        var value = set.Column(column)[row];
        return double.IsNaN(value) ? "" : value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
    }
}
