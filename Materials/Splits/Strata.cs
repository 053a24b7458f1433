namespace AtomSets.Materials;

/// <summary>Rows by class, so that every part of a split holds each class in its share of the whole, to rounding (largest remainders).</summary>
public sealed class Strata
{
    /// <summary>More different values than this are no classes.</summary>
    const int MostClasses = 50;

    readonly DataSet _set;
    readonly string _column;

    Strata(DataSet set, string column) => (_set, _column) = (set, column);

    /// <summary>Classes by the values of a numeric column.</summary>
    /// <exception cref="InputException">The set has no such column, or it holds numbers rather than classes.</exception>
    public static Strata Of(DataSet set, string column)
    {
        var values = set.Column(column).ToArray().Distinct().Count();
        return values <= MostClasses
            ? new Strata(set, column)
            : throw new InputException(FormattableString.Invariant($"{column} of {set.Name} has {values} different values, which are no classes: leave out \"stratify\""));
    }

    /// <summary>So many ids from an order; with classes of each its share. Windows of growing numbers follow each other, and go round where the ids are used up.</summary>
    /// <param name="strata">Null: one class.</param>
    /// <param name="order">Ids to take from.</param>
    /// <param name="count">How many.</param>
    /// <param name="number">0-based; window 0 begins with the first id.</param>
    /// <returns>In the order of classes, then of <paramref name="order"/>.</returns>
    internal static string[] Window(Strata? strata, IReadOnlyList<string> order, int count, int number)
    {
        var classes = strata is null ? [(0.0, order)] : strata.Classes(order);
        var quotas = Quotas([.. classes.Select(one => one.Ids.Count)], count);
        var window = new List<string>(count);
        for (var c = 0; c < classes.Length; c++)
        {
            var ids = classes[c].Ids;
            var start = ids.Count == 0 ? 0 : (int)((long)number * quotas[c] % ids.Count);
            for (var i = 0; i < quotas[c]; i++) window.Add(ids[(start + i) % ids.Count]);
        }
        return [.. window];
    }

    /// <summary>The ids class by class, so that every n-th of them holds all classes in their shares.</summary>
    internal static string[] Grouped(Strata? strata, string[] order) => strata is null ? order : [.. strata.Classes(order).SelectMany(one => one.Ids)];

    (double Class, IReadOnlyList<string> Ids)[] Classes(IReadOnlyList<string> order)
    {
        var values = _set.Column(_column).ToArray();
        return [.. order.GroupBy(id => values[_set.RowOf(id)]).OrderBy(group => group.Key).Select(group => (group.Key, (IReadOnlyList<string>)[.. group]))];
    }

    /// <summary>Shares of <paramref name="count"/>: whole numbers, the largest remainders rounded up, ties to the earlier class.</summary>
    static int[] Quotas(int[] sizes, int count)
    {
        var total = sizes.Sum();
        var quotas = Array.ConvertAll(sizes, size => (int)((long)size * count / Math.Max(1, total)));
        foreach (var (_, index) in sizes.Select((size, index) => ((long)size * count % Math.Max(1, total), index)).OrderByDescending(one => one.Item1).ThenBy(one => one.index).Take(count - quotas.Sum()))
            quotas[index]++;
        return quotas;
    }
}
