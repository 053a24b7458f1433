using System.Text.Json.Nodes;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class TrialSpecTests
{
    [Fact]
    public void Key_is_the_hash_of_the_canonical_text()
    {
        var spec = TrialSpec.Parse("""{ "z": [1, 2.50, "ü\u0041"], "kind": "train", "a": {"y": 1e-3, "x": true, "w": null} }""");
        Assert.Equal("""{"a":{"w":null,"x":true,"y":0.001},"kind":"train","z":[1,2.5,"üA"]}""", spec.Json);
        Assert.Equal(Hash(spec.Json), spec.Key.Hex);
        Assert.Equal(spec.Key.Hex[..12], spec.Key.Short);
        Assert.Equal(TrialKind.Train, spec.Kind);
    }

    [Fact]
    public void Hash_of_a_fixed_text_never_changes() =>
        // Stored results are found by this: sha256 of {"kind":"train"}.
        Assert.Equal("1c8392ad8a7667bf93c6e61c293f297b", TrialSpec.Parse("""{"kind":"train"}""").Key.Hex[..32]);

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("1", "1e0")]
    [InlineData("0", "-0.0")]
    [InlineData("0.001", "1e-3")]
    [InlineData("100000", "1E5")]
    [InlineData("0.30000000000000004", "0.300000000000000044")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    public void Same_number_is_the_same_key(string a, string b) => Assert.Equal(Key(a), Key(b));

    [Theory]
    [InlineData("0.1", "0.10000000000000002")]
    [InlineData("9007199254740993", "9007199254740992")] // beyond float64's whole numbers
    [InlineData("18446744073709551615", "18446744073709551614")]
    [InlineData("1", "\"1\"")]
    public void Different_value_is_a_different_key(string a, string b) => Assert.NotEqual(Key(a), Key(b));

    [Fact]
    public void Order_of_members_does_not_matter_and_order_of_lists_does()
    {
        Assert.Equal(TrialSpec.Parse("""{"kind":"train","a":1,"b":2}""").Key, TrialSpec.Parse("""{"b":2,"a":1,"kind":"train"}""").Key);
        Assert.NotEqual(Key("[1,2]"), Key("[2,1]"));
    }

    [Fact]
    public void Canonical_text_is_its_own_canonical_text()
    {
        var stream = new KeyedStream(3, "numbers");
        for (ulong i = 0; i < 2000; i++)
        {
            var value = BitConverter.UInt64BitsToDouble(stream.Bits(i));
            if (!double.IsFinite(value)) continue;
            var once = CanonicalJson.Of(new JsonArray(value));
            Assert.Equal(once, CanonicalJson.Of(once));
            Assert.Equal(value, JsonNode.Parse(once)![0]!.GetValue<double>());
        }
    }

    [Theory]
    [InlineData("""{"kind":"train","x":1e999}""", "1e999")]
    [InlineData("""{"kind":"train","x":1,"x":2}""", "x")]
    [InlineData("""{"kind":"learn"}""", "learn")]
    [InlineData("""{"x":1}""", "kind")]
    [InlineData("""[1]""", "object")]
    [InlineData("""{"kind":"train",""", "JSON")]
    [InlineData("""{"kind":"train","x":{"$parent":"p"}}""", "placeholders")]
    [InlineData("""{"kind":"train","x":{"$draw":"rate","y":1}}""", "Malformed")]
    [InlineData("""{"kind":"train","x":{"$parent":3}}""", "Malformed")]
    [InlineData("""{"kind":"train","x":{"$parent":"p","replicate":"0"}}""", "Malformed")]
    public void Broken_spec_is_refused_with_its_reason(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<StudyInputException>(() => TrialSpec.Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Numbers_that_json_cannot_hold_are_refused() =>
        Assert.Throws<StudyInputException>(() => TrialSpec.From(new JsonObject { ["kind"] = "train", ["x"] = double.NaN }));

    [Fact]
    public void Template_is_filled_at_every_depth()
    {
        var template = new SpecTemplate(new JsonObject
        {
            ["kind"] = "train",
            ["init"] = SpecTemplate.Parent("pre", 2),
            ["list"] = new JsonArray(SpecTemplate.Draw("rate"), new JsonObject { ["also"] = SpecTemplate.Parent("other") }, 3),
        });
        Assert.Equal([new NodeReference("pre", 2), new NodeReference("other")], template.Parents.OrderBy(parent => parent.Node == "other"));
        Assert.Equal("rate", Assert.Single(template.Draws));
        var keys = new Dictionary<string, TrialKey> { ["pre"] = new(new string('a', 64)), ["other"] = new(new string('b', 64)) };
        var spec = template.Resolve(parent => keys[parent.Node], _ => new ParameterValue.Real(1e-3));
        Assert.Equal($$"""{"init":"{{keys["pre"]}}","kind":"train","list":[0.001,{"also":"{{keys["other"]}}"},3]}""", spec.Json);
        Assert.Equal(TrialSpec.Parse(spec.Json).Key, spec.Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    public void Text_that_is_no_key_is_refused(string text) => Assert.Throws<StudyInputException>(() => new TrialKey(text));

    static TrialKey Key(string value) => TrialSpec.Parse($$"""{"kind":"train","x":{{value}}}""").Key;

    static string Hash(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
}
