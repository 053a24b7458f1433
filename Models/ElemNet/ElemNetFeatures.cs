using System.Globalization;
using System.Text.RegularExpressions;
using AtomSets.Tensors;

namespace AtomSets.Models.ElemNet;

/// <summary>Takes hidden layers of a trained ElemNet as features: one row per formula, behind the ReLU (<see cref="ElemNetModel.Layers"/>).</summary>
public static partial class ElemNetFeatures
{
    /// <summary>The last hidden layer, whatever its number.</summary>
    public const string Last = "last";

    /// <summary>Whether a layer has a name as ElemNet's have; it may still be missing in a given network.</summary>
    public static bool IsName(string level) => level == Last || NumberOf(level) is not null || Pattern().IsMatch(level);

    /// <summary>Numbers per row of a layer.</summary>
    /// <exception cref="ModelException">The network has no such layer.</exception>
    public static int WidthIn(ModelSpec spec, string level)
    {
        var model = new ElemNetModel(spec);
        return model.Settings.Input.NeedsParent
            ? throw new ModelException($"features '{level}': the parent itself reads a layer of its parent; take the layers of that one")
            : model.WidthOf(level);
    }

    /// <summary>Runs the network over every row of <paramref name="source"/> and keeps one layer.</summary>
    /// <param name="model">The network.</param>
    /// <param name="weights">Value of every parameter, by name.</param>
    /// <param name="source">Its inputs. Refused rows get no features (zero rows of the table).</param>
    /// <param name="level">Name of the layer.</param>
    /// <param name="kernels">Where to compute.</param>
    /// <exception cref="ModelException">The network has no such layer.</exception>
    public static FeatureTable Extract(ElemNetModel model, IReadOnlyDictionary<string, float[]> weights, ElemNetSource source, string level, IKernels kernels) =>
        new LayerExtraction(model.Parameters, weights, kernels).Run(
            source, level, model.WidthOf(level), (tape, batch) => model.Hidden(tape, batch, level), (_, _) => 1);

    /// <summary>4 of <c>layer4</c>; null for other names.</summary>
    internal static int? NumberOf(string level) =>
        level.StartsWith("layer", StringComparison.Ordinal) && int.TryParse(level.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 ? number : null;

    [GeneratedRegex("^fc[0-9]+_[0-9]+$")]
    private static partial Regex Pattern();
}
