using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using AtomSets.Materials;

namespace AtomSets.Models.ElemNet;

/// <summary>
/// A fully connected network as the authors of ElemNet and IRNet write it, for example <c>1024x4D-512x3D-256x3D-128x3D-64x2-32x1-1</c>: blocks joined by
/// <c>-</c>, each <c>WIDTH[flags]xCOUNT[flags]</c>, and the outputs.
/// <list type="bullet">
/// <item>Behind the width: <c>B</c> dense, ReLU, batch norm; <c>BA</c> dense, batch norm, ReLU; <c>R</c> a residual around each layer (a dense
/// projection where the width changes).</item>
/// <item>Behind the count: <c>R</c> a residual around the block, <c>D</c> dropout behind the block.</item>
/// <item>Behind the outputs: <c>R</c> ReLU, <c>T</c> tanh; else linear.</item>
/// </list>
/// Names stand for architectures: <c>elemnet-17</c>, <c>irnet-17</c>.
/// </summary>
public sealed partial record Architecture
{
    /// <summary>Names and what they stand for.</summary>
    public static IReadOnlyDictionary<string, string> Presets { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["elemnet-17"] = "1024x4D-512x3D-256x3D-128x3D-64x2-32x1-1",
        ["irnet-17"] = "1024BARx4-512BARx3-256BARx3-128BARx3-64BARx2-32BARx1-1",
    };

    Architecture(ImmutableArray<DenseBlock> blocks, OutputHead head) => (Blocks, Head) = (blocks, head);

    /// <summary>From input to output.</summary>
    public ImmutableArray<DenseBlock> Blocks { get; }

    public OutputHead Head { get; }

    /// <summary>Hidden layers.</summary>
    public int Layers => Blocks.Sum(block => block.Count);

    /// <summary>Width of every hidden layer.</summary>
    public IEnumerable<int> Widths => Blocks.SelectMany(block => Enumerable.Repeat(block.Width, block.Count));

    /// <summary>Reads a name or an architecture.</summary>
    /// <exception cref="ModelException">It is neither.</exception>
    public static Architecture Parse(string text)
    {
        var written = Presets.GetValueOrDefault(text, text);
        if (!written.Contains('x', StringComparison.Ordinal))
            throw new ModelException($"architecture '{text}' is unknown; {NearestName.Advice(text, Presets.Keys)}, or write one such as 64x2D-32x1-1");
        var tokens = written.Split('-', StringSplitOptions.TrimEntries);
        var blocks = ImmutableArray.CreateBuilder<DenseBlock>();
        foreach (var token in tokens[..^1])
        {
            var match = BlockPattern().Match(token);
            if (!match.Success)
                throw new ModelException($"architecture '{text}': '{token}' is no block; write WIDTH[B|BA][R]xCOUNT[R][D], such as 1024x4D or 512BARx3");
            blocks.Add(new DenseBlock(Number(match, "width", 8192), Number(match, "count", 256))
            {
                Norm = match.Groups["norm"].Value switch { "B" => NormPlace.AfterActivation, "BA" => NormPlace.BeforeActivation, _ => NormPlace.None },
                LayerResidual = match.Groups["residual"].Success,
                BlockResidual = match.Groups["around"].Success,
                Drops = match.Groups["drops"].Success,
            });
        }
        var head = HeadPattern().Match(tokens[^1]);
        if (blocks.Count == 0 || !head.Success) throw new ModelException($"architecture '{text}' must end with its outputs: -1 (linear), -1R (ReLU) or -1T (tanh)");
        if (head.Groups["outputs"].Value != "1") throw new ModelException($"architecture '{text}' has {head.Groups["outputs"].Value} outputs, but a target is one column: end it with -1, -1R or -1T");
        return new Architecture(blocks.ToImmutable(), head.Groups["form"].Value switch { "R" => OutputHead.Relu, "T" => OutputHead.Tanh, _ => OutputHead.Linear });

        int Number(Match match, string group, int most) =>
            int.TryParse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= most
                ? value
                : throw new ModelException($"architecture '{text}': {group} {match.Groups[group].Value} of '{match.Value}' must be 1 to {most}");
    }

    [GeneratedRegex("^(?<width>[0-9]+)(?<norm>BA|B)?(?<residual>R)?x(?<count>[0-9]+)(?<around>R)?(?<drops>D)?$")]
    private static partial Regex BlockPattern();

    [GeneratedRegex("^(?<outputs>[0-9]+)(?<form>[RT])?$")]
    private static partial Regex HeadPattern();
}

/// <summary>Equal layers in a row.</summary>
/// <param name="Width">Of each.</param>
/// <param name="Count">How many.</param>
public sealed record DenseBlock(int Width, int Count)
{
    public NormPlace Norm { get; init; }

    /// <summary>Each layer's input is added to its output.</summary>
    public bool LayerResidual { get; init; }

    /// <summary>The block's input is added to its output.</summary>
    public bool BlockResidual { get; init; }

    /// <summary>Values are dropped behind the block, if the model's dropout is on.</summary>
    public bool Drops { get; init; }
}

/// <summary>Where a layer has its batch norm.</summary>
public enum NormPlace
{
    None,

    /// <summary>Dense, ReLU, batch norm.</summary>
    AfterActivation,

    /// <summary>Dense, batch norm, ReLU.</summary>
    BeforeActivation,
}

/// <summary>What the output layer does to its product.</summary>
public enum OutputHead
{
    Linear,

    /// <summary>For targets that are never negative.</summary>
    Relu,

    /// <summary>For targets scaled into (−1, 1).</summary>
    Tanh,
}
