using System.Globalization;

namespace AtomSets.Materials;

/// <summary>Which rows of a set are wanted, by the value of one column.</summary>
public abstract record RowCondition(string Column)
{
    /// <summary>Rows whose text in the column equals one of the values (numbers may be written in any way).</summary>
    public static RowCondition In(string column, params IReadOnlyList<string> values) => new InValues(column, values);

    /// <summary>Rows with a number in the column, <paramref name="min"/> ≤ value ≤ <paramref name="max"/>.</summary>
    public static RowCondition Between(string column, double min, double max) => new InRange(column, min, max);

    internal abstract bool Accepts(string text);

    /// <summary>One line, equal for equal conditions.</summary>
    internal abstract string Canonical { get; }

    sealed record InValues(string Column, IReadOnlyList<string> Values) : RowCondition(Column)
    {
        internal override string Canonical => $"where {Column} in {string.Join('|', Values.Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal))}";

        internal override bool Accepts(string text)
        {
            foreach (var value in Values)
                if (text == value || (Numbers.TryParse(text, out var a) && Numbers.TryParse(value, out var b) && a == b)) return true;
            return false;
        }
    }

    sealed record InRange(string Column, double Min, double Max) : RowCondition(Column)
    {
        internal override string Canonical => string.Create(CultureInfo.InvariantCulture, $"where {Column} between {Min:R} and {Max:R}");

        internal override bool Accepts(string text) => Numbers.TryParse(text, out var value) && value >= Min && value <= Max;
    }
}
