using System.Globalization;
using AtomSets.Materials;
using AtomSets.Training;

namespace AtomSets.Commands;

/// <summary>Writes layers of materials as CSV, row by row: <c>id, formula, [atom, element,] columns …, features …, error</c>. Of a formula by its elements (<c>V0</c>) the
/// atom is empty and stands once for each element.</summary>
sealed class FeatureWriter
{
    readonly TextWriter _text;
    readonly LayerReader _reader;

    /// <param name="text">Gets the header at once.</param>
    /// <param name="reader">Names the features.</param>
    /// <param name="beside">Names of further columns.</param>
    public FeatureWriter(TextWriter text, LayerReader reader, IReadOnlyList<string> beside)
    {
        (_text, _reader) = (text, reader);
        string[] places = reader.IsPerAtom ? ["id", "formula", "atom", "element"] : ["id", "formula"];
        Line([.. places, .. beside, .. reader.Columns, "error"]);
    }

    /// <summary>Writes the rows of a material: its atoms, or one; one with the reason where there are no values.</summary>
    /// <param name="beside">Values of the further columns.</param>
    public void Write(LayerValues values, IReadOnlyList<object?> beside)
    {
        var crystal = values.Input.Crystal;
        var composition = crystal?.Composition ?? values.Input.Composition;
        object?[] head = [values.Input.Label, composition?.ReducedFormula];
        var width = _reader.Columns.Count;
        if (values.Error is not null)
        {
            Line([.. head, .. Place(null, null), .. beside, .. new object?[width], values.Error]);
            return;
        }
        for (var row = 0; row < values.Rows; row++)
        {
            var element = crystal is not null ? crystal.AtomicNumbers[row % crystal.AtomicNumbers.Length] : composition!.Amounts[row % composition.Amounts.Length].Element.AtomicNumber;
            var features = values.Values.Slice(row * width, width).ToArray();
            Line([.. head, .. Place(crystal is null ? null : row + 1, Element.FromAtomicNumber(element).Symbol), .. beside, .. features.Select(value => (object)value), null]);
        }
    }

    object?[] Place(int? atom, string? element) => _reader.IsPerAtom ? [atom, element] : [];

    void Line(object?[] cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0) _text.Write(',');
            _text.Write(Cell(cells[i]));
        }
        _text.Write('\n');
    }

    // Numbers in their shortest form that reads back as the same bits.
    static string Cell(object? value) => value is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture) : CsvField.Quoted(value?.ToString() ?? "");
}
