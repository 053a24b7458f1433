using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AtomSets.Studies;

/// <summary>A drawn value: a whole number, a real number or a word.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Whole), "int")]
[JsonDerivedType(typeof(Real), "float")]
[JsonDerivedType(typeof(Word), "text")]
[JsonDerivedType(typeof(Flag), "bool")]
public abstract record ParameterValue
{
    ParameterValue() { }

    public sealed record Whole(long Value) : ParameterValue;

    public sealed record Real(double Value) : ParameterValue;

    public sealed record Word(string Value) : ParameterValue;

    public sealed record Flag(bool Value) : ParameterValue;

    /// <summary>As it stands in the spec.</summary>
    public JsonNode ToJson() => this switch
    {
        Whole whole => JsonValue.Create(whole.Value),
        Real real => JsonValue.Create(real.Value),
        Word word => JsonValue.Create(word.Value),
        Flag flag => JsonValue.Create(flag.Value),
        _ => throw new InvalidOperationException(),
    };

    /// <summary>As it stands in labels and tables.</summary>
    public sealed override string ToString() => this switch
    {
        Whole whole => whole.Value.ToString(CultureInfo.InvariantCulture),
        Real real => real.Value.ToString("G6", CultureInfo.InvariantCulture),
        Word word => word.Value,
        Flag flag => flag.Value ? "true" : "false",
        _ => throw new InvalidOperationException(),
    };
}
