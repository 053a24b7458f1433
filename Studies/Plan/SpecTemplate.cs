using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AtomSets.Studies;

/// <summary>Which trial a spec builds on: a Train node, or the winner of a Select node.</summary>
/// <param name="Node">Id of a Train or Select node.</param>
/// <param name="Replicate">
/// Of a Select node: which replicate of the winning group; null means the replicate with the index of the node that asks.
/// </param>
public sealed record NodeReference(string Node, int? Replicate = null);

/// <summary>
/// A trial spec with holes, filled when its node resolves:
/// <c>{"$parent":"node-id"}</c> or <c>{"$parent":"node-id","replicate":0}</c> becomes the key of that node's trial, and
/// <c>{"$draw":"name"}</c> the value that a <see cref="SearchNode"/> drew for that dimension, or with <c>"prefix":"text"</c> that text and the drawn word;
/// <c>{"$choice":"name","of":{"word":…}}</c> becomes the member that the drawn word names. The template is the only place that says
/// what a node depends on: of a choice, on every parent in it.
/// </summary>
[JsonConverter(typeof(SpecTemplateJsonConverter))]
public sealed class SpecTemplate : IEquatable<SpecTemplate>
{
    const string ParentMember = "$parent";
    const string DrawMember = "$draw";
    const string PrefixMember = "prefix";
    const string ChoiceMember = "$choice";
    const string OfMember = "of";
    const string RungMember = "rung";

    /// <exception cref="StudyInputException">Not a JSON object with a member <c>kind</c>, or a malformed placeholder.</exception>
    public SpecTemplate(string json)
    {
        Json = CanonicalJson.Of(json);
        using var document = JsonDocument.Parse(Json);
        Kind = KindOf(document.RootElement);
        var parents = ImmutableArray.CreateBuilder<NodeReference>();
        var draws = ImmutableArray.CreateBuilder<string>();
        Collect(document.RootElement, parents, draws);
        Parents = [.. parents.Distinct()];
        Draws = [.. draws.Distinct(StringComparer.Ordinal)];
    }

    public SpecTemplate(JsonObject content) : this(CanonicalJson.Of(content)) { }

    /// <summary>The canonical text, placeholders included.</summary>
    public string Json { get; }

    public TrialKind Kind { get; }

    /// <summary>Every parent named by a placeholder, each once.</summary>
    public ImmutableArray<NodeReference> Parents { get; }

    /// <summary>Every search dimension named by a placeholder, each once.</summary>
    public ImmutableArray<string> Draws { get; }

    /// <summary>A placeholder to put into a template under construction.</summary>
    public static JsonObject Parent(string node, int? replicate = null)
    {
        var placeholder = new JsonObject { [ParentMember] = node };
        if (replicate is { } index) placeholder["replicate"] = index;
        return placeholder;
    }

    /// <inheritdoc cref="Parent"/>
    public static JsonObject Draw(string dimension) => new() { [DrawMember] = dimension };

    /// <summary>A placeholder for a text and the drawn word behind it.</summary>
    public static JsonObject Draw(string dimension, string prefix) => new() { [DrawMember] = dimension, [PrefixMember] = prefix };

    /// <summary>A placeholder for that one of several values, which may be placeholders themselves, that the drawn word names.</summary>
    public static JsonObject Choice(string dimension, IEnumerable<KeyValuePair<string, JsonNode>> values) =>
        new() { [ChoiceMember] = dimension, [OfMember] = new JsonObject(values.Select(value => KeyValuePair.Create(value.Key, (JsonNode?)value.Value))) };

    /// <summary>Fills the holes.</summary>
    /// <param name="parentKey">The key of a parent's trial.</param>
    /// <param name="draw">The drawn value of a dimension, or null where it was not drawn: its member is then left out. Null where the template has no draws.</param>
    /// <param name="rung">Added as the member <c>rung</c> of the spec, where a search prunes.</param>
    public TrialSpec Resolve(Func<NodeReference, TrialKey> parentKey, Func<string, ParameterValue?>? draw = null, JsonObject? rung = null)
    {
        if (Parents.Length == 0 && Draws.Length == 0 && rung is null) return TrialSpec.Resolved(Json, Kind);
        var filled = Fill(JsonNode.Parse(Json)!, parentKey, draw)!;
        if (rung is not null) filled[RungMember] = rung;
        return TrialSpec.Resolved(CanonicalJson.Of(filled), Kind);
    }

