using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AtomSets.Materials;

/// <summary>
/// What should be known of a set of formulas before anything is learnt from it: repeated formulas, what test and training rows share, baselines that any model
/// must beat, and an error that no model of formulas can go below.
/// </summary>
/// <param name="Name">Of the set.</param>
/// <param name="Target">Column looked at.</param>
/// <param name="Unit">Of the target and of the errors.</param>
/// <param name="Rows">Rows with a formula and a value.</param>
/// <param name="Refusals">Rows that cannot be used.</param>
/// <param name="Formulas">Distinct reduced formulas.</param>
/// <param name="Repeating">Formulas of two rows or more.</param>
/// <param name="Spread">Mean over these of the largest difference between their targets; null without any.</param>
public sealed record SetSanity(
    string Name, string Target, string Unit, int Rows, IReadOnlyList<Refusal> Refusals, int Formulas, int Repeating, double? Spread)
{
    /// <summary>Rows of the set's own test part; 0 where it has none.</summary>
    public int TestRows { get; init; }

    /// <summary>Test rows whose formula is among the other rows.</summary>
    public int TestFormulasInTraining { get; init; }

    /// <summary>Mean absolute error on the test rows of the other rows' mean; null without a test part.</summary>
    public double? MeanError { get; init; }

    /// <summary>The same of their median.</summary>
    public double? MedianError { get; init; }

    /// <summary>Mean absolute error on the test rows of the median of all rows of a formula, test rows included: rows of one formula differ, so that hardly anything
    /// that sees formulas alone can be better.</summary>
    public double? Floor { get; init; }

    /// <summary>Other sets with the same formulas and values in the same order.</summary>
    public IReadOnlyList<string> IdenticalTo { get; init; } = [];

    /// <summary>Looks at several sets.</summary>
    /// <param name="loader">Where to look.</param>
    /// <param name="sets">Names or files.</param>
    /// <param name="target">Column; null: the first of each set.</param>
    /// <param name="cancel">Stops between sets.</param>
    /// <exception cref="InputException">No such set or column.</exception>
    public static IReadOnlyList<SetSanity> Of(DataSetLoader loader, IReadOnlyList<string> sets, string? target = null, CancellationToken cancel = default)
    {
        var (found, prints) = (new List<SetSanity>(), new List<string>());
        foreach (var name in sets)
        {
            cancel.ThrowIfCancellationRequested();
            var column = target ?? FirstTarget(loader, name, cancel);
            var set = loader.Load(name, new DataSetQuery { Targets = [column], Structures = false }, cancel);
            found.Add(Of(set, column));
            prints.Add(Print(set, column));
        }
        return [.. found.Select((one, i) => one with { IdenticalTo = [.. found.Where((_, j) => j != i && prints[j] == prints[i]).Select(other => other.Name)] })];
    }

    static SetSanity Of(DataSet set, string column)
    {
        var values = set.Column(column).ToArray();
        var groups = Enumerable.Range(0, set.Count).GroupBy(row => set.Formulas[row], StringComparer.Ordinal).Select(group => group.ToArray()).ToArray();
        var repeating = groups.Where(group => group.Length > 1).ToArray();
        var sanity = new SetSanity(set.Name, column, set.Unit(column), set.Count, set.Refusals, groups.Length, repeating.Length,
            repeating.Length == 0 ? null : repeating.Average(group => group.Max(row => values[row]) - group.Min(row => values[row])));
        if (set.Descriptor.Splits is not [var split, ..]) return sanity;
        var parts = set.Text(split.Name);
        var isTest = Array.ConvertAll(Enumerable.Range(0, set.Count).ToArray(), row => split.Test.Contains(parts[row], StringComparer.Ordinal));
        var test = Enumerable.Range(0, set.Count).Where(row => isTest[row]).ToArray();
        var training = Enumerable.Range(0, set.Count).Where(row => !isTest[row] && parts[row].Length > 0).ToArray();
        if (test.Length == 0 || training.Length == 0) return sanity;
        var known = training.Select(row => set.Formulas[row]).ToHashSet(StringComparer.Ordinal);
        double Error(double prediction) => test.Average(row => Math.Abs(values[row] - prediction));
        return sanity with
        {
            TestRows = test.Length,
            TestFormulasInTraining = test.Count(row => known.Contains(set.Formulas[row])),
            MeanError = Error(training.Average(row => values[row])),
            MedianError = Error(Median(training.Select(row => values[row]))),
            Floor = groups.Sum(group =>
            {
                var middle = Median(group.Select(row => values[row]));
                return group.Where(row => isTest[row]).Sum(row => Math.Abs(values[row] - middle));
            }) / test.Length,
        };
    }

    static string FirstTarget(DataSetLoader loader, string name, CancellationToken cancel) =>
        loader.Registry.TryFind(name.Split(':')[0])?.Targets is [var first, ..] ? first.Name
            : loader.Load(name, new DataSetQuery { Structures = false }, cancel).Descriptor.Targets is [var guessed, ..] ? guessed.Name
            : throw new InputException($"{name} has no numeric column that could be a target: name one");

    static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    static string Print(DataSet set, string column)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(set.Column(column)));
        foreach (var formula in set.Formulas) hash.AppendData(MemoryMarshal.AsBytes(formula.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
