namespace AtomSets.Materials;

/// <summary>What spreadsheets make of formulas such as FeB2: <c>2-Feb</c>, <c>Feb-02</c>, <c>2-Feb-24</c>, <c>2023-02-02</c>.</summary>
static class SpreadsheetDate
{
    static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    internal static bool Matches(ReadOnlySpan<char> text)
    {
        if (text.Length is < 4 or > 12) return false;
        var months = 0;
        var numbers = 0;
        foreach (var range in text.SplitAny('-', '/'))
        {
            var field = text[range];
            if (IsNumber(field)) numbers++;
            else if (IsMonth(field)) months++;
            else return false;
        }
        return (months == 1 && numbers is 1 or 2) || (months == 0 && numbers == 3);
    }

    static bool IsNumber(ReadOnlySpan<char> field) => field.Length is >= 1 and <= 4 && !field.ContainsAnyExceptInRange('0', '9');

    static bool IsMonth(ReadOnlySpan<char> field)
    {
        foreach (var month in Months)
            if (field.Equals(month, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
