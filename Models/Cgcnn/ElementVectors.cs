using AtomSets.Materials;

namespace AtomSets.Models.Cgcnn;

/// <summary>
/// The element vectors of CGCNN: nine properties, each cut into categories, one number per category (1 for the element's own, else 0).
/// </summary>
/// <remarks>
/// The scheme is that of T. Xie, J. C. Grossman, Phys. Rev. Lett. 120, 145301 (2018), supplement, table II, in the form in which the authors' program
/// uses it: 19 + 7 + 10 + 10 + 12 + 10 + 10 + 4 + 10 = 92 numbers. Written here as the category of each element, by atomic number from hydrogen to
/// fermium; a letter continues the digits (a = 10), a point means that the property is not known and all its numbers are 0.
/// </remarks>
public static class ElementVectors
{
    /// <summary>Largest atomic number that has a vector.</summary>
    public const int MaxAtomicNumber = 100;

    /// <summary>The category of every element for one property.</summary>
    readonly record struct Property(int Categories, string ByElement);

    static readonly Property[] Scheme =
    [
        // Group 1 to 18; category 0 holds the lanthanoids and actinoids.
        new(19, "1i12defghi12defghi123456789abcdefghi123456789abcdefghi12000000000000003456789abcdefghi12000000000000"),
        // Period 1 to 7.
        new(7, "0011111111222222223333333333333333334444444444444444445555555555555555555555555555555566666666666666"),
        // Pauling electronegativity, 0.5 to 4.0.
        new(10, "4.1345789.1233457.01223333343334457.012234445443344466011111.1.1.2222.122334445333344.01122322......"),
        // Covalent radius, 25 to 250 pm.
        new(10, "0043222111554433337654444433344444348765554444445554449766666666666666655444444455555587766666666666"),
        // Valence electrons, 1 to 12.
        new(12, "0101234567012345670123456789ab234567012345678bab234567011111111111111123456789ab23456701111111111111"),
        // First ionisation energy, ln of eV from 1.3 to 3.3.
        new(10, "6914456678132355670223333333342344560222333334342344550122122222222222133334444523344501122222222222"),
        // Electron affinity, −3 to 3.7 eV.
        new(10, "5.5046269.5.56579.544455.4566.56579.54455556656.466794545557..5.65..64444546677.55578.545..........."),
        // Block s, p, d, f.
        new(4, "0000111111001111110022222222221111110022222222221111110033333333333333222222222211111100333333333333"),
        // Atomic volume, ln of cm³/mol from 1.5 to 4.3.
        new(10, "463000444454234456864321111112333457975432222223445568975555.56555554643322222244555...855435.55...."),
    ];

    /// <summary>Numbers per element.</summary>
    public static int Width { get; } = Scheme.Sum(property => property.Categories);

    /// <summary>[<see cref="MaxAtomicNumber"/> + 1 × <see cref="Width"/>] the vector of atomic number Z in row Z; row 0 is zero.</summary>
    public static float[] Table()
    {
        var table = new float[(MaxAtomicNumber + 1) * Width];
        for (var number = 1; number <= MaxAtomicNumber; number++)
        {
            var first = number * Width;
            foreach (var (categories, byElement) in Scheme)
            {
                var letter = byElement[number - 1];
                if (letter != '.') table[first + (letter <= '9' ? letter - '0' : letter - 'a' + 10)] = 1;
                first += categories;
            }
        }
        return table;
    }

    /// <summary>[<see cref="MaxAtomicNumber"/> + 1 × <see cref="MaxAtomicNumber"/>] a vector for each element that tells nothing but which it is.</summary>
    public static float[] OneHotTable()
    {
        var table = new float[(MaxAtomicNumber + 1) * MaxAtomicNumber];
        for (var number = 1; number <= MaxAtomicNumber; number++) table[number * MaxAtomicNumber + number - 1] = 1;
        return table;
    }

    /// <summary>Why there is no vector for one of these elements, or null.</summary>
    internal static string? ProblemWith(ReadOnlySpan<int> atomicNumbers)
    {
        foreach (var number in atomicNumbers)
            if (number is < 1 or > MaxAtomicNumber)
                return number is > 0 and <= Element.MaxAtomicNumber
                    ? $"there is no element vector for {Element.FromAtomicNumber(number).Symbol}: CGCNN's end with fermium (Z = {MaxAtomicNumber})"
                    : $"{number} is no atomic number";
        return null;
    }
}
