using System.Globalization;

namespace AtomSets.Materials;

/// <summary>An open interval of a column's values; a bound that is null leaves its side open.</summary>
public sealed record ColumnRange(string Column, double? Above, double? Below)
{
    public override string ToString() =>
        $"{Above?.ToString("R", CultureInfo.InvariantCulture) ?? "−∞"} … {Below?.ToString("R", CultureInfo.InvariantCulture) ?? "∞"}";
}
