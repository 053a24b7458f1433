using System.Globalization;
using AtomSets.Materials;
using YamlDotNet.RepresentationModel;

namespace AtomSets.Engine;

/// <summary>Reads the part of <c>where</c> that looks at targets and formulas: <c>range</c>, <c>columns</c>, <c>repeats</c>, <c>sigma</c>, <c>pure_elements</c>, <c>elements</c>.</summary>
static class FilterReader
{
    /// <summary>Null where nothing is asked for.</summary>
    public static RowFilter? Read(MapReader where, ProblemList problems)
    {
        var (above, below) = Range(where, problems);
        var filter = new RowFilter
        {
            Above = above,
            Below = below,
            Repeats = where.Word("repeats", RepeatRule.Keep),
            Sigma = where.Positive("sigma"),
            DropsPureElements = where.Word("pure_elements") == "drop",
            Columns = Columns(where, problems),
            OnlyKnownElements = where.Word("elements") == "ef86",
        };
        return filter == new RowFilter() ? null : filter;
    }

    /// <summary>Reads <c>delta: { data, target, repeats, subtract }</c> of a source or target; null without one. Without <c>data</c> the column is the set's own.</summary>
    public static DeltaReference? Delta(MapReader owner)
    {
        if (owner.Map("delta", $"{owner.What}: delta") is not { } map) return null;
        var set = map.Text("data") ?? "";
        var column = map.RequiredText("target", "name its column");
        var delta = new DeltaReference(set, column)
        {
            Repeats = map.Word("repeats", RepeatRule.Lowest),
            Subtracts = map.Flag("subtract"),
        };
        map.Finish();
        return delta;
    }

    // "columns: { e_above_hull: [~, 8] }": other columns, in the order of their names, so that equal filters are equal.
    static IReadOnlyList<ColumnRange> Columns(MapReader where, ProblemList problems)
    {
        if (where.Map("columns", $"{where.What}: columns") is not { } map) return [];
        var ranges = new List<ColumnRange>();
        foreach (var name in map.Keys.Order(StringComparer.Ordinal).ToArray())
        {
            var (above, below) = Range(map, problems, name);
            if ((above ?? below) is not null) ranges.Add(new ColumnRange(name, above, below));
        }
        map.Finish();
        return ranges;
    }

    // "range: [-20, 5]": strictly between; a blank or ~ leaves one side open.
    static (double? Above, double? Below) Range(MapReader where, ProblemList problems, string key = "range")
    {
        if (where.Find(key) is not { } node) return (null, null);
        if (node is YamlSequenceNode { Children: [YamlScalarNode low, YamlScalarNode high] } && Bound(low, out var above) && Bound(high, out var below) && !(above >= below) && (above ?? below) is not null)
            return (above, below);
        problems.Add(where.LineOf(key), $"{where.What}: {key} is {MapReader.Shown(node)}, but must be two numbers, low before high, of which one may be left open: [-20, 5], [0, ~]");
        return (null, null);
    }

    static bool Bound(YamlScalarNode node, out double? bound)
    {
        bound = null;
        if (node.Value is null or "" or "~" or "null") return true;
        if (!double.TryParse(node.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value)) return false;
        bound = value;
        return true;
    }
}
