using System.Text.Json;
using System.Text.Json.Nodes;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>
/// Checks settings against a schema, value by value, so that every mistake is reported with its line; a searched setting is checked at every
/// choice or at both bounds, and stands in the result as a <c>$draw</c> placeholder.
/// </summary>
sealed class SettingsChecker(ProblemList problems)
{
    /// <param name="what">Owner of the settings, for messages.</param>
    /// <param name="schema">What is allowed.</param>
    /// <param name="given">Layers of settings: a later one overrides an earlier one.</param>
    public CheckedSettings Check(string what, IReadOnlyList<HyperParameter> schema, params IReadOnlyList<SettingEntry>[] given)
    {
        var content = new JsonObject();
        foreach (var parameter in schema.Where(p => !p.IsUnwrittenAtDefault)) content[parameter.Name] = ToJson(parameter.Default);
        var space = new SortedDictionary<string, SearchDimension>(StringComparer.Ordinal);
        foreach (var entry in given.SelectMany(layer => layer))
        {
            var parameter = schema.FirstOrDefault(p => p.Name == entry.Name);
            if (parameter is null)
            {
                problems.Add(entry.Line, $"{what} has no setting \"{entry.Name}\".{NearestName.Hint(entry.Name, [.. schema.Select(p => p.Name)])}");
                continue;
            }
            space.Remove(entry.Name);
            if (entry.Space is not { } searched)
            {
                if (Normalise(what, parameter, entry.Value, entry.Line) is not { } value) continue;
                content[entry.Name] = value;
                if (parameter.IsUnwrittenAtDefault && JsonNode.DeepEquals(value, ToJson(parameter.Default))) content.Remove(entry.Name);
            }
            else if (Dimension(what, parameter, searched, entry.Line) is { } dimension)
            {
                space[entry.Name] = Conditional(dimension, searched);
                content[entry.Name] = SpecTemplate.Draw(entry.Name);
            }
        }
        return new CheckedSettings(content, [.. space.Values]);
    }

    static SearchDimension Conditional(SearchDimension dimension, SpaceEntry space) => space.When is not { } when
        ? dimension
        : dimension with { When = new DrawCondition(when.Setting, [.. when.Values.Select(value => ToParameter(value.AsValue()))]) };

    SearchDimension? Dimension(string what, HyperParameter parameter, SpaceEntry space, int line)
    {
        var whole = parameter.Type == HyperParameterType.Integer;
        switch (space.Kind)
        {
            case "choice":
                var values = space.Choices.Select(c => Normalise(what, parameter, c, line)).ToArray();
                if (values.Any(v => v is null)) return null;
                if (values.Any(v => v is JsonArray))
                {
                    problems.Add(line, $"{what}: {parameter.Name} is a list and cannot be searched; make one model per list");
                    return null;
                }
                return new ChoiceDimension(parameter.Name, [.. values.Select(v => ToParameter(v!.AsValue()))]);
            case "int" when whole:
                return BoundsFit(what, parameter, space, line) ? new IntDimension(parameter.Name, (long)space.Low, (long)space.High) : null;
            case "float" or "log" when parameter.Type == HyperParameterType.Number:
                return BoundsFit(what, parameter, space, line)
                    ? new FloatDimension(parameter.Name, space.Low, space.High, space.Kind == "log", space.GridPoints) : null;
            default:
                problems.Add(line, $"{what}: {parameter.Name} cannot be searched by \"{space.Kind}\": use {(whole ? "int" : parameter.Type == HyperParameterType.Number ? "float or log" : "choice")}");
                return null;
        }
    }

    bool BoundsFit(string what, HyperParameter parameter, SpaceEntry space, int line) =>
        Normalise(what, parameter, JsonValue.Create(space.Low), line) is not null & Normalise(what, parameter, JsonValue.Create(space.High), line) is not null;

    JsonNode? Normalise(string what, HyperParameter parameter, JsonNode? value, int line)
    {
        try
        {
            return ToJson(parameter.Normalise(what, ToObject(value)));
        }
        catch (InputException e)
        {
            problems.Add(line, e.Message);
            return null;
        }
    }

    static ParameterValue ToParameter(JsonValue value) => ToObject(value) switch
    {
        bool flag => new ParameterValue.Flag(flag),
        long whole => new ParameterValue.Whole(whole),
        double real => new ParameterValue.Real(real),
        var text => new ParameterValue.Word((string)text!),
    };

    /// <summary>A setting's value as JSON: bool, whole number, number, text, or a list of numbers.</summary>
    public static JsonNode ToJson(object value) => value switch
    {
        bool flag => JsonValue.Create(flag),
        long whole => JsonValue.Create(whole),
        double number => JsonValue.Create(number),
        string text => JsonValue.Create(text),
        long[] list => new JsonArray([.. list.Select(x => (JsonNode)JsonValue.Create(x))]),
        double[] list => new JsonArray([.. list.Select(x => (JsonNode)JsonValue.Create(x))]),
        _ => throw new ArgumentException($"a setting cannot be a {value.GetType().Name}"),
    };

    /// <summary>The inverse of <see cref="ToJson"/>; whole numbers become <see cref="long"/>, whatever their text.</summary>
    public static object? ToObject(JsonNode? node) => node switch
    {
        null => null,
        JsonArray list => list.Select(ToObject).ToArray(),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => node.GetValue<string>(),
            JsonValueKind.Number => node.AsValue().TryGetValue<long>(out var whole) ? (object)whole : Convert.ToDouble(node.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture),
            _ => null,
        },
    };

    /// <summary>Settings of a trial spec, every placeholder filled, as a model family takes them.</summary>
    public static IEnumerable<KeyValuePair<string, object?>> ToPairs(JsonObject settings) =>
        settings.Select(member => KeyValuePair.Create(member.Key, ToObject(member.Value)));
}
