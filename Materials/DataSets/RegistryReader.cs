using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace AtomSets.Materials;

/// <summary>Reads the embedded registry and the descriptions of users' own sets: YAML files with <c>families</c> (defaults that a set takes with <c>like</c>) and <c>sets</c>.</summary>
static class RegistryReader
{
    static readonly string[] SetFiles = ["structures", "matbench", "bench", "crossprop"];

    static readonly HashSet<string> Keys = new(StringComparer.Ordinal)
    {
        "like", "title", "file", "rows", "sha256", "id", "formula", "structure", "sites", "structures_from", "generator", "aliases", "targets",
        "splits", "folds", "texts", "sources", "licence", "licence_files", "cite", "problems", "protocol", "published", "raw",
    };

    /// <summary>What a user's file describes: all keys but those of generated, joined and downloaded sets. Files are named relative to the description.</summary>
    /// <exception cref="InputException">The file cannot be read, or says what no set has.</exception>
    public static IReadOnlyList<DataSetDescriptor> ReadFile(string path)
    {
        try
        {
            var sets = new List<DataSetDescriptor>();
            using var reader = new StreamReader(path);
            ReadSets(path, Load(reader), sets);
            if (sets.Count == 0) throw new InputException($"{path} describes no set: write sets:, below it the set's name, below that file: and targets:");
            foreach (var set in sets)
            {
                if (set.File.Length == 0) throw new InputException($"{path}, set {set.Name}: file: is missing, the table or folder beside this description");
                if (set.Targets.Count == 0) throw new InputException($"{path}, set {set.Name}: targets: is missing, such as targets: {{ gap: {{ unit: eV }} }}");
                if (set.Generator is not null || set.StructuresFrom is not null || set.Raw is not null)
                    throw new InputException($"{path}, set {set.Name}: generator, structures_from and raw are for the sets that come with the program: leave them out");
            }
            return [.. sets.Select(set => set with { File = Path.Combine(Path.GetDirectoryName(path) ?? "", set.File), Separator = null })];
        }
        catch (YamlTextException e)
        {
            throw new InputException($"{path}, line {e.Line}: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidCastException or KeyNotFoundException or FormatException or OverflowException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read as a description of data sets ({e.Message}); docs/extending.md has one to start from", e);
        }
    }

    public static DataSetRegistry ReadEmbedded()
    {
        var sets = new List<DataSetDescriptor>();
        foreach (var file in SetFiles) ReadSets(file, Load(file), sets);
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

    static void ReadSets(string file, YamlMappingNode root, List<DataSetDescriptor> sets)
    {
        var families = root.Children.TryGetValue("families", out var given)
            ? Pairs(given).ToDictionary(pair => pair.Key, pair => (YamlMappingNode)pair.Value, StringComparer.Ordinal)
            : [];
        if (!root.Children.TryGetValue("sets", out var all)) return;
        foreach (var (name, node) in Pairs(all))
        {
            var own = (YamlMappingNode)node;
            var family = Optional(own, "like") is { } like ? families[like] : new YamlMappingNode();
            foreach (var key in own.Children.Keys.Concat(family.Children.Keys).Select(Text))
                if (!Keys.Contains(key)) throw new InputException($"{file}, set {name}: there is no key '{key}'; {NearestName.Advice(key, Keys)}");
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
            new TargetColumn(pair.Key, Text(pair.Value["unit"]), Optional((YamlMappingNode)pair.Value, "property") ?? pair.Key, Optional((YamlMappingNode)pair.Value, "about") ?? ""))],
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
        return Load(reader);
    }

    static YamlMappingNode Load(TextReader reader) => (YamlMappingNode)YamlText.Read(reader.ReadToEnd());

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
