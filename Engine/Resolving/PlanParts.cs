using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Models;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>Rows of a data set after filters, split and leakage removal: everything about them that a trial spec says.</summary>
/// <param name="Request">How to read them.</param>
/// <param name="Set">The data set's own name.</param>
/// <param name="Hash">Content hash of the rows read.</param>
/// <param name="Unit">Of the target; empty for a bare number.</param>
/// <param name="Manifests">Hash of the split manifest in the artifact store, for each replicate.</param>
/// <param name="Train">Training rows that every replicate has.</param>
sealed record PlannedRows(
    DataRequest Request, string Set, string Hash, string Unit, IReadOnlyDictionary<Replicate, string> Manifests, int Train, int Validation, int Test)
{
    /// <summary>Seeds × folds.</summary>
    public required IReadOnlyList<Replicate> Replicates { get; init; }

    /// <summary>Whether configurations are selected within each fold by itself.</summary>
    public bool IsNested { get; init; }

    /// <summary>So many test rows have the highest targets of all; null: no matter.</summary>
    public int? Top { get; init; }

    /// <summary>Whether the rows are crystals, not formulas alone.</summary>
    public bool HasStructures { get; init; }

    public JsonObject ToJson(Replicate replicate)
    {
        var json = Request.ToJson();
        json["hash"] = Hash;
        json["unit"] = Unit;
        json["manifest"] = Manifests[replicate];
        if (replicate.Fold is { } fold) json["fold"] = fold;
        return json;
    }
}

/// <summary>A repetition of a configuration: another seed, and where a target has folds another of these.</summary>
/// <param name="Fold">Null where there is one test part; <c>2</c>, or <c>1.2</c> for fold 2 of the second random division.</param>
readonly record struct Replicate(long Seed, string? Fold = null)
{
    /// <summary>For node ids.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{(Fold is null ? "" : $"f{Fold}")}s{Seed}");

    public ImmutableSortedDictionary<string, string> AddTo(ImmutableSortedDictionary<string, string> labels)
    {
        var added = labels.SetItem("seed", Seed.ToString(CultureInfo.InvariantCulture));
        return Fold is null ? added : added.SetItem("fold", Fold);
    }
}

/// <summary>Settings that were checked against a schema: complete, with <c>$draw</c> placeholders for what is searched.</summary>
/// <param name="Content">As it goes into the spec.</param>
/// <param name="Space">The searched dimensions that <paramref name="Content"/> names.</param>
sealed record CheckedSettings(JsonObject Content, ImmutableArray<SearchDimension> Space);

/// <summary>What of a configuration is chosen besides its settings.</summary>
/// <param name="Space">Searched modes, layers and sources.</param>
/// <param name="Trials">Draws of its own; null: as the study says.</param>
/// <param name="IsTested">False where it competes in a group, whose winner alone is tested.</param>
sealed record ConfigurationChoice(ImmutableArray<SearchDimension> Space, int? Trials, bool IsTested);

/// <summary>A checked model: family, settings (kind, revision and settings, as in the spec), and what it needs.</summary>
sealed record PlannedModel(string Name, string Kind, CheckedSettings Settings, ModelNeeds Needs)
{
    public bool NeedsParent => Needs.HasFlag(ModelNeeds.Parent);

    /// <summary>Whether one fit makes it: it has no weights to carry over, and takes the scaling alone of the training settings.</summary>
    public bool IsFit { get; init; }
}

/// <summary>A parent that transfers can name: a node of this study, or a published model by the hash of its weights.</summary>
/// <param name="Label">For ids and tables: the source's name, with its size where there are several.</param>
/// <param name="References">For each of its replicates a placeholder for a node's key; or <c>{"published":…,"hash":…}</c>.</param>
/// <param name="Rows">Rows that it learnt from; null for a published one.</param>
/// <param name="ModelName">Its network's name.</param>
sealed record PlannedParent(string Source, string Label, IReadOnlyList<JsonObject> References, int? Rows, string ModelName)
{
    /// <summary>What the network's inputs are.</summary>
    public required ModelNeeds Needs { get; init; }

    /// <summary>The network; null where its settings are searched, or where it is none.</summary>
    public IModel? Network { get; init; }

    /// <summary>Whether it is no network, so that nothing can be carried over.</summary>
    public bool IsFit { get; init; }

    /// <summary>For a child's replicate of this number, 0-based: the parent's of the same number, round again where it has fewer.</summary>
    public JsonNode CopyReference(int replicate) => References[replicate % References.Count].DeepClone();
}
