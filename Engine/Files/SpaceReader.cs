using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Materials;
using YamlDotNet.RepresentationModel;

namespace AtomSets.Engine;

/// <summary>
/// Reads a search space: <c>{ choice: [32, 64] }</c>, <c>{ int: [1, 4] }</c>, <c>{ float: [0, 0.5] }</c>, <c>{ log: [1e-4, 1e-2] }</c>;
/// for a grid over <c>float</c> or <c>log</c> also <c>points: 5</c>; for a setting that another one decides about <c>when: { optimizer: sgd }</c>.
/// </summary>
static class SpaceReader
{
    static readonly string[] s_kinds = ["choice", "int", "float", "log"];

    public static SpaceEntry? Read(YamlMappingNode node, string what, int line, ProblemList problems)
    {
        const string Form = "a space is { choice: [a, b] }, { int: [low, high] }, { float: [low, high] } or { log: [low, high] }";
        var (points, when) = (0, ((string, IReadOnlyList<JsonNode>)?)null);
        var members = node.Children.ToList();
        if (members.FindIndex(m => m.Key is YamlScalarNode { Value: "points" }) is >= 0 and var index)
        {
            if (members[index].Value is not YamlScalarNode { Value: { } text }
                || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out points) || points < 2)
                problems.Add(line, $"{what}: points is {MapReader.Shown(members[index].Value)}, but must be a whole number of at least 2");
            members.RemoveAt(index);
        }
        if (members.FindIndex(m => m.Key is YamlScalarNode { Value: "when" }) is >= 0 and var at)
        {
            when = When(members[at].Value);
            if (when is null) problems.Add(line, $"{what}: when names one other setting and its value or values: when: {{ optimizer: sgd }}");
            members.RemoveAt(at);
        }
        if (members.Count != 1 || members[0] is not { Key: YamlScalarNode { Value: { } kind }, Value: YamlSequenceNode list })
        {
            problems.Add(line, $"{what}: {Form}");
            return null;
        }
        if (!s_kinds.Contains(kind))
        {
            problems.Add(line, $"{what} has no kind of space \"{kind}\".{NearestName.Hint(kind, s_kinds)}");
            return null;
        }
        if (kind == "choice") return Choice(list, what, line, problems) is { } choice ? choice with { When = when } : null;

        var bounds = list.Children.Select(Bound).ToArray();
        if (bounds.Length != 2 || bounds.Any(b => b is null) || bounds[0] >= bounds[1])
            problems.Add(line, $"{what}: {kind} needs two numbers, low before high: {{ {kind}: [low, high] }}");
        else if (kind == "log" && bounds[0] <= 0)
            problems.Add(line, $"{what}: log starts at {Invariant(bounds[0]!.Value)}, but must start above 0");
        else if (kind == "int" && bounds.Any(b => b != Math.Floor(b!.Value)))
            problems.Add(line, $"{what}: int needs whole bounds");
        else
            return new SpaceEntry(kind, bounds[0]!.Value, bounds[1]!.Value, points, []) { When = when };
        return null;
    }

    static (string, IReadOnlyList<JsonNode>)? When(YamlNode node)
    {
        if (node is not YamlMappingNode { Children.Count: 1 } map || map.Children[0] is not { Key: YamlScalarNode { Value: { } setting } } member) return null;
        IEnumerable<YamlNode> values = member.Value is YamlSequenceNode list ? list.Children : [member.Value];
        var read = values.Select(MapReader.ToJson).OfType<JsonNode>().ToArray();
        return read.Length == 0 ? null : (setting, read);
    }

    static SpaceEntry? Choice(YamlSequenceNode list, string what, int line, ProblemList problems)
    {
        var choices = list.Children.Select(MapReader.ToJson).ToArray();
        if (choices.Length == 0 || choices.Any(c => c is null))
            problems.Add(line, $"{what}: choice needs a list of values, at least one");
        else if (choices.Select(c => c!.ToJsonString()).Distinct().Count() < choices.Length)
            problems.Add(line, $"{what}: choice lists a value twice");
        else
            return new SpaceEntry("choice", 0, 0, 0, choices!);
        return null;
    }

    static double? Bound(YamlNode node) =>
        node is YamlScalarNode { Value: { } text } && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value) ? value : null;

    static string Invariant(double value) => value.ToString(CultureInfo.InvariantCulture);
}
