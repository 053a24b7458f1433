using System.Text.Json;
using System.Text.Json.Serialization;

namespace AtomSets.Studies;

/// <summary>The identity of a trial: the SHA-256 of its canonical spec, 64 lower-case hexadecimal digits.</summary>
/// <remarks>The same in every study, engine and database: a finished key is never computed again, whoever asks.</remarks>
[JsonConverter(typeof(TrialKeyJsonConverter))]
public readonly record struct TrialKey : IComparable<TrialKey>
{
    public const int Length = 64;

    readonly string? _hex;

    /// <exception cref="StudyInputException"><paramref name="hex"/> is not 64 lower-case hexadecimal digits.</exception>
    public TrialKey(string hex)
    {
        ArgumentNullException.ThrowIfNull(hex);
        if (!IsKey(hex))
            throw new StudyInputException($"'{hex}' is not a trial key: a key is {Length} lower-case hexadecimal digits (see `results --keys`).");
        _hex = hex;
    }

    /// <summary>All 64 digits.</summary>
    public string Hex => _hex ?? throw new InvalidOperationException("This trial key was never set.");

    /// <summary>The first 12 digits: enough for people, never for storage.</summary>
    public string Short => Hex[..12];

    public static bool IsKey(string? text) => text is { Length: Length } && !text.AsSpan().ContainsAnyExcept("0123456789abcdef");

    public int CompareTo(TrialKey other) => string.CompareOrdinal(_hex, other._hex);

    public override string ToString() => _hex ?? "(no key)";
}

/// <summary>Writes a key as a plain JSON string, also as a property name.</summary>
public sealed class TrialKeyJsonConverter : JsonConverter<TrialKey>
{
    public override TrialKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, TrialKey value, JsonSerializerOptions options) => writer.WriteStringValue(value.Hex);

    public override TrialKey ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString()!);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, TrialKey value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.Hex);
}
