using System.Globalization;

namespace AtomSets.Materials;

/// <summary>
/// A value of another set for the same formula, for learning differences (Δ-learning: R. Ramakrishnan et al., J. Chem. Theory Comput. 11, 2087 (2015), doi
/// 10.1021/acs.jctc.5b00099): such as a computed energy beside a measured one. Rows whose formula the other set lacks are left out. The error of a predicted
/// difference is that of the sum, so results compare with those on the same rows without subtraction.
/// </summary>
/// <param name="Set">The other set; empty: another column of the same one, row by row.</param>
/// <param name="Column">Its column, in the target's unit.</param>
public sealed record DeltaReference(string Set, string Column)
{
    /// <summary>Which of several rows of one formula counts; all of them: their mean.</summary>
    public RepeatRule Repeats { get; init; } = RepeatRule.Lowest;

    /// <summary>False: rows are chosen, but their targets stay: the comparison without differences.</summary>
    public bool Subtracts { get; init; } = true;

    internal string Canonical => string.Create(CultureInfo.InvariantCulture, $"delta {Set} {Column} {Repeats} {Subtracts}\n");

    /// <summary>The reference value by reduced formula.</summary>
    internal Dictionary<string, double> Values(DataSet other)
    {
        var values = other.Column(Column).ToArray();
        return Enumerable.Range(0, other.Count).GroupBy(row => other.Formulas[row], StringComparer.Ordinal).ToDictionary(group => group.Key, group => Repeats switch
        {
            RepeatRule.Lowest => group.Min(row => values[row]),
            RepeatRule.First => values[group.First()],
            RepeatRule.Median => Median([.. group.Select(row => values[row]).Order()]),
            _ => group.Average(row => values[row]),
        }, StringComparer.Ordinal);
    }

    static double Median(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
