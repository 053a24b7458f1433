using System.Globalization;
using System.Text;

namespace AtomSets.Materials;

/// <summary>An element and how much of it a formula or a cell holds.</summary>
public readonly record struct ElementAmount(Element Element, double Amount);

/// <summary>
/// Elements with positive amounts, in the order of atomic numbers. Equal when elements and amounts are equal to the last digit;
/// for "the same material" compare <see cref="ReducedFormula"/>.
/// </summary>
public sealed class Composition : IEquatable<Composition>
{
    /// <summary>Amounts closer than this are one amount when a formula is reduced, and smaller amounts are refused.</summary>
    public const double Resolution = 1e-9;

    /// <summary>The largest amount of one element.</summary>
    public const double MaxAmount = 1e6;

    const long LargestReducedInteger = 1000;
    readonly ElementAmount[] _amounts;
    string? _reduced;

    Composition(ElementAmount[] sorted) => _amounts = sorted;

    /// <summary>The elements and their amounts by ascending atomic number.</summary>
    public ReadOnlySpan<ElementAmount> Amounts => _amounts;

    /// <summary>Sum of the amounts: atoms per formula unit or per cell.</summary>
    public double TotalAmount
    {
        get
        {
            var sum = 0.0;
            foreach (var item in _amounts) sum += item.Amount;
            return sum;
        }
    }

    /// <summary>Mass of the formula unit or cell in u.</summary>
    public double Mass
    {
        get
        {
            var sum = 0.0;
            foreach (var item in _amounts) sum += item.Amount * item.Element.AtomicMass;
            return sum;
        }
    }

    /// <summary>Amount of <paramref name="element"/>, 0 where it is absent.</summary>
    public double this[Element element]
    {
        get
        {
            foreach (var item in _amounts)
                if (ReferenceEquals(item.Element, element))
                    return item.Amount;
            return 0;
        }
    }

    /// <summary>
    /// The name under which compositions in the same proportions meet: alphabetical, divided by the greatest common divisor
    /// (<c>BaO3Ti</c>, <c>Fe2O3</c>). Fractional amounts become integers where these stay at or below 1,000 (<c>Fe0.5Ni0.5</c> is
    /// <c>FeNi</c>), otherwise fractions of the whole with six decimals.
    /// </summary>
    public string ReducedFormula => _reduced ??= Reduce();

    /// <summary>The amounts as they are, alphabetical: <c>Ba2O6Ti2</c>.</summary>
    public string AlphabeticalFormula => Write(Alphabetical(), static item => item.Amount);

    /// <summary>Hill's order: carbon, hydrogen, then alphabetical; without carbon all alphabetical.</summary>
    public string HillFormula
    {
        get
        {
            var items = Alphabetical();
            if (this[Element.FromAtomicNumber(6)] > 0)
            {
                static int Rank(Element e) => e.AtomicNumber switch { 6 => 0, 1 => 1, _ => 2 };
                items = [.. items.OrderBy(item => Rank(item.Element))];
            }
            return Write(items, static item => item.Amount);
        }
    }

    /// <summary>Sums amounts per element.</summary>
    /// <exception cref="ArgumentException">No element, or an amount that is not finite, below <see cref="Resolution"/> or above <see cref="MaxAmount"/>.</exception>
    public static Composition From(IEnumerable<ElementAmount> amounts)
    {
        ArgumentNullException.ThrowIfNull(amounts);
        var sums = new double[Element.MaxAtomicNumber];
        foreach (var item in amounts) sums[item.Element.AtomicNumber - 1] += item.Amount;
        return FromSums(sums);
    }

    /// <summary>Counts atoms.</summary>
    /// <param name="atomicNumbers">One atomic number per atom, at least one.</param>
    /// <exception cref="ArgumentException">No atom.</exception>
    public static Composition FromAtoms(ReadOnlySpan<int> atomicNumbers)
    {
        var sums = new double[Element.MaxAtomicNumber];
        foreach (var z in atomicNumbers) sums[Element.FromAtomicNumber(z).AtomicNumber - 1]++;
        return FromSums(sums);
    }

