using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Materials;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AtomSets.Engine;

/// <summary>
/// Reads the keys of one YAML mapping. Each key asked for becomes a known key; <see cref="Finish"/> reports every other one with the nearest known.
/// Wrong values are reported and read as absent, so that one reading finds all problems.
/// </summary>
sealed class MapReader
{
    readonly Dictionary<string, (int Line, YamlNode Value)> _entries = new(StringComparer.Ordinal);
    readonly List<string> _known = [];
    readonly ProblemList _problems;
    readonly StudySection? _section;

    /// <param name="node">The mapping.</param>
    /// <param name="section">Its keys; null for one whose keys are the user's or another schema's.</param>
    /// <param name="what">What it describes, for messages: "source e_form".</param>
    /// <param name="problems">Where problems go.</param>
    public MapReader(YamlMappingNode node, StudySection? section, string what, ProblemList problems)
    {
        (What, Line, _section, _problems) = (what, LineOf(node), section, problems);
        foreach (var (key, value) in node.Children)
        {
            if (key is YamlScalarNode { Value: { } name }) _entries[name] = (LineOf(key), value);
            else problems.Add(LineOf(key), $"{what}: a key must be a plain word");
        }
    }

    public string What { get; }
    public int Line { get; }
    public IEnumerable<string> Keys => _entries.Keys;

    public bool Has(string key) => Find(key) is not null;
    public int LineOf(string key) => _entries.TryGetValue(key, out var entry) ? entry.Line : Line;

    /// <summary>The node under <paramref name="key"/>, or null when absent or empty.</summary>
    /// <exception cref="InvalidOperationException">The section has no such key: it is missing in <see cref="StudyKeys"/>.</exception>
    public YamlNode? Find(string key)
    {
        if (_section is { IsOpen: false }) KeyOf(key);
        if (!_known.Contains(key)) _known.Add(key);
        return _entries.TryGetValue(key, out var entry) && !IsNull(entry.Value) ? entry.Value : null;
    }

    public string? Text(string key)
    {
        if (Find(key) is not { } node) return null;
        if (node is YamlScalarNode scalar) return scalar.Value;
        _problems.Add(LineOf(key), $"{What}: \"{key}\" must be a single value");
        return null;
    }

    public string RequiredText(string key, string advice)
    {
        if (Text(key) is { Length: > 0 } text) return text;
        _problems.Add(LineOf(key), $"{What} has no \"{key}\": {advice}");
        return "";
    }

    /// <summary>True or false; the key's default where it is missing.</summary>
    public bool Flag(string key)
    {
        var text = Text(key);
        if (text is not (null or "true" or "false")) _problems.Add(LineOf(key), $"{What}: {key} is \"{text}\", but must be true or false");
        return (text ?? KeyOf(key).Default) == "true";
    }

    /// <summary>One of the key's words; null where it is missing or another.</summary>
    public string? Word(string key)
    {
        var words = KeyOf(key).Words;
        if (Text(key) is not { } text || words.Contains(text)) return Text(key);
        _problems.Add(LineOf(key), $"{What}: {key} is \"{text}\", but must be {string.Join(", ", words.SkipLast(1))}{(words.Count > 1 ? " or " : "")}{words[^1]}");
        return null;
    }

    /// <summary>One of the key's words as a value of an enumeration; <paramref name="otherwise"/> where it is missing or another.</summary>
    public T Word<T>(string key, T otherwise)
        where T : struct, Enum => Word(key) is { } word ? Enum.Parse<T>(word, ignoreCase: true) : otherwise;

