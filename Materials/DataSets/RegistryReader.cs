using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace AtomSets.Materials;

/// <summary>Reads the embedded registry: YAML files with <c>families</c> (defaults that a set takes with <c>like</c>) and <c>sets</c>.</summary>
static class RegistryReader
{
    static readonly string[] SetFiles = ["structures", "matbench", "bench", "crossprop"];

    static readonly HashSet<string> Keys = new(StringComparer.Ordinal)
    {
        "like", "title", "file", "rows", "sha256", "id", "formula", "structure", "sites", "structures_from", "generator", "aliases", "targets",
        "splits", "folds", "texts", "sources", "licence", "licence_files", "cite", "problems", "protocol", "published", "raw",
    };

    public static DataSetRegistry ReadEmbedded()
    {
        var sets = new List<DataSetDescriptor>();
        foreach (var file in SetFiles) ReadSets(file, sets);
        var relations = Load("relations");
        var parents = new List<PublishedParent>();
        foreach (var (name, node) in Pairs(relations["families"]))
        {
            var family = (YamlMappingNode)node;
            parents.Add(new PublishedParent(
                name, Texts(family["models"]), Text(family["trained_on"]), Text(family["property"]),
                Pairs(family["refuse"]).ToDictionary(pair => pair.Key, pair => Texts(pair.Value), StringComparer.Ordinal)));
        }
        var overlaps = ((YamlSequenceNode)relations["overlaps"]).Cast<YamlMappingNode>()
            .Select(o => new SetOverlap(Text(o["source"]), Text(o["target"]), Optional(o, "forbidden") is "true", Text(o["about"]))).ToList();
        return new DataSetRegistry(sets, new ParentRules(parents), overlaps);
    }

    static void ReadSets(string file, List<DataSetDescriptor> sets)
    {
        var root = Load(file);
        var families = root.Children.TryGetValue("families", out var given)
            ? Pairs(given).ToDictionary(pair => pair.Key, pair => (YamlMappingNode)pair.Value, StringComparer.Ordinal)
            : [];
        foreach (var (name, node) in Pairs(root["sets"]))
        {
            var own = (YamlMappingNode)node;
            var family = Optional(own, "like") is { } like ? families[like] : new YamlMappingNode();
            foreach (var key in own.Children.Keys.Concat(family.Children.Keys).Select(Text))
                if (!Keys.Contains(key)) throw new InvalidOperationException($"registry file {file}, set {name}: unknown key '{key}'");
            sets.Add(Describe(name, new Layers(own, family)));
        }
    }

    static DataSetDescriptor Describe(string name, Layers layers) => new()
    {
        Name = name,
        Title = layers.Text("title") ?? "",
        File = layers.Text("file") ?? "",
        Rows = int.Parse(layers.Text("rows") ?? "0", CultureInfo.InvariantCulture),
        Sha256 = layers.Text("sha256"),
        IdColumn = layers.Text("id"),
        FormulaColumn = layers.Text("formula"),
        StructureColumn = layers.Text("structure"),
        SitesColumn = layers.Text("sites"),
        StructuresFrom = layers.Text("structures_from"),
        Generator = layers.Text("generator"),
        Aliases = layers.Texts("aliases"),
        Targets = [.. layers.Pairs("targets").Select(pair =>
            new TargetColumn(pair.Key, Text(pair.Value["unit"]), Text(pair.Value["property"]), Text(pair.Value["about"])))],
        Splits = [.. layers.Pairs("splits").Select(pair => Split(pair.Key, (YamlMappingNode)pair.Value))],
        FoldColumns = layers.Texts("folds"),
        TextColumns = layers.Texts("texts"),
        Sources = layers.Texts("sources"),
        Licence = layers.Text("licence") ?? "",
        LicenceFiles = layers.Texts("licence_files"),
        Citations = layers.Texts("cite"),
        Problems = layers.Texts("problems"),
        Protocol = layers.Text("protocol") ?? "",
        Published = [.. layers.Items("published").Cast<YamlMappingNode>().Select(figure => new PublishedFigure(
            Text(figure["column"]), Text(figure["method"]), Text(figure["metric"]),
            double.Parse(Text(figure["value"]), CultureInfo.InvariantCulture), Text(figure["input"]), Optional(figure, "note")))],
        Raw = layers.Node("raw") is YamlMappingNode raw ? new RawFile(new Uri(Text(raw["address"])), Text(raw["sha256"])) : null,
    };

    static SplitColumn Split(string name, YamlMappingNode node)
    {
        IReadOnlyList<string> Values(string key, string usual) => node.Children.TryGetValue(key, out var given) ? Texts(given) : node.Children.Count == 0 ? [usual] : [];
        return new SplitColumn(name, Values("train", "train"), Values("val", "val"), Values("test", "test"));
    }

    static YamlMappingNode Load(string file)
    {
        using var stream = typeof(RegistryReader).Assembly.GetManifestResourceStream($"Registry/{file}.yaml")
            ?? throw new InvalidOperationException($"the embedded registry file {file}.yaml is missing");
        using var reader = new StreamReader(stream);
        var yaml = new YamlStream();
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    static IEnumerable<KeyValuePair<string, YamlNode>> Pairs(YamlNode node) =>
        ((YamlMappingNode)node).Children.Select(pair => KeyValuePair.Create(Text(pair.Key), pair.Value));

    static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    static string? Optional(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var value) ? Text(value) : null;

    static IReadOnlyList<string> Texts(YamlNode node) => [.. ((YamlSequenceNode)node).Select(Text)];

    /// <summary>A set's own keys above those of its family.</summary>
    sealed class Layers(YamlMappingNode own, YamlMappingNode family)
    {
        public YamlNode? Node(string key) =>
            own.Children.TryGetValue(key, out var value) || family.Children.TryGetValue(key, out value) ? value : null;

        public string? Text(string key) => (Node(key) as YamlScalarNode)?.Value;

        public IReadOnlyList<string> Texts(string key) => Node(key) is { } node ? RegistryReader.Texts(node) : [];

        public IEnumerable<KeyValuePair<string, YamlNode>> Pairs(string key) => Node(key) is { } node ? RegistryReader.Pairs(node) : [];

        public IEnumerable<YamlNode> Items(string key) => Node(key) is YamlSequenceNode items ? items : [];
    }
}
