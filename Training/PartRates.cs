using System.Collections.Immutable;
using System.Globalization;
using AtomSets.Materials;
using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>Shares of the learning rate for parts of a network, as users write them: <c>fc0_0=0.1,fc0_1=0.5</c>. Equal texts are equal rates.</summary>
public readonly record struct PartRates
{
    readonly string? _text;

    PartRates(string text) => _text = text;

    /// <summary>Every part has the whole rate.</summary>
    public static PartRates None { get; } = new("");

    /// <summary>Part and share, in the order given.</summary>
    public ImmutableArray<(string Part, double Share)> All => [.. Split(ToString()).Select(Read)];

    public override string ToString() => _text ?? "";

    /// <exception cref="TrainingInputException">A share is no number from 0 to 100, or a part stands twice.</exception>
    public static PartRates Parse(string text)
    {
        var parts = Split(text).Select(Read).ToArray();
        foreach (var twice in parts.GroupBy(entry => entry.Part, StringComparer.Ordinal).Where(group => group.Count() > 1))
            throw new TrainingInputException($"training.part_rates = '{text}' names {twice.Key} twice");
        return new PartRates(string.Join(',', parts.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Part}={entry.Share:R}"))));
    }

    /// <summary>Refuses parts that a network does not have.</summary>
    /// <exception cref="TrainingInputException">There is no such part.</exception>
    public void Check(IModel model)
    {
        foreach (var (part, _) in All)
        {
            if (!model.Parts.Contains(part) && part != model.Head)
                throw new TrainingInputException($"training.part_rates: a {model.Spec.Kind} has no part '{part}'; {NearestName.Advice(part, [.. model.Parts, model.Head])}");
        }
    }

    static string[] Split(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    static (string Part, double Share) Read(string entry)
    {
        var at = entry.IndexOf('=', StringComparison.Ordinal);
        if (at < 1 || !double.TryParse(entry.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var share) || !(share is >= 0 and <= 100))
            throw new TrainingInputException($"training.part_rates: '{entry}' is no part and share of the learning rate; write for example fc0_0=0.1,fc0_1=0.5");
        return (entry[..at].Trim(), share);
    }
}
