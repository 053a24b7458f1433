using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>
/// Opens the parents that a study names: published networks, and models trained before (a file, or one of those that come with the program). One that has seen the labels of a
/// target is refused: a published one by the registry, any other by what it and its ancestors were trained on.
/// </summary>
sealed class ParentPlanner(ModelRegistry registry, StudyDocument document, DataCache data, ArtifactStore artifacts, ProblemList problems)
{
    const string Suffix = ".safetensors";

    readonly Dictionary<string, PlannedModel> _networks = new(StringComparer.Ordinal);
    readonly List<CountedFact> _facts = [];

    /// <summary>What parents have seen of the targets' sets, and may.</summary>
    public IReadOnlyList<CountedFact> Facts => _facts;

    /// <summary>The network of a source's parent, to be trained from scratch beside it; null where it could not be opened.</summary>
    public PlannedModel? NetworkOf(string source) => _networks.GetValueOrDefault(source);

    /// <summary>Opens a source's parent; null where something is wrong, which was reported.</summary>
    /// <param name="source">With a parent.</param>
    /// <param name="targets">Rows of every target.</param>
    public PlannedParent? Open(SourceEntry source, IReadOnlyDictionary<string, PlannedRows> targets)
    {
        var before = problems.Count;
        try
        {
            var name = source.Parent!;
            var parent = PathOf(name) is { } path ? Kept(source, Path.GetFileNameWithoutExtension(path), path, targets) : Published(source, name, targets);
            return problems.Count == before ? parent : null;
        }
        catch (InputException e)
        {
            problems.Add(source.Line, $"source {source.Name}: {e.Message}");
            problems.LacksData |= e is DataMissingException;
            return null;
        }
    }

    /// <summary>A parent that takes one element for each site, in words; null where there is none that can be opened.</summary>
    public string? OneElementASite() => document.Sources.Where(source => source.Parent is not null).Select(source =>
    {
        try
        {
            var spec = PathOf(source.Parent!) is { } path ? ModelFile.Read(path).Spec : data.Published(source.Parent!).Model.Spec;
            return registry[spec.Kind].Needs(spec).HasFlag(ModelNeeds.OrderedSites) ? $"the parent {source.Parent} ({spec.Kind})" : null;
        }
        catch (Exception e) when (e is InputException or IOException)
        {
            return null; // told where the parent itself is planned
        }
    }).FirstOrDefault(name => name is not null);

    PlannedParent? Published(SourceEntry source, string name, IReadOnlyDictionary<string, PlannedRows> targets)
    {
        var published = data.Published(name);
        if (published.IsMolecular)
        {
            problems.Add(source.Line, $"source {source.Name}: {name} is for molecules, not crystals; choose another parent, such as mp-2019.4.1_formation_energy");
            return null;
        }
        foreach (var rows in Learning(source, targets))
        {
            if (data.Registry.Parents.Check(name, rows.Set, rows.Request.Target) is { } reason) problems.Add(source.Line, $"source {source.Name}: {reason}");
        }
        var reference = new JsonObject { ["published"] = name, ["hash"] = published.ContentHash };
        if (published.States.Count == 0 && source.State is null) return Planned(source, name, reference, published.Model, ModelNeeds.Structures);
        return AtState(source, name, PublishedImport.ToModelFile(published), reference) is { } file ? Planned(source, name, reference, file.CreateModel(registry), ModelNeeds.Structures) : null;
    }

    PlannedParent? Kept(SourceEntry source, string name, string path, IReadOnlyDictionary<string, PlannedRows> targets)
    {
        if (!File.Exists(path)) throw new DataMissingException($"there is no model file {path}; `model export` writes one of a finished trial");
        var file = ModelFile.Read(path);
        registry.Check(file.Spec);
        CheckSeen(source, name, file.Provenance, targets);
        var reference = new JsonObject { ["file"] = artifacts.Put(File.ReadAllBytes(path)) };
        if (registry[file.Spec.Kind] is IFittedFamily) return new PlannedParent(source.Name, source.Name, [reference], null, name) { Needs = ModelNeeds.None, IsFit = true };
        var needs = registry[file.Spec.Kind].Needs(file.Spec);
        if (needs.HasFlag(ModelNeeds.Parent))
        {
            problems.Add(source.Line, $"source {source.Name}: {name} itself reads a layer of {file.FeatureParent?.Name ?? "a parent"}: take that one as parent");
            return null;
        }
        if (file.Baseline is not null)
        {
            problems.Add(source.Line, $"source {source.Name}: {name} has learnt differences to another model's predictions: take that one as parent");
            return null;
        }
        return AtState(source, name, file, reference) is { } bound ? Planned(source, name, reference, bound.CreateModel(registry), needs) : null;
    }

    /// <summary>Of a network of several levels of theory one, which then stands in the reference too.</summary>
    ModelFile? AtState(SourceEntry source, string name, ModelFile file, JsonObject reference)
    {
        if (source.State is null)
        {
            if (file.States.Count == 0) return file;
            problems.Add(source.Line, $"source {source.Name}: {name} distinguishes {string.Join(", ", file.States)}: say which of them the target's rows are like, such as state: {file.States[0]}");
            return null;
        }
        var state = StateBinding.Find(name, file.States, source.State);
        reference["state"] = state;
        return StateBinding.At(file, state);
    }

    PlannedParent Planned(SourceEntry source, string name, JsonObject reference, IModel network, ModelNeeds needs)
    {
        _networks[source.Name] = ModelPlanner.FromSpec(name, network.Spec, registry[network.Spec.Kind], needs);
        return new PlannedParent(source.Name, source.Name, [reference], null, name) { Network = network, Needs = needs };
    }

    void CheckSeen(SourceEntry source, string name, ModelProvenance provenance, IReadOnlyDictionary<string, PlannedRows> targets)
    {
        var seen = provenance.AllTrainedOn().ToArray();
        foreach (var rows in Learning(source, targets))
        {
            var (set, column) = (rows.Set, rows.Request.Target);
            var reason = provenance.Parents.Select(parent => data.Registry.Parents.Check(parent.Name, set, column)).FirstOrDefault(found => found is not null)
                ?? data.Registry.Parents.Check(name, seen.Select(one => (one.DataSet, one.Column)), set, column);
            if (reason is not null) problems.Add(source.Line, $"source {source.Name}: {reason}");
        }
        foreach (var one in seen.Where(one => one.Count > 0))
            _facts.Add(new CountedFact("parent-rows", one.Count, string.Create(CultureInfo.InvariantCulture,
                $"source {source.Name}: {name} was trained on {one.Count} rows of {one.DataSet} ({one.Column}), from which no formula of a target was removed: other properties only")));
    }

    /// <summary>The targets that may learn from a source.</summary>
    IEnumerable<PlannedRows> Learning(SourceEntry source, IReadOnlyDictionary<string, PlannedRows> targets) =>
        document.Targets.Where(target => targets.ContainsKey(target.Name) && document.Transfer.Any(entry => entry.Uses(source.Name, target.Name))).Select(target => targets[target.Name]);

    // A file beside the study's, or one of the program's own by its name; else a published network is meant.
    string? PathOf(string name)
    {
        if (name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) || name.Contains('/', StringComparison.Ordinal))
            return Path.Combine(Path.GetDirectoryName(Path.GetFullPath(document.File)) ?? ".", name);
        return data.OwnModels is { } own && Path.Combine(own, name + Suffix) is var path && File.Exists(path) ? path : null;
    }
}
