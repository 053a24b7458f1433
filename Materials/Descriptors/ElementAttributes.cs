using System.Globalization;

namespace AtomSets.Materials;

/// <summary>The element tables behind <see cref="PhysicalAttributes"/>: 22 Magpie properties and the common oxidation states, by atomic number.</summary>
static class ElementAttributes
{
    const string Resource = "Descriptors/physical_attributes.csv";

    static readonly string[] s_names;
    static readonly double[][] s_values = new double[Element.MaxAtomicNumber + 1][];
    static readonly int[][] s_states = new int[Element.MaxAtomicNumber + 1][];

    static ElementAttributes()
    {
        using var stream = typeof(ElementAttributes).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"the resource {Resource} is missing");
        using var reader = new StreamReader(stream);
        s_names = reader.ReadLine()!.Split(',')[1..^1];
        while (reader.ReadLine() is { } line)
        {
            var cells = line.Split(',');
            if (!Element.TryParse(cells[0], out var element)) throw new InvalidOperationException($"{Resource}: '{cells[0]}' is no element");
            s_values[element.AtomicNumber] = Array.ConvertAll(cells[1..^1], cell => cell.Length == 0 ? double.NaN : double.Parse(cell, CultureInfo.InvariantCulture));
            s_states[element.AtomicNumber] = cells[^1].Length == 0 ? [] : Array.ConvertAll(cells[^1].Split(';'), state => int.Parse(state, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Names of the properties, in column order.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>Place of a property among <see cref="Names"/>.</summary>
    public static int ColumnOf(string name) => Array.IndexOf(s_names, name);

    /// <summary>[Names.Count] values of an element, NaN where the table has none; null beyond the table (Z above 112).</summary>
    public static double[]? Of(Element element) => s_values[element.AtomicNumber];

    /// <summary>Common oxidation states; empty where none is common.</summary>
    public static ReadOnlySpan<int> OxidationStates(Element element) => s_states[element.AtomicNumber];
}
