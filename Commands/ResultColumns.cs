using System.Text.Json;
using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary>Reads the columns of <c>--by</c>: with commas, or the option repeated; <c>source_size</c> or <c>sourcesize</c>.</summary>
static class ResultColumns
{
    public static List<string> Names(IEnumerable<string> lists) =>
        [.. lists.SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct(StringComparer.Ordinal)];

    /// <param name="lists">As written.</param>
    /// <param name="replicates">False where rows are over all replicates: these have no seed and no fold.</param>
    /// <exception cref="StudyInputException">There is no such column.</exception>
    public static List<ResultColumn> Parse(IEnumerable<string> lists, bool replicates = true)
    {
        var known = Enum.GetValues<ResultColumn>().Where(column => replicates || column is not (ResultColumn.Seed or ResultColumn.Fold)).ToList();
        var columns = new List<ResultColumn>();
        foreach (var name in Names(lists))
        {
            if (!Enum.TryParse<ResultColumn>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var column) || !known.Contains(column) || char.IsAsciiDigit(name[0]))
                throw new StudyInputException($"--by {name}: no such column; choose from {string.Join(", ", known.Select(column => JsonNamingPolicy.SnakeCaseLower.ConvertName(column.ToString())))}");
            if (!columns.Contains(column)) columns.Add(column);
        }
        return columns;
    }
}
