namespace AtomSets.Materials;

/// <summary>
/// The 86 columns of elemental fractions that composition networks of the ElemNet family read (D. Jha et al., Sci. Rep. 8, 17593 (2018); V. Gupta
/// et al., Nat. Commun. 12, 6595 (2021)), in the authors' order: by atomic number up to Pu, without He, Ne, Ar, Po, At, Rn, Fr and Ra.
/// Kr and Xe are in.
/// </summary>
public static class ElementFractions
{
    /// <summary>Columns.</summary>
    public const int Count = 86;

    static readonly Element[] Columns = Read(
        "H Li Be B C N O F Na Mg Al Si P S Cl K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd "
        + "In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Ac Th Pa U Np Pu");

    static readonly int[] ColumnByNumber = Index();

    /// <summary>The element of each column.</summary>
    public static IReadOnlyList<Element> Elements => Columns;

    /// <summary>Column of an element, or −1 for one that has none.</summary>
    public static int ColumnOf(Element element) => ColumnByNumber[element.AtomicNumber];

    /// <summary>The first element of a composition that has no column; null when every one has.</summary>
    public static Element? Unknown(Composition composition)
    {
        foreach (var item in composition.Amounts)
        {
            if (ColumnOf(item.Element) < 0) return item.Element;
        }
        return null;
    }

    static Element[] Read(string symbols) =>
        Array.ConvertAll(symbols.Split(' '), symbol => Element.TryParse(symbol, out var element) ? element : throw new InvalidOperationException(symbol));

    static int[] Index()
    {
        var columns = new int[Element.MaxAtomicNumber + 1];
        Array.Fill(columns, -1);
        for (var column = 0; column < Columns.Length; column++) columns[Columns[column].AtomicNumber] = column;
        return columns;
    }
}
