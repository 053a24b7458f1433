using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>The mode of a transfer entry, or the modes that are searched, and what of a spec is drawn with them: mode or layer, and source.</summary>
sealed class TransferChoice
{
    /// <summary>Dimensions of the search: labels of tables, where a drawn source stands under the same name as a given one; model and training settings have other names.</summary>
    const string ModeDimension = "weights", LayerDimension = "layer", SourceDimension = "source";

    TransferChoice(ImmutableArray<TransferPlan> modes) => Modes = modes;

    /// <summary>At least one; several are all of features, or all of weights.</summary>
    public ImmutableArray<TransferPlan> Modes { get; }

    public bool NeedsParent => Modes[0].NeedsParent;

    /// <summary>Whether a network drawn anew learns differences to the parent's predictions.</summary>
    public bool DrawsAnew => NeedsParent && Modes[0].Mode == TransferMode.Scratch;

    /// <summary>Whether the parent's predictions of the target's materials enter, so that they must be such as it reads.</summary>
    public bool ReadsPredictions => Modes.Any(mode => mode.LearnsDifference || mode.FeatureLayer?.Split('+', StringSplitOptions.TrimEntries).Contains(LayerPart.Prediction) == true);

    /// <summary>Layers whose values another model reads; empty where weights are carried over.</summary>
    public IEnumerable<string> Layers => Modes.Select(mode => mode.FeatureLayer).OfType<string>();

    /// <summary>Reads the modes of an entry; null where something is wrong, which was reported.</summary>
    public static TransferChoice? Read(TransferEntry entry, ProblemList problems)
    {
        var modes = ImmutableArray.CreateBuilder<TransferPlan>();
        foreach (var text in entry.Modes)
        {
            try
            {
                modes.Add(TransferPlan.Parse(text));
            }
            catch (InputException e)
            {
                problems.Add(entry.Line, e.Message);
                return null;
            }
        }
        if (modes.Count > 1 && (modes.Any(mode => !mode.NeedsParent) || modes.Select(mode => (mode.Mode == TransferMode.Features, mode.Mode == TransferMode.Scratch)).Distinct().Count() > 1))
        {
            problems.Add(entry.Line, $"transfer {entry.Name} chooses among {string.Join(", ", entry.Modes)}: the modes of one choice must all be features of a layer, all carry weights over (full, new-head, freeze), or all draw them anew (delta); make one entry of each kind");
            return null;
        }
        if (!modes[0].NeedsParent && (entry.SearchesSources || entry.Sources.Count > 0))
        {
            problems.Add(entry.SourcesLine, $"transfer {entry.Name} starts from scratch: leave out \"source\"");
            return null;
        }
        return new TransferChoice(modes.ToImmutable());
    }

    /// <summary>What is searched besides settings.</summary>
    /// <param name="parents">Those to choose from; one or none: the source is not searched.</param>
    public IEnumerable<SearchDimension> Dimensions(IReadOnlyList<PlannedParent> parents)
    {
        if (Modes.Length > 1) yield return Words(Modes[0].FeatureLayer is null ? ModeDimension : LayerDimension, Modes.Select(mode => mode.FeatureLayer ?? mode.ToString()));
        if (parents.Count > 1) yield return Words(SourceDimension, parents.Select(parent => parent.Label));
    }

    /// <summary>The transfer member of a spec.</summary>
    /// <param name="parents">Those to choose from; none for scratch.</param>
    /// <param name="replicate">Number of the target's seed: which replicate of a parent it learns from.</param>
    public JsonObject Member(IReadOnlyList<PlannedParent> parents, int replicate)
    {
        var member = new JsonObject
        {
            ["mode"] = Modes.Length == 1 ? Modes[0].ToString()
                : Modes[0].FeatureLayer is null ? SpecTemplate.Draw(ModeDimension)
                : SpecTemplate.Draw(LayerDimension, "features:"),
        };
        if (parents.Count == 1) member["parent"] = parents[0].CopyReference(replicate);
        else if (parents.Count > 1) member["parent"] = SpecTemplate.Choice(SourceDimension, parents.Select(parent => KeyValuePair.Create(parent.Label, parent.CopyReference(replicate))));
        return member;
    }

    /// <summary>The model on features, its layer drawn where several are searched.</summary>
    public PlannedModel? OnLayers(PlannedModel? model)
    {
        if (model is null || Modes.Length == 1) return model;
        var content = model.Settings.Content.DeepClone().AsObject();
        content["settings"]!["features"] = SpecTemplate.Draw(LayerDimension);
        return model with { Settings = model.Settings with { Content = content } };
    }

    static ChoiceDimension Words(string name, IEnumerable<string> words) => new(name, [.. words.Select(word => new ParameterValue.Word(word))]);
}
