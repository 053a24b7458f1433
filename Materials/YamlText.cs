using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace AtomSets.Materials;

/// <summary>
/// Reads YAML that people write. The reader behind it follows nesting and references by recursion, which a text can make endless or larger than any memory: such texts are refused first, by their events.
/// </summary>
public static class YamlText
{
    /// <summary>Deeper lists in lists are no configuration.</summary>
    const int MaxDepth = 64;

    /// <summary>With every reference written out.</summary>
    const long MaxNodes = 1_000_000;

    /// <summary>The one document's root.</summary>
    /// <param name="text">The whole file.</param>
    /// <exception cref="YamlTextException">It is no YAML, or holds not one document.</exception>
    public static YamlNode Read(string text)
    {
        try
        {
            CheckShape(text);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count != 1) throw new YamlTextException($"{stream.Documents.Count} YAML documents where one YAML mapping is expected", 1);
            Merge(stream.Documents[0].RootNode);
            return stream.Documents[0].RootNode;
        }
        catch (YamlException failure)
        {
            throw new YamlTextException($"not YAML: {failure.Message}", (int)Math.Clamp(failure.Start.Line, 1, int.MaxValue), failure);
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException)
        {
            // The reader's own, for some texts that are no YAML.
            throw new YamlTextException($"not YAML: {failure.Message}", 1, failure);
        }
    }

    static void CheckShape(string text)
    {
        var parser = new Parser(new StringReader(text));
        var open = new Stack<(AnchorName Anchor, long Before)>();
        var sizes = new Dictionary<AnchorName, long>();
        var nodes = 0L;
        while (parser.MoveNext())
        {
            switch (parser.Current)
            {
                case MappingStart or SequenceStart:
                    var start = (NodeEvent)parser.Current;
                    if (open.Count == MaxDepth) throw Refused(start, string.Create(CultureInfo.InvariantCulture, $"lists or keys within one another more than {MaxDepth} deep"));
                    open.Push((start.Anchor, nodes++));
                    break;
                case MappingEnd or SequenceEnd:
                    var (anchor, before) = open.Pop();
                    if (!anchor.IsEmpty) sizes[anchor] = nodes - before;
                    break;
                case Scalar scalar:
                    nodes++;
                    if (scalar.Value.Contains('\0', StringComparison.Ordinal)) throw Refused(scalar, "a text holds the character U+0000, which no database and no file name does");
                    if (!scalar.Anchor.IsEmpty) sizes[scalar.Anchor] = 1;
                    break;
                case AnchorAlias alias:
                    if (open.Any(one => one.Anchor == alias.Value)) throw Refused(alias, $"*{alias.Value} stands within what it refers to");
                    nodes += sizes.GetValueOrDefault(alias.Value, 1);
                    break;
            }
            if (nodes > MaxNodes) throw Refused(parser.Current!, string.Create(CultureInfo.InvariantCulture, $"more than {MaxNodes} values, references written out"));
        }
    }

    /// <summary>
    /// Writes out merge keys (yaml.org/type/merge.html): the keys of <c>&lt;&lt;: *name</c>, or of a list of such, where the mapping has none of that name itself; of several the first counts.
    /// </summary>
    static void Merge(YamlNode root)
    {
        var seen = new HashSet<YamlNode>(ReferenceEqualityComparer.Instance);
        var open = new Stack<YamlNode>([root]);
        // In the text's order, so that what is referred to has been written out before.
        while (open.TryPop(out var node))
        {
            if (node is YamlScalarNode || !seen.Add(node)) continue;
            if (node is YamlMappingNode mapping) Merge(mapping);
            IEnumerable<YamlNode> children = node is YamlMappingNode map ? map.Children.Values : ((YamlSequenceNode)node).Children;
            foreach (var child in children.Reverse()) open.Push(child);
        }
    }

    static void Merge(YamlMappingNode mapping)
    {
        var (key, value) = mapping.Children.FirstOrDefault(child => child.Key is YamlScalarNode { Value: "<<", Style: ScalarStyle.Plain });
        if (key is null) return;
        mapping.Children.Remove(key);
        foreach (var source in value is YamlSequenceNode list ? list.Children : (IEnumerable<YamlNode>)[value])
        {
            if (source is not YamlMappingNode keys) throw new YamlTextException("<< takes the keys of another mapping, such as <<: *name, or of a list of these", (int)Math.Clamp(key.Start.Line, 1, int.MaxValue));
            foreach (var (name, one) in keys.Children) mapping.Children.TryAdd(name, one);
        }
    }

    static YamlTextException Refused(ParsingEvent at, string reason) => new(reason, (int)Math.Clamp(at.Start.Line, 1, int.MaxValue));
}
