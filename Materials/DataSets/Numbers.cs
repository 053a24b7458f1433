using System.Globalization;

namespace AtomSets.Materials;

/// <summary>Numbers in tables: invariant culture, finite, nothing else.</summary>
static class Numbers
{
    public static bool TryParse(ReadOnlySpan<char> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>A number with a decimal comma, written with a point; every other text as it is.</summary>
    public static string WithPoint(string text) =>
        text.IndexOf(',', StringComparison.Ordinal) is >= 0 and var at && string.Concat(text.AsSpan(0, at), ".", text.AsSpan(at + 1)) is var pointed && TryParse(pointed, out _) ? pointed : text;

    /// <summary>Why a cell is no value; null if it is one.</summary>
    /// <param name="text">The cell.</param>
    /// <param name="column">Its column.</param>
    /// <param name="commas">Whether a comma is the decimal sign.</param>
    /// <param name="value">The number, or NaN.</param>
    public static string? Problem(string text, string column, bool commas, out double value)
    {
        if (TryParse(commas ? WithPoint(text) : text, out value)) return null;
        value = double.NaN;
        return string.IsNullOrWhiteSpace(text) ? $"no value in {column}" : $"'{Shorten(text)}' in {column} is not a finite number";
    }

    public static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
