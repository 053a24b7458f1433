using System.Text;
using System.Text.Json;

namespace AtomSets.Models;

/// <summary>Everything needed to build a model: its kind, the revision of its code, and all settings with defaults filled in. Immutable.</summary>
/// <remarks>Values are bool, long, double, string, long[] or double[]. <see cref="ToJson"/> is canonical: equal specs give equal text.</remarks>
public sealed class ModelSpec : IEquatable<ModelSpec>
{
    readonly SortedDictionary<string, object> _values;
    readonly string _json;

    public ModelSpec(string kind, int revision, IEnumerable<KeyValuePair<string, object>> values)
    {
        Kind = kind;
        Revision = revision;
        _values = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var (key, value) in values) _values.Add(key, value);
        _json = Write();
    }

    /// <summary>Name of the model family.</summary>
    public string Kind { get; }

    /// <summary>Revision of the family's code that this spec was resolved for.</summary>
    public int Revision { get; }

    /// <summary>All settings, by name in ordinal order.</summary>
    public IReadOnlyDictionary<string, object> Values => _values;

    public bool Flag(string name) => (bool)Value(name);

    public int Integer(string name) => checked((int)(long)Value(name));

    public double Number(string name) => Value(name) is long whole ? whole : (double)Value(name);

    public string Text(string name) => (string)Value(name);

    public int[] Integers(string name) => Value(name) is double[] { Length: 0 } ? [] : Array.ConvertAll((long[])Value(name), x => checked((int)x));

    public double[] Numbers(string name) =>
        Value(name) is long[] whole ? Array.ConvertAll(whole, x => (double)x) : (double[])((double[])Value(name)).Clone();

    /// <summary>Whether the spec holds this setting.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The same spec with one setting replaced or added.</summary>
    public ModelSpec With(string name, object value)
    {
        var values = new Dictionary<string, object>(_values, StringComparer.Ordinal) { [name] = value };
        return new ModelSpec(Kind, Revision, values);
    }

    /// <summary>Canonical JSON: <c>{"kind":…,"revision":…,"settings":{…}}</c> with sorted keys and shortest round-trip numbers.</summary>
    public string ToJson() => _json;

    /// <summary>As <see cref="ToJson"/>, for people: of texts that are tables (<c>element_table</c>) the length alone.</summary>
    public string ToShortJson()
    {
        const int longest = 200;
        var spec = this;
        foreach (var (name, value) in _values)
            if (value is string { Length: > longest } text) spec = spec.With(name, FormattableString.Invariant($"({text.Length} characters)"));
        return spec.ToJson();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="ModelException">The text is not such a spec.</exception>
    public static ModelSpec Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Parse(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new ModelException($"a model spec must be JSON: {e.Message}", e);
        }
    }

    /// <summary>Reads a spec from an element of a larger document.</summary>
    /// <exception cref="ModelException">The element is not a spec.</exception>
    public static ModelSpec Parse(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object
            || !element.TryGetProperty("kind", out var kind) || kind.ValueKind != JsonValueKind.String
            || !element.TryGetProperty("revision", out var revision) || revision.ValueKind != JsonValueKind.Number || !revision.TryGetInt32(out var number)
            || !element.TryGetProperty("settings", out var settings) || settings.ValueKind != JsonValueKind.Object)
            throw new ModelException("a model spec needs 'kind' (text), 'revision' (whole number) and 'settings' (object)");
        return new ModelSpec(kind.GetString()!, number,
            settings.EnumerateObject().Select(entry => KeyValuePair.Create(entry.Name, ReadValue(entry.Name, entry.Value))));
    }

    public bool Equals(ModelSpec? other) => other is not null && _json == other._json;

    public override bool Equals(object? obj) => Equals(obj as ModelSpec);

    public override int GetHashCode() => string.GetHashCode(_json, StringComparison.Ordinal);

    public override string ToString() => _json;

    object Value(string name) =>
        _values.TryGetValue(name, out var value) ? value : throw new ModelException($"the {Kind} model's settings lack '{name}'");

    string Write()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("kind", Kind);
            writer.WriteNumber("revision", Revision);
            writer.WriteStartObject("settings");
            foreach (var (name, value) in _values) WriteValue(writer, name, value);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    static void WriteValue(Utf8JsonWriter writer, string name, object value)
    {
        writer.WritePropertyName(name);
        switch (value)
        {
            case bool flag: writer.WriteBooleanValue(flag); break;
            case long whole: writer.WriteNumberValue(whole); break;
            case double number: WriteNumber(writer, number); break;
            case string text: writer.WriteStringValue(text); break;
            case long[] whole:
                writer.WriteStartArray();
                foreach (var item in whole) writer.WriteNumberValue(item);
                writer.WriteEndArray();
                break;
            case double[] numbers:
                writer.WriteStartArray();
                foreach (var item in numbers) WriteNumber(writer, item);
                writer.WriteEndArray();
                break;
            default: throw new ArgumentException($"setting '{name}' has the type {value.GetType().Name}; allowed are bool, long, double, string, long[], double[]");
        }
    }

    /// <summary>Writes 1.0 as "1.0", so that reading gives a double again and the text stays canonical.</summary>
    static void WriteNumber(Utf8JsonWriter writer, double value)
    {
        var text = value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        writer.WriteRawValue(text.AsSpan().IndexOfAny(".E") < 0 ? text + ".0" : text);
    }

    static object ReadValue(string name, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => element.GetString()!,
        JsonValueKind.Number => IsWhole(element) ? (object)Whole(name, element) : Fraction(name, element),
        JsonValueKind.Array => element.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number)
            ? element.EnumerateArray().All(IsWhole)
                ? element.EnumerateArray().Select(item => Whole(name, item)).ToArray()
                : element.EnumerateArray().Select(item => Fraction(name, item)).ToArray()
            : throw new ModelException($"setting '{name}' of the model spec must be a list of numbers"),
        _ => throw new ModelException($"setting '{name}' of the model spec is {element.ValueKind}, which no model takes"),
    };

    static long Whole(string name, JsonElement element) =>
        element.TryGetInt64(out var value) ? value : throw new ModelException($"setting '{name}' of the model spec, {element.GetRawText()}, is too large");

    static double Fraction(string name, JsonElement element) =>
        element.TryGetDouble(out var value) && double.IsFinite(value)
            ? value
            : throw new ModelException($"setting '{name}' of the model spec, {element.GetRawText()}, is too large");

    static bool IsWhole(JsonElement element) => element.GetRawText().AsSpan().IndexOfAny(".eE") < 0;
}