    internal static TrialKind KindOf(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new StudyInputException($"A trial spec must be a JSON object, not {root.ValueKind}.");
        var kind = root.TryGetProperty("kind", out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
        return kind switch
        {
            "train" => TrialKind.Train,
            "evaluate" => TrialKind.Evaluate,
            _ => throw new StudyInputException($"The member 'kind' of a trial spec must be \"train\" or \"evaluate\", not {kind ?? "missing"}."),
        };
    }

    static void Collect(JsonElement element, ImmutableArray<NodeReference>.Builder parents, ImmutableArray<string>.Builder draws)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray()) Collect(item, parents, draws);
            return;
        }
        if (element.ValueKind != JsonValueKind.Object) return;
        if (element.TryGetProperty(ParentMember, out var parent))
        {
            var replicate = 0;
            var chosen = element.TryGetProperty("replicate", out var index) && index.ValueKind == JsonValueKind.Number && index.TryGetInt32(out replicate);
            RequireShape(element, parent, chosen ? 2 : 1);
            parents.Add(new NodeReference(parent.GetString()!, chosen ? replicate : null));
        }
        else if (element.TryGetProperty(DrawMember, out var dimension))
        {
            RequireShape(element, dimension, element.TryGetProperty(PrefixMember, out var prefix) && prefix.ValueKind == JsonValueKind.String ? 2 : 1);
            draws.Add(dimension.GetString()!);
        }
        else if (element.TryGetProperty(ChoiceMember, out var choice))
        {
            var hasValues = element.TryGetProperty(OfMember, out var values) && values.ValueKind == JsonValueKind.Object;
            RequireShape(element, choice, hasValues ? 2 : 0);
            draws.Add(choice.GetString()!);
            Collect(values, parents, draws);
        }
        else
        {
            foreach (var member in element.EnumerateObject()) Collect(member.Value, parents, draws);
        }
    }

    static void RequireShape(JsonElement placeholder, JsonElement name, int members)
    {
        if (name.ValueKind == JsonValueKind.String && placeholder.EnumerateObject().Count() == members) return;
        throw new StudyInputException(
            $"Malformed placeholder {placeholder.GetRawText()}: write {{\"$parent\":\"node\"}}, {{\"$parent\":\"node\",\"replicate\":0}}, {{\"$draw\":\"name\"}} or {{\"$choice\":\"name\",\"of\":{{\"word\":…}}}}.");
    }

    /// <summary>Null: the placeholder's dimension was not drawn.</summary>
    static JsonNode? Fill(JsonNode node, Func<NodeReference, TrialKey> parentKey, Func<string, ParameterValue?>? draw)
    {
        if (node is JsonArray array)
        {
            for (var i = array.Count - 1; i >= 0; i--)
            {
                if (array[i] is not { } item || Fill(item, parentKey, draw) is var filled && ReferenceEquals(filled, item)) continue;
                if (filled is null) array.RemoveAt(i);
                else array[i] = filled;
            }
            return array;
        }
        if (node is not JsonObject content) return node;
        if (content[ParentMember] is { } parent)
            return JsonValue.Create(parentKey(new NodeReference(parent.GetValue<string>(), content["replicate"]?.GetValue<int>())).Hex);
        if (content[DrawMember] is { } dimension)
        {
            var drawn = Drawn(dimension, draw);
            return content[PrefixMember] is { } prefix && drawn is not null ? JsonValue.Create(prefix.GetValue<string>() + drawn) : drawn?.ToJson();
        }
        if (content[ChoiceMember] is { } choice)
        {
            if (Drawn(choice, draw) is not { } word) return null;
            var chosen = content[OfMember]![word.ToString()]
                ?? throw new StudyInputException($"The choice '{choice}' has no value '{word}'.");
            return Fill(chosen.DeepClone(), parentKey, draw);
        }
        foreach (var name in content.Select(member => member.Key).ToArray())
        {
            if (content[name] is not { } item || Fill(item, parentKey, draw) is var filled && ReferenceEquals(filled, item)) continue;
            if (filled is null) content.Remove(name);
            else content[name] = filled;
        }
        return content;
    }

    static ParameterValue? Drawn(JsonNode dimension, Func<string, ParameterValue?>? draw)
    {
        var name = dimension.GetValue<string>();
        return (draw ?? throw new InvalidOperationException($"The draw '{name}' stands in a template outside a search."))(name);
    }

    public bool Equals(SpecTemplate? other) => other is not null && string.Equals(Json, other.Json, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as SpecTemplate);

    public override int GetHashCode() => Json.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Json;
}

public sealed class SpecTemplateJsonConverter : JsonConverter<SpecTemplate>
{
    public override SpecTemplate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new SpecTemplate(document.RootElement.GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, SpecTemplate value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Json, skipInputValidation: true);
}
