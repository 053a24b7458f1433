using System.Text.Json.Nodes;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>Checks the networks, training settings and transfer modes that a study file names.</summary>
sealed class ModelPlanner(ModelRegistry registry, StudyDocument document, ProblemList problems)
{
    /// <summary>A source without a named network, in a study without networks.</summary>
    static readonly ModelEntry s_defaultNetwork = new("megnet", 1, "megnet", []);

    /// <summary>What features of a parent go into when the study names nothing.</summary>
    static readonly ModelEntry s_defaultSets = new("atomsets", 1, "atomsets", []);

    const string SpaceKey = "space", UsualSpace = "usual";

    /// <summary>What of the training settings decides a fit, or what it is judged by.</summary>
    static readonly string[] s_ofFits = ["scaling", "criterion"];

    readonly SettingsChecker _checker = new(problems);
    readonly Dictionary<(string Name, string Features), PlannedModel?> _models = [];

    /// <summary>Checks every model that the file describes, also those that nothing uses.</summary>
    public void CheckAll()
    {
        foreach (var entry in document.Models) Plan(entry, features: null);
    }

    /// <summary>A model of the file that takes one element for each site, in words; null where there is none.</summary>
    public string? OneElementASite() => document.Models.Select(entry => Plan(entry, null)).FirstOrDefault(model => model?.Needs.HasFlag(ModelNeeds.OrderedSites) == true) is { } found
        ? $"model {found.Name} ({found.Kind})"
        : null;

    /// <summary>The network of a source or of a scratch run.</summary>
    public PlannedModel? Network(string? name, int line, string owner)
    {
        if (name is not null) return Named(name, line, features: null);
        var candidates = document.Models.Where(entry => Plan(entry, null) is { NeedsParent: false }).ToArray();
        if (candidates.Length == 1) return Plan(candidates[0], null);
        if (document.Models.Count == 0) return Plan(s_defaultNetwork, null);
        problems.Add(line, $"{owner} names no model: add model: <name>, one of {string.Join(", ", document.Models.Select(m => m.Name))}");
        return null;
    }

    /// <summary>The network on a parent's features.</summary>
    public PlannedModel? OnFeatures(TransferEntry entry, string layer)
    {
        if (entry.Model is { } name) return Named(name, entry.ModelLine, layer);
        var candidates = document.Models.Where(IsOnFeatures).ToArray();
        // A network of vectors can stand on its own as well: where one that cannot is there, that one is meant.
        if (candidates.Length > 1 && candidates.Where(candidate => Plan(candidate, null) is { NeedsParent: true }).ToArray() is [var only]) candidates = [only];
        if (candidates.Length == 1) return Plan(candidates[0], layer);
        if (candidates.Length == 0) return Plan(s_defaultSets with { Line = entry.Line }, layer);
        problems.Add(entry.Line, $"transfer {entry.Name} could use any of {string.Join(", ", candidates.Select(m => m.Name))}: write {{ mode: \"{entry.Mode}\", model: <name> }}");
        return null;
    }

    /// <summary>Training settings of a model; later layers override earlier ones. All are checked; of a fitted model only those are kept that decide
    /// its numbers, so that its key does not change with the others.</summary>
    public CheckedSettings Training(PlannedModel? model, params IReadOnlyList<SettingEntry>[] layers)
    {
        var settings = Training(layers);
        if (model is not { IsFit: true }) return settings;
        var content = new JsonObject();
        foreach (var name in s_ofFits)
            if (settings.Content[name] is { } value) content[name] = value.DeepClone();
        return new CheckedSettings(content, [.. settings.Space.Where(dimension => s_ofFits.Contains(dimension.Name))]);
    }

    /// <summary>Training settings; later layers override earlier ones.</summary>
    public CheckedSettings Training(params IReadOnlyList<SettingEntry>[] layers)
    {
        var before = problems.Count;
        var settings = _checker.Check("training", TrainSettings.Schema, layers);
        var line = layers.SelectMany(layer => layer).Select(entry => entry.Line).LastOrDefault(1);
        if (problems.Count == before && settings.Space.IsEmpty)
        {
            try
            {
                TrainSettings.Resolve(SettingsChecker.ToPairs(settings.Content));
            }
            catch (InputException e)
            {
                problems.Add(line, e.Message);
            }
        }
        return settings;
    }

    /// <summary>The network of a parent that was trained before, to be trained from scratch beside it.</summary>
    public static PlannedModel FromSpec(string name, ModelSpec spec, IModelFamily family, ModelNeeds needs)
    {
        var settings = new JsonObject();
        // What the parent's data decided is not a setting; the target's data decide it anew.
        foreach (var (key, value) in spec.Values.Where(entry => family.Schema.Any(parameter => parameter.Name == entry.Key && !(parameter.IsUnwrittenAtDefault && parameter.IsDefault(entry.Value)))))
            settings[key] = SettingsChecker.ToJson(value);
        var content = new JsonObject { ["kind"] = spec.Kind, ["revision"] = spec.Revision, ["settings"] = settings };
        return new PlannedModel(name, spec.Kind, new CheckedSettings(content, []), needs);
    }

