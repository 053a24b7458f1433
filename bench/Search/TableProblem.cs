using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>
/// A real study, played by looking up: every configuration of a grid was trained by our engine (<c>phonons-grid.yaml</c>), and both sides search
/// the places of the grid. Numbers are places in their order, words are choices; momentum is searched with the optimiser that has one.
/// </summary>
/// <remarks>The value at a rung is the least validation error until there: what the engine reports of a trial that pauses there.</remarks>
sealed class TableProblem : SearchProblem
{
    const int Parameters = 6;

    readonly Dictionary<string, double[]> _curves = new(StringComparer.Ordinal);
    readonly string[] _names;
    readonly double _best;

    TableProblem(string[] lines)
    {
        _names = lines[0].Split(',')[..Parameters];
        var rows = lines.Skip(1).Select(line => line.Split(',')).ToArray();
        string[][] levels = [.. Enumerable.Range(0, Parameters).Select(column => Levels(rows.Select(row => row[column])))];
        var word = Array.FindIndex(levels, level => !double.TryParse(level[0], CultureInfo.InvariantCulture, out _));
        Space =
        [
            new ChoiceDimension(_names[word], [.. levels[word].Select(text => new ParameterValue.Word(text))]),
            .. Enumerable.Range(0, Parameters).Where(column => column != word).Select(column => new IntDimension(_names[column], 0, levels[column].Length - 1)
            {
                When = rows.Any(row => row[column].Length == 0)
                    ? new DrawCondition(_names[word], [.. Levels(rows.Where(row => row[column].Length > 0).Select(row => row[word])).Select(text => new ParameterValue.Word(text))])
                    : null,
            }),
        ];
        foreach (var row in rows)
        {
            var place = row.Take(Parameters).Select((text, column) => column == word ? text : text.Length == 0 ? "" : Array.IndexOf(levels[column], text).ToString(CultureInfo.InvariantCulture));
            _curves.Add(string.Join(' ', place), [.. row.Skip(Parameters).Select(text => double.Parse(text, CultureInfo.InvariantCulture))]);
        }
        _best = _curves.Values.Min(curve => curve[^1]);
    }

    public static TableProblem Load()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Search", "phonons-grid.csv");
        return new TableProblem(File.ReadAllLines(path));
    }

    public override string Name => "table";

    public override ImmutableArray<SearchDimension> Space { get; }

    public int Configurations => _curves.Count;

    public override double ValueAt(JsonObject drawn, int epoch, ulong seed)
    {
        var place = _names.Select(name => drawn[name] is not { } value ? "" : value.GetValueKind() == System.Text.Json.JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString());
        var at = Rungs.IndexOf(epoch);
        return _curves[string.Join(' ', place)][at < 0 ? ^1 : at] - _best;
    }

    static string[] Levels(IEnumerable<string> texts)
    {
        string[] levels = [.. texts.Where(text => text.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return levels.All(text => double.TryParse(text, CultureInfo.InvariantCulture, out _)) ? [.. levels.OrderBy(text => double.Parse(text, CultureInfo.InvariantCulture))] : levels;
    }
}
