using AtomSets.Materials;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace AtomSets.Core.Tests.Materials;

public sealed class YamlTextTests
{
    static string Flat(YamlNode node) => node switch
    {
        YamlMappingNode map => "{" + string.Join(",", map.Children.Select(child => $"{child.Key}:{Flat(child.Value)}").Order(StringComparer.Ordinal)) + "}",
        YamlSequenceNode list => "[" + string.Join(",", list.Children.Select(Flat)) + "]",
        _ => ((YamlScalarNode)node).Value!,
    };

    [Theory]
    [InlineData("a: &x { p: 1, q: 2 }\nb: { <<: *x, q: 3 }", "{a:{p:1,q:2},b:{p:1,q:3}}")]
    [InlineData("a: &x { p: 1 }\nb: &y { p: 2, r: 4 }\nc: { <<: [*y, *x], s: 5 }", "{a:{p:1},b:{p:2,r:4},c:{p:2,r:4,s:5}}")]
    [InlineData("a: &x { p: 1 }\nb: &y { <<: *x, q: 2 }\nc:\n  <<: *y\n  r: 3", "{a:{p:1},b:{p:1,q:2},c:{p:1,q:2,r:3}}")]
    [InlineData("- &x { p: &z { i: 1 } }\n- k: { <<: *x }\n- *z", "[{p:{i:1}},{k:{p:{i:1}}},{i:1}]")]
    [InlineData("a: { \"<<\": 1 }", "{a:{<<:1}}")]
    public void Merge_keys_are_written_out(string text, string wanted) => Assert.Equal(wanted, Flat(YamlText.Read(text)));

    [Theory]
    [InlineData("a: 1\nb: { <<: 1 }", 2)]
    [InlineData("a: &x [1]\nb:\n  c: 1\n  <<: *x", 4)]
    [InlineData("a: &x { p: 1 }\nb: { <<: [*x, 2] }", 2)]
    public void What_has_no_keys_cannot_be_merged(string text, int line) => Assert.Equal(line, Assert.Throws<YamlTextException>(() => YamlText.Read(text)).Line);

    [Fact]
    public void Hundreds_of_merges_of_merges_are_read()
    {
        var text = "m0: &m0 { k0: 0 }\n" + string.Concat(Enumerable.Range(1, 400).Select(i => $"m{i}: &m{i} {{ <<: *m{i - 1}, k{i}: {i} }}\n"));
        Assert.Equal(401, ((YamlMappingNode)((YamlMappingNode)YamlText.Read(text)).Children["m400"]).Children.Count);
    }
}
