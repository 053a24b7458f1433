using System.Globalization;

namespace AtomSets.Materials;

/// <summary>A chemical element. One instance per element, so reference equality is equality.</summary>
public sealed class Element : IComparable<Element>
{
    static readonly Element[] Table = ReadTable();
    static readonly Element?[] BySymbol = IndexSymbols();

    Element(int atomicNumber, string symbol, string name, double atomicMass, double? electronegativity)
    {
        AtomicNumber = atomicNumber;
        Symbol = symbol;
        Name = name;
        AtomicMass = atomicMass;
        Electronegativity = electronegativity;
    }

    /// <summary>The largest atomic number known here.</summary>
    public const int MaxAtomicNumber = 118;

    /// <summary>All elements in the order of their atomic numbers, beginning with hydrogen.</summary>
    public static IReadOnlyList<Element> All => Table;

    /// <summary>Z, 1 to 118.</summary>
    public int AtomicNumber { get; }

    public string Symbol { get; }

    /// <summary>English name in American spelling.</summary>
    public string Name { get; }

    /// <summary>Standard atomic weight in u; the mass number of a long-lived isotope where no weight is standardised.</summary>
    public double AtomicMass { get; }

    /// <summary>Pauling electronegativity; null where none is established (He, Ne, Ar and Z above 103).</summary>
    public double? Electronegativity { get; }

    /// <exception cref="ArgumentOutOfRangeException">Z is not in 1…118.</exception>
    public static Element FromAtomicNumber(int atomicNumber) =>
        atomicNumber is >= 1 and <= MaxAtomicNumber
            ? Table[atomicNumber - 1]
            : throw new ArgumentOutOfRangeException(nameof(atomicNumber), atomicNumber, "atomic numbers run from 1 to 118");

    /// <summary>Reads a symbol exactly as written (<c>Fe</c>). Deuterium <c>D</c> and tritium <c>T</c> are hydrogen: nothing here knows isotopes.</summary>
    public static bool TryParse(ReadOnlySpan<char> symbol, out Element element)
    {
        element = Table[0];
        if (symbol.Length is < 1 or > 2 || symbol[0] is < 'A' or > 'Z') return false;
        if (symbol.Length == 2 && symbol[1] is < 'a' or > 'z') return false;
        var found = BySymbol[Slot(symbol[0], symbol.Length == 2 ? symbol[1] : '\0')];
        if (found is null) return false;
        element = found;
        return true;
    }

    /// <summary>As <see cref="TryParse"/>, whatever the case of the letters (<c>FE</c>, <c>fe</c>).</summary>
    public static bool TryParseIgnoringCase(ReadOnlySpan<char> symbol, out Element element)
    {
        element = Table[0];
        if (symbol.Length is < 1 or > 2) return false;
        Span<char> folded = stackalloc char[2];
        folded[0] = char.ToUpperInvariant(symbol[0]);
        if (symbol.Length == 2) folded[1] = char.ToLowerInvariant(symbol[1]);
        return TryParse(folded[..symbol.Length], out element);
    }

    /// <summary>Reads a symbol, or says which one may have been meant.</summary>
    /// <exception cref="InputException">No element has this symbol.</exception>
    public static Element Parse(ReadOnlySpan<char> symbol) =>
        TryParse(symbol, out var element) ? element : throw new InputException(Unknown(symbol));

    /// <summary>"unknown element 'Xx'" with the nearest symbol as advice.</summary>
    internal static string Unknown(ReadOnlySpan<char> symbol)
    {
        var shown = symbol.Length > 12 ? string.Concat(symbol[..12], "…") : symbol.ToString();
        return $"unknown element '{shown}'; did you mean {Nearest(symbol).Symbol}?";
    }

    /// <summary>The element whose symbol looks most like <paramref name="symbol"/>: never far, not always meant.</summary>
    public static Element Nearest(ReadOnlySpan<char> symbol)
    {
        var best = Table[0];
        var bestCost = int.MaxValue;
        foreach (var element in Table)
        {
            var cost = Cost(symbol, element.Symbol);
            if (cost >= bestCost) continue;
            best = element;
            bestCost = cost;
        }
        return best;
    }

    public int CompareTo(Element? other) => other is null ? 1 : AtomicNumber.CompareTo(other.AtomicNumber);

    public override string ToString() => Symbol;

    // Symbols have at most two letters, so position by position is enough: a wrong case costs 1, a wrong first letter 6, a wrong, missing
    // or surplus second letter 3.
    static int Cost(ReadOnlySpan<char> written, string symbol)
    {
        var cost = written.Length == 0 ? 6 : LetterCost(written[0], symbol[0], 6);
        if (written.Length >= 2 && symbol.Length == 2) cost += LetterCost(written[1], symbol[1], 3);
        else if (written.Length >= 2 || symbol.Length == 2) cost += 3;
        return cost;
    }

    static int LetterCost(char written, char right, int wrong) =>
        written == right ? 0 : char.ToUpperInvariant(written) == char.ToUpperInvariant(right) ? 1 : wrong;

    static int Slot(char first, char second) => (first - 'A') * 27 + (second == '\0' ? 0 : second - 'a' + 1);

    static Element[] ReadTable()
    {
        var table = new Element[MaxAtomicNumber];
        var index = 0;
        foreach (var line in ElementTable.Text.Split('\n'))
        {
            var fields = line.Trim().Split(' ');
            var z = int.Parse(fields[0], CultureInfo.InvariantCulture);
            var mass = double.Parse(fields[3], CultureInfo.InvariantCulture);
            double? electronegativity = fields[4] == "-" ? null : double.Parse(fields[4], CultureInfo.InvariantCulture);
            table[index++] = new Element(z, fields[1], fields[2], mass, electronegativity);
        }
        return table;
    }

    static Element?[] IndexSymbols()
    {
        var index = new Element?[26 * 27];
        foreach (var element in Table) index[Slot(element.Symbol[0], element.Symbol.Length == 2 ? element.Symbol[1] : '\0')] = element;
        index[Slot('D', '\0')] = index[Slot('T', '\0')] = Table[0];
        return index;
    }
}
