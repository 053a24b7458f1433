using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AtomSets.Studies;

/// <summary>
/// One text for one JSON value: object members sorted by ordinal name, no white space, numbers in shortest round-trip form
/// (<c>1.0</c> and <c>1</c> are the same number and the same text), strings minimally escaped.
/// </summary>
public static class CanonicalJson
{
    static readonly JsonDocumentOptions ReadOptions = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    static readonly JsonWriterOptions WriteOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = false };

    /// <exception cref="StudyInputException">The text is not JSON, repeats a member name, or holds a number beyond float64.</exception>
    public static string Of(string json)
    {
        using var document = Parse(json);
        return Of(document.RootElement);
    }

    /// <exception cref="StudyInputException">The value holds a number that JSON cannot hold (NaN, infinity).</exception>
    public static string Of(JsonNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        try
        {
            return Of(node.ToJsonString());
        }
        catch (ArgumentException e) when (e is not ArgumentNullException)
        {
            throw new StudyInputException("A spec holds NaN or an infinity; every number of a spec must be finite.", e);
        }
    }

    internal static JsonDocument Parse(string json)
    {
        try
        {
            return JsonDocument.Parse(json, ReadOptions);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second where a name is no Unicode.
            throw new StudyInputException($"Not a valid JSON spec: {e.Message}", e);
        }
    }

    internal static string Of(JsonElement element)
    {
        using var stream = new MemoryStream();
        try
        {
            using var writer = new Utf8JsonWriter(stream, WriteOptions);
            Write(writer, element);
        }
        catch (InvalidOperationException e)
        {
            throw new StudyInputException($"A spec holds text that is no Unicode: {e.Message}", e);
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    static void Write(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray()) Write(writer, item);
                writer.WriteEndArray();
                break;
            case JsonValueKind.Number:
                writer.WriteRawValue(Number(element.GetRawText()), skipInputValidation: true);
                break;
            case JsonValueKind.String:
                // It would be written as it came, and stumbled over by whoever reads it.
                _ = element.GetString();
                element.WriteTo(writer);
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    static string Number(string token)
    {
        if (token.AsSpan().ContainsAnyExcept("-0123456789") is false)
        {
            if (long.TryParse(token, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
                return whole.ToString(CultureInfo.InvariantCulture);
            if (ulong.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var large))
                return large.ToString(CultureInfo.InvariantCulture);
        }
        var value = double.Parse(token, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
            throw new StudyInputException($"The number {token} is beyond float64; every number of a spec must be finite.");
        if (value == Math.Floor(value) && Math.Abs(value) < 1L << 53) return ((long)value).ToString(CultureInfo.InvariantCulture);
        return value.ToString("R", CultureInfo.InvariantCulture);
    }
}
