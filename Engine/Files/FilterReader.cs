using System.Globalization;
using AtomSets.Materials;
using YamlDotNet.RepresentationModel;

namespace AtomSets.Engine;

/// <summary>Reads the part of <c>where</c> that looks at targets and formulas: <c>range</c>, <c>repeats</c>, <c>sigma</c>, <c>pure_elements</c>, <c>elements</c>.</summary>
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
            Repeats = Word(where, "repeats", problems, [.. Enum.GetNames<RepeatRule>().Select(name => name.ToLowerInvariant())]) is { } rule ? Enum.Parse<RepeatRule>(rule, ignoreCase: true) : RepeatRule.Keep,
            Sigma = where.Positive("sigma"),
            DropsPureElements = Word(where, "pure_elements", problems, "keep", "drop") == "drop",
            OnlyKnownElements = Word(where, "elements", problems, "all", "ef86") == "ef86",
        };
        return filter == new RowFilter() ? null : filter;
    }

    /// <summary>Reads <c>delta: { data, target, repeats, subtract }</c> of a source or target; null without one.</summary>
    public static DeltaReference? Delta(MapReader owner, ProblemList problems)
    {
        if (owner.Map("delta", $"{owner.What}: delta") is not { } map) return null;
        var set = map.RequiredText("data", "name the set whose values are taken off");
        var column = map.RequiredText("target", "name its column");
        var delta = new DeltaReference(set, column)
        {
            Repeats = Word(map, "repeats", problems, "lowest", "mean", "median", "first") is { } rule ? Enum.Parse<RepeatRule>(rule, ignoreCase: true) : RepeatRule.Lowest,
            Subtracts = Word(map, "subtract", problems, "true", "false") != "false",
        };
        map.Finish();
        return delta;
    }

    static string? Word(MapReader where, string key, ProblemList problems, params string[] words)
    {
        if (where.Text(key) is not { } word || words.Contains(word)) return where.Text(key);
        problems.Add(where.LineOf(key), $"{where.What}: {key} is \"{word}\", but must be {string.Join(", ", words[..^1])} or {words[^1]}");
        return null;
    }

    // "range: [-20, 5]": strictly between; a blank or ~ leaves one side open.
    static (double? Above, double? Below) Range(MapReader where, ProblemList problems)
    {
        if (where.Find("range") is not { } node) return (null, null);
        if (node is YamlSequenceNode { Children: [YamlScalarNode low, YamlScalarNode high] } && Bound(low, out var above) && Bound(high, out var below) && !(above >= below) && (above ?? below) is not null)
            return (above, below);
        problems.Add(where.LineOf("range"), $"{where.What}: range is {MapReader.Shown(node)}, but must be two numbers, low before high, of which one may be left open: [-20, 5], [0, ~]");
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
