using System.Globalization;

namespace AtomSets.Materials;

/// <summary>Numbers in tables: invariant culture, finite, nothing else.</summary>
static class Numbers
{
    public static bool TryParse(ReadOnlySpan<char> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>Why a cell is no value; null if it is one.</summary>
    public static string? Problem(string text, string column, out double value)
    {
        if (TryParse(text, out value)) return null;
        value = double.NaN;
        return string.IsNullOrWhiteSpace(text) ? $"no value in {column}" : $"'{Shorten(text)}' in {column} is not a finite number";
    }

    public static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