    PlannedModel? Named(string name, int line, string? features)
    {
        var entry = document.Models.FirstOrDefault(m => m.Name == name);
        if (entry is not null) return Plan(entry, features);
        problems.Add(line, $"there is no model \"{name}\" under models.{NearestName.Hint(name, [.. document.Models.Select(m => m.Name)])}");
        return null;
    }

    // A model that takes a "features" setting is one that works on a parent's layer.
    bool IsOnFeatures(ModelEntry entry) =>
        registry.Families.FirstOrDefault(f => f.Name == entry.Kind)?.Schema.Any(p => p.Name == "features") == true
        && !entry.Settings.Any(s => s.Name == "features" && s.Value?.ToJsonString() == "\"embedding\"");

    /// <summary>The settings of the preset that an entry names, at its line.</summary>
    IReadOnlyList<SettingEntry> PresetOf(ModelEntry entry, IModelFamily family)
    {
        if (entry.Settings.FirstOrDefault(s => s.Name == HyperParameterSchema.Preset) is not { } named) return [];
        try
        {
            return [.. HyperParameterSchema.PresetOf(family, SettingsChecker.ToObject(named.Value)).Select(s => new SettingEntry(s.Key, named.Line, SettingsChecker.ToJson(s.Value), null))];
        }
        catch (ModelException e)
        {
            problems.Add(named.Line, $"model {entry.Name}: {e.Message}");
            return [];
        }
    }

    PlannedModel? Plan(ModelEntry entry, string? features)
    {
        if (_models.TryGetValue((entry.Name, features ?? ""), out var known)) return known;
        return _models[(entry.Name, features ?? "")] = Check(entry, features);
    }

    PlannedModel? Check(ModelEntry entry, string? features)
    {
        var family = registry.Families.FirstOrDefault(f => f.Name == entry.Kind);
        if (family is null)
        {
            problems.Add(entry.Line, $"model {entry.Name}: there is no kind \"{entry.Kind}\".{NearestName.Hint(entry.Kind, [.. registry.Families.Select(f => f.Name)])}");
            return null;
        }
        var before = problems.Count;
        IReadOnlyList<SettingEntry> forced = [];
        if (features is not null)
        {
            if (family.Schema.All(p => p.Name != "features"))
            {
                problems.Add(entry.Line, $"model {entry.Name} is a {entry.Kind}, which takes no features of a parent: name a model of another kind, such as atomsets or ridge");
                return null;
            }
            forced = [new SettingEntry("features", entry.Line, JsonValue.Create(features), null)];
        }
        var own = entry.Settings.Where(setting => setting.Name is not (HyperParameterSchema.Preset or SpaceKey)).ToArray();
        var settings = _checker.Check(entry.Kind, family.Schema, PresetOf(entry, family), UsualSpaces(entry, family), own, forced);
        if (problems.Count > before) return null;

        var needs = ModelNeeds.None;
        try
        {
            // Searched settings stand at their defaults here: what a model needs never depends on them.
            var fixedPart = SettingsChecker.ToPairs(settings.Content).Where(p => settings.Space.All(d => d.Name != p.Key));
            needs = family.Needs(registry.Resolve(entry.Kind, fixedPart));
        }
        catch (InputException e)
        {
            problems.Add(entry.Line, $"model {entry.Name}: {e.Message}");
            return null;
        }
        var content = new JsonObject { ["kind"] = family.Name, ["revision"] = family.Revision, ["settings"] = settings.Content };
        return new PlannedModel(entry.Name, family.Name, settings with { Content = content }, needs) { IsFit = family is IFittedFamily };
    }

    /// <summary>The searched settings that <c>space: usual</c> stands for; those that the file gives itself override them.</summary>
    List<SettingEntry> UsualSpaces(ModelEntry entry, IModelFamily family)
    {
        if (entry.Settings.LastOrDefault(setting => setting.Name == SpaceKey) is not { } asked) return [];
        var usual = family.Schema.Where(parameter => parameter.Usual is not null).ToArray();
        if (asked.Value?.ToJsonString() != $"\"{UsualSpace}\"")
            problems.Add(asked.Line, $"model {entry.Name}: space is {asked.Value?.ToJsonString() ?? "a space itself"}, but must be {UsualSpace}, which searches the settings that are usually searched");
        else if (usual.Length == 0)
            problems.Add(asked.Line, $"model {entry.Name}: a {entry.Kind} has no usual space: give the settings to search spaces of their own");
        return [.. usual.Select(parameter => new SettingEntry(parameter.Name, asked.Line, null, new SpaceEntry(
            parameter.Usual!.Kind, parameter.Usual.Low, parameter.Usual.High, parameter.Usual.Points, [.. parameter.Usual.Choices.Select(SettingsChecker.ToJson)])))];
    }
}
