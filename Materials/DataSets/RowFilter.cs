using System.Globalization;
using System.Text;

namespace AtomSets.Materials;

/// <summary>What becomes of rows that repeat a reduced formula.</summary>
public enum RepeatRule
{
    /// <summary>All are kept.</summary>
    Keep,

    /// <summary>The one of the lowest target, such as the most stable polymorph; of equal ones the first.</summary>
    Lowest,

    /// <summary>The first, with the mean of their targets.</summary>
    Mean,

    /// <summary>The first, with the median of their targets.</summary>
    Median,

    /// <summary>The first in the file.</summary>
    First,
}

/// <summary>
/// Preparation of a set of compositions, as the OQMD rows of ElemNet were prepared (D. Jha et al., Sci. Rep. 8, 17593 (2018)). The steps are taken in this
/// order: ranges of the target and of other columns, repeated formulas, outliers, pure elements, elements outside a model's table; a limit on rows comes last.
/// </summary>
public sealed record RowFilter
{
    /// <summary>Targets strictly above this, in their unit.</summary>
    public double? Above { get; init; }

    /// <summary>Targets strictly below this, in their unit.</summary>
    public double? Below { get; init; }

    public RepeatRule Repeats { get; init; }

    /// <summary>Targets within so many standard deviations (of the population) of their mean.</summary>
    public double? Sigma { get; init; }

    /// <summary>Leaves out formulas of one element.</summary>
    public bool DropsPureElements { get; init; }

    /// <summary>Leaves out formulas with an element that has no column in <see cref="ElementFractions"/>.</summary>
    public bool OnlyKnownElements { get; init; }

    /// <summary>Ranges of other columns, by name: rows must have a value strictly within.</summary>
    public IReadOnlyList<ColumnRange> Columns { get; init; } = [];

    /// <summary>One line per step, equal for equal filters.</summary>
    internal string Canonical
    {
        get
        {
            var text = new StringBuilder();
            if (Above is { } above) text.Append(CultureInfo.InvariantCulture, $"above {above:R}\n");
            if (Below is { } below) text.Append(CultureInfo.InvariantCulture, $"below {below:R}\n");
            if (Repeats != RepeatRule.Keep) text.Append(CultureInfo.InvariantCulture, $"repeats {Repeats}\n");
            if (Sigma is { } sigma) text.Append(CultureInfo.InvariantCulture, $"sigma {sigma:R}\n");
            if (DropsPureElements) text.Append("no pure elements\n");
            if (OnlyKnownElements) text.Append("elements of fractions\n");
            foreach (var range in Columns) text.Append(CultureInfo.InvariantCulture, $"column {range.Column} {range.Above:R} {range.Below:R}\n");
            return text.ToString();
        }
    }

    /// <summary>The rows that remain, with the target that they then have, and how many each step took away.</summary>
    /// <param name="set">Rows with compositions.</param>
    /// <param name="target">Column that the filter looks at.</param>
    /// <exception cref="InputException">The set has no compositions, or no such column.</exception>
    internal (List<int> Rows, double[] Targets, List<FilterStep> Steps) Run(DataSet set, string target)
    {
        var values = set.Column(target).ToArray();
        var rows = Enumerable.Range(0, set.Count).ToList();
        var steps = new List<FilterStep>();
        void Step(string what, Func<List<int>, List<int>> keep)
        {
            var before = rows.Count;
            rows = keep(rows);
            steps.Add(new FilterStep(what, before - rows.Count));
        }

        if (Above is not null || Below is not null)
            Step(Text($"{target} outside {new ColumnRange(target, Above, Below)}"), all => all.FindAll(row => !(values[row] <= Above) && !(values[row] >= Below)));
        foreach (var range in Columns)
        {
            var column = set.Column(range.Column).ToArray();
            Step(Text($"{range.Column} outside {range}"), all => all.FindAll(row => !double.IsNaN(column[row]) && !(column[row] <= range.Above) && !(column[row] >= range.Below)));
        }
        if (Repeats != RepeatRule.Keep)
            Step($"repeated formulas ({Repeats.ToString().ToLowerInvariant()} kept)", all => [.. all.GroupBy(row => set.Formulas[row], StringComparer.Ordinal).Select(group => One([.. group], values)).Order()]);
        if (Sigma is { } sigma)
            Step(Text($"{target} beyond {sigma:R} standard deviations"), all => Within(all, values, sigma));
        if (DropsPureElements) Step("pure elements", all => all.FindAll(row => set.Composition(row).Amounts.Length > 1));
        if (OnlyKnownElements) Step("elements without a column of fractions", all => all.FindAll(row => ElementFractions.Unknown(set.Composition(row)) is null));
        return (rows, values, steps);
    }

    // Changes the target of the row that is kept.
    int One(int[] rows, double[] values)
    {
        switch (Repeats)
        {
            case RepeatRule.Lowest:
                return rows.MinBy(row => values[row]);
            case RepeatRule.Mean:
                values[rows[0]] = rows.Average(row => values[row]);
                return rows[0];
            case RepeatRule.Median:
                var sorted = rows.Select(row => values[row]).Order().ToArray();
                values[rows[0]] = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
                return rows[0];
            default:
                return rows[0];
        }
    }

    static List<int> Within(List<int> rows, double[] values, double sigma)
    {
        if (rows.Count == 0) return rows;
        var mean = rows.Average(row => values[row]);
        var deviation = Math.Sqrt(rows.Average(row => (values[row] - mean) * (values[row] - mean)));
        return rows.FindAll(row => Math.Abs(values[row] - mean) <= sigma * deviation);
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Rows that one step of a <see cref="RowFilter"/> took away.</summary>
/// <param name="What">Why, in a few words.</param>
/// <param name="Rows">How many.</param>
public sealed record FilterStep(string What, int Rows);
