using System.Collections.Immutable;
using AtomSets.Models.ElemNet;
using AtomSets.Models.MegNet;

namespace AtomSets.Models;

/// <summary>What becomes of a layer's rows.</summary>
public enum RowPooling
{
    /// <summary>They stay as they are.</summary>
    None,

    /// <summary><c>_stats</c>: the <see cref="SiteStatistics"/> of every number over the rows of a material.</summary>
    Statistics,

    /// <summary><c>_mean</c>: the mean over the rows of a material.</summary>
    Mean,
}

/// <summary>One layer of a parent, and what becomes of its rows.</summary>
/// <param name="Name">As written, such as <c>V1_stats</c>.</param>
/// <param name="Level">The layer's own name, such as <c>V1</c>.</param>
public sealed record LayerPart(string Name, string Level, RowPooling Pooling)
{
    internal const string StatisticsSuffix = "_stats", MeanSuffix = "_mean";

    /// <summary>The name of what the whole network predicts, in the unit of its target.</summary>
    public const string Prediction = "prediction";

    /// <summary>Several rows per material: its atoms.</summary>
    public bool IsPerAtom => Pooling == RowPooling.None && IsLevelPerAtom;

    /// <summary>Whether the elements of the formula are enough: an element's embedding is the same for all its atoms.</summary>
    public bool IsOfFormula => ElemNetFeatures.IsName(Level) || (Level == "V0" && Pooling != RowPooling.None);

    /// <summary>Whether it is what the parent predicts: that needs whatever the parent reads.</summary>
    public bool IsPrediction => Level == Prediction;

    bool IsLevelPerAtom => !IsPrediction && !ElemNetFeatures.IsName(Level) && FeatureLevel.Parse(Level).IsPerAtom;

    /// <summary>Numbers per row, of a layer with so many.</summary>
    public int WidthOf(int levelWidth) => Pooling == RowPooling.Statistics ? SiteStatistics.Names.Count * levelWidth : levelWidth;

    /// <summary>A name for each number of a row, of a layer with so many: <c>V1.0</c>, <c>V1.min.0</c>.</summary>
    public IEnumerable<string> Columns(int levelWidth)
    {
        string[] heads = Pooling switch
        {
            RowPooling.Statistics => [.. SiteStatistics.Names.Select(statistic => $"{Level}.{statistic}")],
            RowPooling.Mean => [Level + ".mean"],
            _ => [Level],
        };
        return IsPrediction ? [Level] : heads.SelectMany(head => Enumerable.Range(0, levelWidth).Select(i => FormattableString.Invariant($"{head}.{i}")));
    }

    /// <summary>Reads a name.</summary>
    /// <exception cref="ModelException">No layer has it, or its rows cannot be pooled: there is one per material.</exception>
    internal static LayerPart Parse(string name)
    {
        var (level, pooling) = name switch
        {
            _ when name.EndsWith(StatisticsSuffix, StringComparison.Ordinal) => (name[..^StatisticsSuffix.Length], RowPooling.Statistics),
            _ when name.EndsWith(MeanSuffix, StringComparison.Ordinal) => (name[..^MeanSuffix.Length], RowPooling.Mean),
            _ => (name, RowPooling.None),
        };
        var part = new LayerPart(name, level, pooling);
        if (!part.IsLevelPerAtom && pooling != RowPooling.None) throw new ModelException($"layer '{name}': {level} is one row per material already, there is nothing to pool: write {level}");
        return part;
    }
}

/// <summary>
/// Layers of a parent as another model's input, as users write them: names as <see cref="FeatureLevel"/> has them (of an ElemNet as <see cref="ElemNetFeatures"/> has them),
/// of layers with a row per atom perhaps pooled over the atoms (<c>V1_stats</c>, <c>V1_mean</c>), several joined by <c>+</c>: <c>V0+V1</c>. Joined layers stand beside
/// each other in one row; where some have a row per atom, those of one row per material are repeated for each atom.
/// <c>prediction</c> is what the parent predicts, one number per material in the unit of its target.
/// </summary>
public sealed record LayerNames
{
    LayerNames(string text, ImmutableArray<LayerPart> parts) => (Text, Parts) = (text, parts);

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>In their order.</summary>
    public ImmutableArray<LayerPart> Parts { get; }

    /// <summary>Whether a material is a row per atom, else one row.</summary>
    public bool IsPerAtom => Parts.Any(part => part.IsPerAtom);

    /// <summary>Whether the elements of the formula are enough.</summary>
    public bool IsOfFormula => Parts.All(part => part.IsOfFormula);

    /// <summary>Whether the parent's prediction is among them.</summary>
    public bool HasPrediction => Parts.Any(part => part.IsPrediction);

    /// <summary>Whether formulas are not enough, whatever the parent is; its prediction needs what the parent needs.</summary>
    public bool NeedStructures => Parts.Any(part => !part.IsOfFormula && !part.IsPrediction);

    /// <summary>Whether it is a layer of the parent as it is.</summary>
    internal bool IsPlain => Parts is [{ Pooling: RowPooling.None }];

    /// <summary>Reads a text.</summary>
    /// <exception cref="ModelException">A name is unknown or stands twice.</exception>
    public static LayerNames Parse(string text)
    {
        var parts = text.Split('+', StringSplitOptions.TrimEntries).Select(LayerPart.Parse).ToImmutableArray();
        return parts.FirstOrDefault(part => parts.Count(other => other.Name == part.Name) > 1) is { } twice
            ? throw new ModelException($"layers '{text}' hold {twice.Name} twice")
            : new LayerNames(text, parts);
    }

    /// <summary>Refuses layers that are not one row per material.</summary>
    /// <param name="text">As <see cref="Parse"/> reads it; empty for a layer that is still to be named.</param>
    /// <param name="model">What reads it, for the message.</param>
    /// <exception cref="ModelException">A layer has a row per atom, or is unknown.</exception>
    internal static void CheckVector(string text, string model)
    {
        if (text.Length > 0 && Parse(text).Parts.FirstOrDefault(part => part.IsPerAtom) is { } sites)
            throw new ModelException($"a {model} reads one row per material, and layer {sites.Name} has one per atom: take its statistics over the atoms (features:{sites.Name}{LayerPart.StatisticsSuffix}), or a model of sets (kind: atomsets)");
    }
}
