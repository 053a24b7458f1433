using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AtomSets.Models;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>Rows of a data set after filters, split and leakage removal: everything about them that a trial spec says.</summary>
/// <param name="Request">How to read them.</param>
/// <param name="Set">The data set's own name.</param>
/// <param name="Hash">Content hash of the rows read.</param>
/// <param name="Unit">Of the target; empty for a bare number.</param>
/// <param name="Manifests">Hash of the split manifest in the artifact store, for each replicate's seed; only the order of training rows differs.</param>
sealed record PlannedRows(
    DataRequest Request, string Set, string Hash, string Unit, IReadOnlyDictionary<long, string> Manifests, int Train, int Validation, int Test)
{
    /// <summary>Whether the rows are crystals, not formulas alone.</summary>
    public bool HasStructures { get; init; }

    public JsonObject ToJson(long seed)
    {
        var json = Request.ToJson();
        json["hash"] = Hash;
        json["unit"] = Unit;
        json["manifest"] = Manifests[seed];
        return json;
    }
}

/// <summary>Settings that were checked against a schema: complete, with <c>$draw</c> placeholders for what is searched.</summary>
/// <param name="Content">As it goes into the spec.</param>
/// <param name="Space">The searched dimensions that <paramref name="Content"/> names.</param>
sealed record CheckedSettings(JsonObject Content, ImmutableArray<SearchDimension> Space);

/// <summary>A checked model: family, settings (kind, revision and settings, as in the spec), and what it needs.</summary>
sealed record PlannedModel(string Name, string Kind, CheckedSettings Settings, ModelNeeds Needs)
{
    public bool NeedsParent => Needs.HasFlag(ModelNeeds.Parent);
}

/// <summary>A parent that transfers can name: a node of this study, or a published model by the hash of its weights.</summary>
/// <param name="Label">For ids and tables: the source's name, with its size where there are several.</param>
/// <param name="Reference">A placeholder for a node's key, or <c>{"published":…,"hash":…}</c>.</param>
/// <param name="Rows">Rows that it learnt from; null for a published one.</param>
/// <param name="ModelName">Its network's name.</param>
sealed record PlannedParent(string Source, string Label, JsonObject Reference, int? Rows, string ModelName)
{
    /// <summary>What the network's inputs are.</summary>
    public required ModelNeeds Needs { get; init; }

    /// <summary>The network; null where its settings are searched.</summary>
    public IModel? Network { get; init; }

    public JsonNode CopyReference() => Reference.DeepClone();
}
