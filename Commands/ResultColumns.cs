using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary>Reads the columns of <c>--by</c>: with commas, or the option repeated; <c>source_size</c> or <c>sourcesize</c>.</summary>
static class ResultColumns
{
    public static List<string> Names(IEnumerable<string> lists) =>
        [.. lists.SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct(StringComparer.Ordinal)];

    /// <exception cref="StudyInputException">There is no such column.</exception>
    public static List<ResultColumn> Parse(IEnumerable<string> lists)
    {
        var columns = new List<ResultColumn>();
        foreach (var name in Names(lists))
        {
            if (!Enum.TryParse<ResultColumn>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var column) || !Enum.IsDefined(column) || char.IsAsciiDigit(name[0]))
                throw new StudyInputException($"--by {name}: no such column; choose from {string.Join(", ", Enum.GetNames<ResultColumn>()).ToLowerInvariant()}");
            if (!columns.Contains(column)) columns.Add(column);
        }
        return columns;
    }
}
