using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AtomSets.Studies;

public enum TrialKind
{
    /// <summary>Fits a model; its result is a <see cref="ValidationScore"/> and weights.</summary>
    Train,

    /// <summary>Looks at test rows with a finished model; its result is an <see cref="EvaluationResult"/>.</summary>
    Evaluate,
}

/// <summary>
/// Everything that determines a trial's numbers, as one canonical JSON object. Immutable; its hash is the trial's key. The scheduling
/// core reads only the member <c>kind</c> ("train" or "evaluate"); the rest belongs to the engine that runs it.
/// </summary>
[JsonConverter(typeof(TrialSpecJsonConverter))]
public sealed class TrialSpec : IEquatable<TrialSpec>
{
    TrialSpec(string json, TrialKind kind)
    {
        Json = json;
        Kind = kind;
        Key = new TrialKey(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json))));
    }

    /// <summary>The canonical text (<see cref="CanonicalJson"/>).</summary>
    public string Json { get; }

    public TrialKey Key { get; }

    public TrialKind Kind { get; }

    /// <exception cref="StudyInputException">Not a JSON object with a member <c>kind</c>, or placeholders are left in it.</exception>
    public static TrialSpec Parse(string json)
    {
        using var document = CanonicalJson.Parse(json);
        var kind = SpecTemplate.KindOf(document.RootElement);
        var template = new SpecTemplate(json);
        if (template.Parents.Length > 0 || template.Draws.Length > 0)
            throw new StudyInputException("A trial spec still holds placeholders ($parent or $draw); fill them in through SpecTemplate.Resolve.");
        return new TrialSpec(template.Json, kind);
    }

    public static TrialSpec From(JsonObject content) => Parse(CanonicalJson.Of(content));

    internal static TrialSpec Resolved(string canonicalJson, TrialKind kind) => new(canonicalJson, kind);

    /// <summary>A fresh parse of the content; the caller disposes it.</summary>
    public JsonDocument Open() => JsonDocument.Parse(Json);

    public bool Equals(TrialSpec? other) => other is not null && Key == other.Key;

    public override bool Equals(object? obj) => Equals(obj as TrialSpec);

    public override int GetHashCode() => Key.GetHashCode();

    public override string ToString() => $"{Kind} {Key.Short}";
}

public sealed class TrialSpecJsonConverter : JsonConverter<TrialSpec>
{
    public override TrialSpec Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return TrialSpec.Parse(document.RootElement.GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, TrialSpec value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Json, skipInputValidation: true);
}