    /// <summary>A whole number of at least the key's least.</summary>
    public long? Integer(string key)
    {
        if (Text(key) is not { } text) return null;
        var least = KeyOf(key).Least;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least) return value;
        _problems.Add(LineOf(key), $"{What}: {key} is {text}, but must be a whole number{(least > int.MinValue ? $" of at least {least}" : "")}");
        return null;
    }

    /// <summary>As <see cref="Integer"/>, within 32 bits.</summary>
    public int? Count(string key)
    {
        var value = Integer(key);
        if (value is null or <= int.MaxValue) return (int?)value;
        _problems.Add(LineOf(key), $"{What}: {key} is {value}, but must be at most {int.MaxValue}");
        return null;
    }

    /// <summary>A number above 0.</summary>
    public double? Positive(string key)
    {
        if (Text(key) is not { } text) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0 && double.IsFinite(value)) return value;
        _problems.Add(LineOf(key), $"{What}: {key} is {text}, but must be a number above 0");
        return null;
    }

    public MapReader? Map(string key, string what) => Map(key, KeyOf(key).Section, what);

    /// <summary>The named mappings under <paramref name="key"/>, in file order.</summary>
    public IEnumerable<(string Name, int Line, MapReader Map)> NamedMaps(string key, string what)
    {
        if (Map(key, null, key) is not { } outer) yield break;
        foreach (var name in outer.Keys.ToArray())
        {
            if (outer.Map(name, KeyOf(key).Section, $"{what} {name}") is { } inner) yield return (name, outer.LineOf(name), inner);
            else if (!outer.Has(name)) _problems.Add(outer.LineOf(name), $"{what} {name} is empty: describe it by indented keys");
        }
    }

    /// <summary>The items under a key; a single value counts as a list of one.</summary>
    public IReadOnlyList<YamlNode> List(string key) =>
        Find(key) switch { null => [], YamlSequenceNode list => [.. list.Children], var one => [one] };

    MapReader? Map(string key, StudySection? section, string what)
    {
        if (Find(key) is not { } node) return null;
        if (node is YamlMappingNode map) return new MapReader(map, section, what, _problems);
        _problems.Add(LineOf(key), $"{What}: \"{key}\" must hold indented keys, not {Shown(node)}");
        return null;
    }

    StudyKey KeyOf(string key) => _section?.Find(key) ?? throw new InvalidOperationException($"the keys of {_section?.Title ?? What} do not hold {key}");

    /// <summary>Every key not asked for is an error.</summary>
    public void Finish()
    {
        foreach (var (key, (line, _)) in _entries)
        {
            if (!_known.Contains(key)) _problems.Add(line, $"{What} has no key \"{key}\".{NearestName.Hint(key, _known)}");
        }
    }

    /// <summary>Every key that has not been asked for, as settings; the schema that knows them checks them later.</summary>
    public IReadOnlyList<SettingEntry> Rest() => [.. Keys.Where(k => !_known.Contains(k)).ToArray().Select(Setting).OfType<SettingEntry>()];

    /// <summary>The settings under a key, or none.</summary>
    public IReadOnlyList<SettingEntry> Settings(string key) => Map(key, null, $"{What}: {key}")?.Rest() ?? [];

    SettingEntry? Setting(string key)
    {
        var line = LineOf(key);
        if (Find(key) is not { } node)
        {
            _problems.Add(line, $"{What}: {key} has no value");
            return null;
        }
        if (node is not YamlMappingNode map) return new SettingEntry(key, line, ToJson(node), null);
        return SpaceReader.Read(map, $"{What}: {key}", line, _problems) is { } space ? new SettingEntry(key, line, null, space) : null;
    }

    public static int LineOf(YamlNode node) => (int)node.Start.Line;

    public static string Shown(YamlNode node) => node switch
    {
        YamlScalarNode scalar => $"\"{scalar.Value}\"",
        YamlSequenceNode => "a list",
        _ => "a mapping",
    };

    /// <summary>A plain scalar as bool, whole number, number or text; a list as an array.</summary>
    public static JsonNode? ToJson(YamlNode node)
    {
        if (node is YamlSequenceNode list) return new JsonArray([.. list.Children.Select(ToJson)]);
        if (node is not YamlScalarNode scalar) return null;
        var text = scalar.Value ?? "";
        if (scalar.Style is not ScalarStyle.Plain) return JsonValue.Create(text);
        if (text is "true" or "false") return JsonValue.Create(text == "true");
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return JsonValue.Create(whole);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text);
    }

    static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };
}
