namespace AtomSets.Materials;

/// <summary>
/// The 145 physical attributes of a formula (L. Ward et al., npj Comput. Mater. 2, 16028 (2016), doi 10.1038/npjcompumats.2016.28), named, ordered and
/// computed as matminer does: 6 stoichiometric norms, 22 Magpie element properties × 6 statistics, 4 valence orbital occupations, 3 ionic attributes.
/// Units are those of the Magpie tables (K, pm, u, Å³/atom, eV, µB). See SOURCES.md.
/// </summary>
public static class PhysicalAttributes
{
    const int Statistics = 6;

    /// <summary>Combinations of oxidation states that are looked at. Of a dozen elements all are; of many more there would be no end to them.</summary>
    const int MostCombinations = 1 << 24;

    static readonly int[] s_norms = [2, 3, 5, 7, 10];
    static readonly string[] s_statistics = ["minimum", "maximum", "range", "mean", "avg_dev", "mode"];
    static readonly string[] s_orbitals = ["s", "p", "d", "f"];
    static readonly int[] s_orbitalColumns = Array.ConvertAll(s_orbitals, orbital => ElementAttributes.ColumnOf($"N{orbital}Valence"));

    /// <summary>Names of the columns, such as <c>2-norm</c> or <c>MagpieData mean Electronegativity</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "0-norm", .. s_norms.Select(p => FormattableString.Invariant($"{p}-norm")),
        .. ElementAttributes.Names.SelectMany(_ => s_statistics, (property, statistic) => $"MagpieData {statistic} {property}"),
        .. s_orbitals.Select(orbital => $"avg {orbital} valence electrons"),
        "compound possible", "max ionic char", "avg ionic char",
    ];

    /// <summary>Columns: 145.</summary>
    public static int Count => Names.Count;

    /// <summary>Why a formula has no attributes; null where it has all.</summary>
    public static string? Problem(Composition composition)
    {
        foreach (var item in composition.Amounts)
        {
            if (ElementAttributes.Of(item.Element) is not { } values) return $"{item.Element.Symbol} has no physical attributes";
            if (Array.FindIndex(values, double.IsNaN) is >= 0 and var missing) return $"{item.Element.Symbol} has no value of {ElementAttributes.Names[missing]}";
            if (composition.Amounts.Length > 1 && item.Element.Electronegativity is null) return $"{item.Element.Symbol} has no electronegativity";
        }
        return null;
    }

    /// <summary>Computes all attributes.</summary>
    /// <param name="composition">Without a <see cref="Problem"/>.</param>
    /// <param name="values">[<see cref="Count"/>], overwritten.</param>
    public static void Compute(Composition composition, Span<double> values)
    {
        var items = composition.Amounts;
        Span<double> fractions = items.Length <= 64 ? stackalloc double[items.Length] : new double[items.Length];
        var total = composition.TotalAmount;
        for (var i = 0; i < items.Length; i++) fractions[i] = items[i].Amount / total;

        var at = 0;
        values[at++] = items.Length;
        foreach (var p in s_norms)
        {
            double sum = 0;
            foreach (var x in fractions) sum += Math.Pow(x, p);
            values[at++] = Math.Pow(sum, 1.0 / p);
        }
        for (var property = 0; property < ElementAttributes.Names.Count; property++, at += Statistics)
            Summarise(items, fractions, property, values.Slice(at, Statistics));
        foreach (var column in s_orbitalColumns)
        {
            double mean = 0;
            for (var i = 0; i < items.Length; i++) mean += fractions[i] * ElementAttributes.Of(items[i].Element)![column];
            values[at++] = mean;
        }
        Ionic(items, fractions, values[at..]);
    }

    static void Summarise(ReadOnlySpan<ElementAmount> items, ReadOnlySpan<double> fractions, int property, Span<double> values)
    {
        var (low, high, mean, mode, most) = (double.PositiveInfinity, double.NegativeInfinity, 0.0, 0.0, 0.0);
        for (var i = 0; i < items.Length; i++)
        {
            var value = ElementAttributes.Of(items[i].Element)![property];
            low = Math.Min(low, value);
            high = Math.Max(high, value);
            mean += fractions[i] * value;
            if (fractions[i] > most || (fractions[i] == most && value < mode)) (most, mode) = (fractions[i], value);
        }
        // Of equal values exactly: the rounding of a mean, brought to unit variance, would be an input like any other.
        if (low == high) mean = low;
        double deviation = 0;
        for (var i = 0; i < items.Length; i++) deviation += fractions[i] * Math.Abs(ElementAttributes.Of(items[i].Element)![property] - mean);
        (values[0], values[1], values[2], values[3], values[4], values[5]) = (low, high, high - low, mean, deviation, mode);
    }

    // The ionic character of a pair is 1 − exp(−(X_A − X_B)²/4).
    static void Ionic(ReadOnlySpan<ElementAmount> items, ReadOnlySpan<double> fractions, Span<double> values)
    {
        values[..3].Clear();
        var left = MostCombinations;
        values[0] = items.Length == 1 || CanBeNeutral(items, 0, ref left) ? 1 : 0;
        for (var i = 0; i < items.Length; i++)
        {
            for (var j = i + 1; j < items.Length; j++)
            {
                var difference = items[i].Element.Electronegativity!.Value - items[j].Element.Electronegativity!.Value;
                var character = 1 - Math.Exp(-0.25 * difference * difference);
                values[1] = Math.Max(values[1], character);
                values[2] += fractions[i] * fractions[j] * character;
            }
        }
    }

    static bool CanBeNeutral(ReadOnlySpan<ElementAmount> items, double charge, ref int left)
    {
        if (--left < 0) return false;
        if (items.IsEmpty) return Math.Abs(charge) < 1e-8;
        foreach (var state in ElementAttributes.OxidationStates(items[0].Element))
        {
            if (CanBeNeutral(items[1..], charge + state * items[0].Amount, ref left)) return true;
        }
        return false;
    }
}
