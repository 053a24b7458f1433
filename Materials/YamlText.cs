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
            return stream.Documents.Count == 1 ? stream.Documents[0].RootNode : throw new YamlTextException($"{stream.Documents.Count} YAML documents where one YAML mapping is expected", 1);
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

    static YamlTextException Refused(ParsingEvent at, string reason) => new(reason, (int)Math.Clamp(at.Start.Line, 1, int.MaxValue));
}
