using System.Collections.Immutable;
using AtomSets.Materials;

namespace AtomSets.Models;

/// <summary>
/// The numbers that a model of vectors reads for each material, named by a text: parts joined by <c>+</c>, in this order.
/// <list type="bullet">
/// <item><c>ef86</c>: atomic fractions of 86 elements, in the order of <see cref="ElementFractions"/>; <c>ef112</c>: of H to Cn;</item>
/// <item><c>pa145</c>: the <see cref="PhysicalAttributes"/>;</item>
/// <item><c>columns:a,b</c>: numeric columns of the data set;</item>
/// <item><c>layer</c>: the layer of a parent that the setting <c>features</c> (or a transfer mode <c>features:…</c>) names, where it is one row per material.</item>
/// </list>
/// <c>auto</c> is the layer where there is one, else <c>ef86</c>.
/// </summary>
public sealed record InputColumns
{
    internal const string Auto = "auto", Layer = "layer", Fractions86 = "ef86", Fractions112 = "ef112", Attributes = "pa145", Columns = "columns";

    static readonly string[] s_names = [Auto, Layer, Fractions86, Fractions112, Attributes, Columns];

    InputColumns(ImmutableArray<string> parts, string layer) => (Parts, LayerName) = (parts, layer);

    /// <summary>The parts, <c>auto</c> replaced by what it means.</summary>
    public ImmutableArray<string> Parts { get; }

    /// <summary>The parent's layer; empty without one, and where a transfer mode has yet to name it.</summary>
    public string LayerName { get; }

    /// <summary>Whether a trained parent is needed.</summary>
    public bool NeedsParent => Parts.Contains(Layer);

    /// <summary>Reads a text.</summary>
    /// <param name="text">The parts.</param>
    /// <param name="layer">The layer of the parent; empty: there is none.</param>
    /// <exception cref="ModelException">A part is unknown, stands twice, or leaves out the layer that is named.</exception>
    public static InputColumns Parse(string text, string layer)
    {
        var parts = text.Split('+', StringSplitOptions.TrimEntries);
        if (parts is [Auto]) return new InputColumns([layer.Length > 0 ? Layer : Fractions86], layer);
        foreach (var part in parts)
        {
            var name = part.Split(':')[0];
            if (name == Auto) throw new ModelException($"input '{text}': auto stands alone; it is the parent's layer where there is one, else ef86");
            if (!s_names.Contains(name)) throw new ModelException($"input '{part}' is unknown; {NearestName.Advice(name, s_names)}");
            if (name == Columns ? NamesOf(part).Length == 0 : part != name) throw new ModelException($"input '{part}': columns takes names behind a colon, such as columns:temperature,pressure; the others take nothing");
            if (parts.Count(other => other == part) > 1) throw new ModelException($"input '{text}' holds {part} twice");
        }
        if (!parts.Contains(Layer) && layer.Length > 0) throw new ModelException($"input '{text}' leaves out the parent's layer {layer}: write {Layer}+{text}, or auto");
        return new InputColumns([.. parts], layer);
    }

    /// <summary>The names behind <c>columns:</c>.</summary>
    internal static string[] NamesOf(string part) =>
        part.StartsWith(Columns + ":", StringComparison.Ordinal) ? part[(Columns.Length + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];

    /// <summary>Numbers per material, as far as the text alone decides them; null: the parent decides.</summary>
    public int? Width
    {
        get
        {
            var width = 0;
            foreach (var part in Parts)
            {
                if (part == Layer) return null;
                width += part switch
                {
                    Fractions86 => ElementFractions.Count,
                    Fractions112 => FractionBlock.AllElements,
                    Attributes => PhysicalAttributes.Count,
                    _ => NamesOf(part).Length,
                };
            }
            return width;
        }
    }

    /// <summary>As <see cref="Width"/>, of a parent whose layer is taken.</summary>
    /// <exception cref="ModelException">The parent is missing, has no such layer, or its rows are not one per material.</exception>
    public int WidthWith(PreparedData data)
    {
        if (Width is { } known) return known;
        var layer = ParentFeatures.WidthIn(data, LayerName);
        return layer + (new InputColumns(Parts.Remove(Layer), "").Width ?? 0);
    }

    /// <summary>Prepares the numbers of every row, once for the data set.</summary>
    /// <exception cref="ModelException">A column or a parent is missing.</exception>
    public InputRows Open(PreparedData data) => new([.. Parts.Select(part => Block(part, data))]);

    InputBlock Block(string part, PreparedData data) => part switch
    {
        Layer => new LayerBlock(data.Features(LayerName)),
        Fractions86 => data.Once(part, () => new FractionBlock(data, ElementFractions.ColumnOf, ElementFractions.Count)),
        Fractions112 => data.Once(part, () => new FractionBlock(data, element => element.AtomicNumber <= FractionBlock.AllElements ? element.AtomicNumber - 1 : -1, FractionBlock.AllElements)),
        Attributes => data.Once(part, () => AttributeBlock.Of(data)),
        _ => new ColumnBlock(data, NamesOf(part)),
    };
}
