using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace AtomSets.Dashboard;

/// <summary>How answers are written: camelCase; numbers that are not finite are null; safe within HTML.</summary>
static class ApiJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>JSON schema of an answer's type.</summary>
    public static JsonNode SchemaOf(Type type) => Options.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, schema) =>
        {
            if (context.TypeInfo.Type == typeof(double)) return new JsonObject { ["type"] = new JsonArray("number", "null") };
            if (context.TypeInfo.Type == typeof(double?)) return new JsonObject { ["type"] = new JsonArray("number", "null") };
            return schema;
        },
    });

    static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            // Escapes < > & ' " and nothing else that a page could trip over: the report puts answers into HTML.
            Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            NumberHandling = JsonNumberHandling.Strict,
        };
        options.Converters.Add(new FiniteNumber());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    sealed class FiniteNumber : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteNullValue();
        }
    }
}
