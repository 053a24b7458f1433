using System.Globalization;
using AtomSets.Materials;

namespace AtomSets.Engine;

/// <summary>The groups of one target at one size side by side: from scratch, by transfer, published, and what validation chooses.</summary>
/// <param name="Scratch">Winner from scratch; null where there is none.</param>
/// <param name="Transfer">Winner by transfer; null where there is none.</param>
/// <param name="PublishedScratch">Published error from scratch, in the target's unit; null where the registry has none.</param>
/// <param name="Chosen">What validation chooses.</param>
public sealed record GroupComparison(
    IReadOnlyList<GroupOutcome> Outcomes, GroupOutcome? Scratch, GroupOutcome? Transfer, double? PublishedScratch, double? PublishedTransfer, GroupOutcome? Chosen)
{
    const string BestScratch = "best SC", BestTransfer = "best TL";

    /// <summary>By how many per cent transfer has the lower test error; null without both.</summary>
    public double? Gain => Scratch is not null && Transfer is not null ? 100 * (Scratch.Test - Transfer.Test) / Scratch.Test : null;

    /// <summary>Whether validation prefers scratch although there is transfer.</summary>
    public bool IsNegative { get; private init; }

    /// <summary>Whether what validation chooses is at or below the best published error; null where one of them is unknown.</summary>
    public bool? IsReached => PublishedScratch is { } a && PublishedTransfer is { } b && Chosen is not null ? Chosen.Test <= Math.Min(a, b) : null;

    /// <summary>One for each target and size, in plan order.</summary>
    /// <param name="registry">Holds published figures.</param>
    /// <param name="scratch">Name of the group from scratch.</param>
    /// <param name="transfer">Name of the group by transfer.</param>
    /// <param name="all">Name of a group of everything, whose winner is what validation chooses; null: the better of the two on validation is.</param>
    public static List<GroupComparison> Of(IReadOnlyList<GroupOutcome> outcomes, DataSetRegistry registry, string scratch, string transfer, string? all = null) =>
        [.. outcomes.GroupBy(outcome => (outcome.Target, outcome.Rows)).Select(target =>
        {
            GroupOutcome? Group(string name) => target.FirstOrDefault(outcome => outcome.IsChoice && outcome.Group == name);
            var (from, by) = (Group(scratch), Group(transfer));
            var chosen = from is null || (by is not null && by.Validation < from.Validation) ? by : from;
            return new GroupComparison([.. target], from, by, Published(registry, target.First(), BestScratch), Published(registry, target.First(), BestTransfer), all is null ? chosen : Group(all))
            {
                IsNegative = chosen == from && by is not null,
            };
        })];

    /// <summary>Counts and remarks over all targets, as sentences.</summary>
    public static List<string> Notes(IReadOnlyList<GroupComparison> targets, string scratch, string transfer)
    {
        var (both, published, negative) = (targets.Where(target => target.Gain is not null).ToList(), targets.Where(target => target.IsReached is not null).ToList(), targets.Where(target => target.IsNegative).ToList());
        var notes = new List<string>();
        if (both.Count > 0) notes.Add(Text($"{transfer} has the lower test error on {both.Count(target => target.Gain > 0)} of {both.Count} targets."));
        if (negative.Count > 0)
            notes.Add(Text($"Negative transfer: on {negative.Count} of them {scratch} is better on validation, and is what counts: {string.Join(", ", negative.Select(target => target.Outcomes[0].Target))}."));
        if (published.Count > 0) notes.Add(Text($"What validation chooses is at or below the best published error on {published.Count(target => target.IsReached == true)} of {published.Count} targets."));
        return notes;
    }

    static double? Published(DataSetRegistry registry, GroupOutcome outcome, string method) => registry.TryFind(outcome.DataSet)?.Published
        .FirstOrDefault(figure => figure.Column == outcome.Property && figure.Metric == "MAE" && figure.Method.StartsWith(method, StringComparison.Ordinal))?.Value;

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
