using System.Globalization;

namespace AtomSets.Materials;

/// <summary>
/// Makes split manifests. Every draw is keyed by (seed, id): it depends neither on the order of the rows nor on the training size, and a
/// filter that removes rows leaves the order of the others. With <see cref="Strata"/> every part that is drawn holds the classes in their shares.
/// </summary>
public static class SplitBuilder
{
    /// <summary>The split that a column of the file gives. Rows that the column leaves blank belong to no part.</summary>
    /// <param name="set">The rows.</param>
    /// <param name="column">A registered split column.</param>
    /// <param name="seed">Orders the training ids, and draws the validation rows where the column names none.</param>
    /// <param name="validation">Taken from the training rows where the column names no validation rows.</param>
    public static SplitManifest FromColumn(DataSet set, string column, ulong seed, PartSize validation, Strata? strata = null)
    {
        var split = set.Descriptor.Split(column);
        var parts = set.Text(column);
        List<string> Ids(IReadOnlyList<string> values) => [.. set.Ids.Where((_, row) => values.Contains(parts[row], StringComparer.Ordinal))];
        var train = Ids(split.Train);
        var given = Ids(split.Validation);
        return given.Count > 0
            ? new SplitManifest(set.Name, KeyedOrder.Shuffle(train, seed, "train"), given, Ids(split.Test))
            : Carve(set.Name, train, Ids(split.Test), validation, seed, strata);
    }

    /// <summary>One official fold as test, validation drawn from the others.</summary>
    /// <param name="set">The rows; those without a fold belong to no part.</param>
    /// <param name="column">Column with the number of each row's test fold.</param>
    /// <param name="fold">The fold to test on.</param>
    /// <param name="seed">Draws validation rows and orders the training ids.</param>
    /// <param name="validation">Taken from the rows of the other folds; fixed over all training sizes.</param>
    public static SplitManifest FromFolds(DataSet set, string column, int fold, ulong seed, PartSize validation, Strata? strata = null)
    {
        if (!set.Descriptor.FoldColumns.Contains(column, StringComparer.Ordinal))
            throw new InputException($"'{column}' is no fold column of {set.Name}; " + NearestName.Advice(column, set.Descriptor.FoldColumns));
        var folds = set.Text(column);
        var wanted = fold.ToString(CultureInfo.InvariantCulture);
        var test = set.Ids.Where((_, row) => folds[row] == wanted).ToList();
        if (test.Count == 0)
            throw new InputException($"{set.Name} has no row in fold {wanted} of {column}; its folds: {string.Join(", ", folds.Where(f => f.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))}");
        return Carve(set.Name, set.Ids.Where((_, row) => folds[row].Length > 0 && folds[row] != wanted), test, validation, seed, strata);
    }

    /// <summary>Test, then validation, then training rows drawn by seed.</summary>
    public static SplitManifest Random(DataSet set, ulong seed, PartSize validation, PartSize test, Strata? strata = null)
    {
        var order = KeyedOrder.Shuffle(set.Ids, seed, "test");
        var tested = Strata.Window(strata, order, test.Of(order.Length), 0).ToHashSet(StringComparer.Ordinal);
        return Carve(set.Name, order.Where(id => !tested.Contains(id)), tested, validation, seed, strata);
    }

    /// <summary>The rows with the highest targets are tested on, none of them trained on, and beside them others drawn by seed: what models make of values beyond all they know.</summary>
    /// <param name="set">The rows.</param>
    /// <param name="target">Column of the values.</param>
    /// <param name="seed">Draws the other test rows and the validation rows.</param>
    /// <param name="top">The highest: of all rows. Of equal values those with the lesser ids.</param>
    /// <param name="test">Of the others.</param>
    /// <param name="validation">Of what is then left.</param>
    public static SplitManifest Highest(DataSet set, string target, ulong seed, PartSize top, PartSize test, PartSize validation)
    {
        var values = set.Column(target).ToArray();
        var order = Enumerable.Range(0, set.Count).OrderByDescending(row => values[row]).ThenBy(row => set.Ids[row], StringComparer.Ordinal).Select(row => set.Ids[row]).ToArray();
        var held = top.Of(set.Count);
        var rest = KeyedOrder.Shuffle(order.Skip(held), seed, "test");
        var others = test.Of(rest.Length);
        return Carve(set.Name, rest.Skip(others), [.. order.Take(held), .. rest.Take(others)], validation, seed, null);
    }

    /// <summary>Part <paramref name="fold"/> of <paramref name="folds"/> equal parts as test: each row is tested in exactly one fold.</summary>
    public static SplitManifest KFold(DataSet set, int folds, int fold, ulong seed, PartSize validation, Strata? strata = null)
    {
        if (folds < 2 || folds > set.Count || fold < 0 || fold >= folds)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"fold {fold} of {folds} is not possible with the {set.Count} rows of {set.Name}: give 2 ≤ folds ≤ rows and 0 ≤ fold < folds"));
        var order = Strata.Grouped(strata, KeyedOrder.Shuffle(set.Ids, seed, "folds"));
        return Carve(set.Name, order.Where((_, i) => i % folds != fold), order.Where((_, i) => i % folds == fold), validation, seed, strata);
    }

    /// <summary>Everything trains but the validation rows: for a source that is never tested on.</summary>
    public static SplitManifest WithoutTest(DataSet set, ulong seed, PartSize validation, Strata? strata = null) => Carve(set.Name, set.Ids, [], validation, seed, strata);

    /// <summary>The same rows with other validation rows: of the rows that train or validate, window <paramref name="number"/> of as many as there were. The windows of growing numbers
    /// hold different rows until all of them have validated once. Of a split whose validation rows were drawn by this seed, window 0 is the split itself.</summary>
    public static SplitManifest Resample(SplitManifest split, int number, ulong seed, Strata? strata = null)
    {
        var order = KeyedOrder.Shuffle(split.TrainIds.Concat(split.ValidationIds), seed, "validation");
        return Carve(split.DataSet, order, split.Test.Ids, PartSize.Rows(split.ValidationIds.Count), seed, strata, number);
    }

    static SplitManifest Carve(string name, IEnumerable<string> rest, IEnumerable<string> test, PartSize validation, ulong seed, Strata? strata, int number = 0)
    {
        var order = KeyedOrder.Shuffle(rest, seed, "validation");
        var validating = Strata.Window(strata, order, validation.Of(order.Length), number).ToHashSet(StringComparer.Ordinal);
        return new SplitManifest(name, KeyedOrder.Shuffle(order.Where(id => !validating.Contains(id)), seed, "train"), validating, test);
    }
}
