using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AtomSets.Studies;

/// <summary>How studies, events and results are written as JSON, everywhere, and read again.</summary>
public static class StudyJson
{
    /// <summary>How they are written.</summary>
    public static JsonSerializerOptions Options { get; } = Create(isForReading: false);

    static readonly JsonSerializerOptions s_reading = Create(isForReading: true);

    /// <summary>Reads what another program of ours has written, now or years ago. Members that are not known are passed over.</summary>
    /// <param name="json">The text.</param>
    /// <param name="what">It is, for the message: "an event of a study".</param>
    /// <exception cref="StudyInputException">It is no such record: no JSON, a part is missing or of another kind, a number is impossible.</exception>
    public static T Read<T>(string json, string what)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, s_reading) ?? throw new JsonException("it is null");
        }
        // The serializer's own, and what values say of themselves.
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new StudyInputException($"{what} cannot be read ({e.Message.TrimEnd('.')}): it is damaged, or another version of the program wrote it; go on with that version, or from a backup of the database", e);
        }
    }

    static JsonSerializerOptions Create(bool isForReading)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            AllowOutOfOrderMetadataProperties = true, // jsonb reorders members
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: !isForReading) },
        };
        if (isForReading)
        {
            options.RespectNullableAnnotations = true;
            options.Converters.Add(new FiniteNumber());
            options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireParts } };
        }
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>A record without one of its objects, lists, texts or keys would fail much later, wherever that is used. (Numbers and words that an older program did not write are 0.)</summary>
    static void RequireParts(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object) return;
        foreach (var property in type.Properties)
        {
            // The serializer's own look at nulls passes over some that come behind a constructor's parts.
            if (property is { IsSetNullable: false, Set: { } set, PropertyType.IsValueType: false })
                property.Set = (record, value) => set(record, value ?? throw new JsonException($"{property.Name} is null"));
            if (property.AssociatedParameter is { HasDefaultValue: false, IsNullable: false, IsMemberInitializer: false } && property.PropertyType is { IsPrimitive: false, IsEnum: false }) property.IsRequired = true;
        }
    }

    /// <summary>A number beyond float64 would be read as infinite, which can be neither compared nor written.</summary>
    sealed class FiniteNumber : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDouble() is var number && double.IsFinite(number) ? number : throw new JsonException("a number is beyond float64");

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
    }
}