    /// <summary>
    /// Reads a formula: nested brackets <c>() [] {}</c>, decimal amounts, leading multipliers, blanks, subscript digits, and parts joined by
    /// <c>·</c>, <c>*</c> or <c>.</c> (hydrates). A <c>.</c> between two digits is a decimal point, except before a number followed by
    /// <c>H2O</c> or <c>D2O</c>: <c>CuSO4.5H2O</c> is a pentahydrate. D and T count as hydrogen.
    /// </summary>
    /// <exception cref="FormulaException">The text is no formula; the message names the character.</exception>
    public static Composition Parse(string formula)
    {
        ArgumentNullException.ThrowIfNull(formula);
        return FormulaParser.Parse(formula);
    }

    /// <summary>As <see cref="Parse"/>, with the reason instead of an exception.</summary>
    public static bool TryParse(string formula, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Composition? composition, out string reason)
    {
        try
        {
            composition = Parse(formula);
            reason = "";
            return true;
        }
        catch (FormulaException failure)
        {
            composition = null;
            reason = failure.Message;
            return false;
        }
    }

    /// <summary>Amount of <paramref name="element"/> divided by <see cref="TotalAmount"/>.</summary>
    public double Fraction(Element element) => this[element] / TotalAmount;

    public bool Equals(Composition? other) => other is not null && _amounts.AsSpan().SequenceEqual(other._amounts);

    public override bool Equals(object? obj) => Equals(obj as Composition);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in _amounts) hash.Add(item);
        return hash.ToHashCode();
    }

    public override string ToString() => AlphabeticalFormula;

    internal static Composition FromSums(double[] sumByAtomicNumberMinusOne)
    {
        var items = new List<ElementAmount>(8);
        for (var i = 0; i < sumByAtomicNumberMinusOne.Length; i++)
        {
            var amount = sumByAtomicNumberMinusOne[i];
            if (amount == 0) continue;
            var element = Element.All[i];
            if (!double.IsFinite(amount) || amount < Resolution || amount > MaxAmount)
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"the amount of {element} is {amount}; amounts lie between {Resolution} and {MaxAmount}"),
                    nameof(sumByAtomicNumberMinusOne));
            items.Add(new ElementAmount(element, amount));
        }
        if (items.Count == 0) throw new ArgumentException("a composition needs at least one element", nameof(sumByAtomicNumberMinusOne));
        return new Composition([.. items]);
    }

    string Reduce()
    {
        // Amounts on a grid of 1e-9: the sums of the parser's decimals fall on it whatever the order of summation.
        long divisor = 0;
        var largest = 0L;
        foreach (var item in _amounts)
        {
            var steps = (long)Math.Round(item.Amount / Resolution);
            largest = Math.Max(largest, steps);
            for (var (a, b) = (steps, divisor); ; (a, b) = (b, a % b))
                if (b == 0)
                {
                    divisor = a;
                    break;
                }
        }
        if (largest / divisor <= LargestReducedInteger)
            return Write(Alphabetical(), item => Math.Round(item.Amount / Resolution) / divisor);
        var total = TotalAmount;
        return Write(Alphabetical(), item => Math.Max(Math.Round(item.Amount / total, 6), 1e-6));
    }

    ElementAmount[] Alphabetical()
    {
        var items = (ElementAmount[])_amounts.Clone();
        Array.Sort(items, static (x, y) => string.CompareOrdinal(x.Element.Symbol, y.Element.Symbol));
        return items;
    }

    static string Write(ElementAmount[] items, Func<ElementAmount, double> amount)
    {
        var text = new StringBuilder();
        foreach (var item in items)
        {
            text.Append(item.Element.Symbol);
            var value = amount(item);
            if (value != 1) text.Append(value.ToString("0.##########", CultureInfo.InvariantCulture));
        }
        // Behind a decimal amount above 1 a last H2O would be read as water: F1.2H2O is F·2H2O.
        if (items.Length > 2 && text.Length > 3 && text[^3] == 'H' && text[^2] == '2' && text[^1] == 'O' && amount(items[^3]) is > 1 and var before && !double.IsInteger(before))
            text.Insert(text.Length - 1, ')').Insert(text.Length - 4, '(');
        return text.ToString();
    }
}
