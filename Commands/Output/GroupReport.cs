using System.Globalization;
using AtomSets.Engine;
using AtomSets.Materials;

namespace AtomSets.Commands;

/// <summary>
/// The table of a paper that compares training from scratch with transfer: for each target the baselines, the published errors where the registry has them,
/// what the two groups reach, which of them validation chooses, and counts over all targets.
/// </summary>
/// <param name="registry">Holds published figures.</param>
/// <param name="scratch">Name of the group from scratch.</param>
/// <param name="transfer">Name of the group by transfer.</param>
/// <param name="all">Name of a group of everything, whose winner is what validation chooses; null: the better of the two on validation is.</param>
sealed class GroupReport(DataSetRegistry registry, string scratch, string transfer, string? all = null)
{
    const string PublishedScratch = "best SC", PublishedTransfer = "best TL";

    readonly List<string> _notes = [];

    /// <summary>Counts and remarks, as sentences.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <param name="outcomes">Of one study.</param>
    /// <param name="isForPeople">Errors with their spread in one cell; else numbers alone.</param>
    public RowTable Table(IReadOnlyList<GroupOutcome> outcomes, bool isForPeople)
    {
        var baselines = outcomes.Where(outcome => !outcome.IsChoice).Select(outcome => outcome.Group).Distinct().ToArray();
        var others = outcomes.Where(outcome => outcome.IsChoice && outcome.Group != scratch && outcome.Group != transfer).Select(outcome => outcome.Group).Distinct().ToArray();
        string[] ours = [scratch, transfer, .. others];
        var table = new RowTable(
        [
            "target", "rows", "unit", .. baselines, "published SC", "published TL",
            .. ours.SelectMany(group => isForPeople ? (string[])[group] : [group, $"{group} se", $"{group} validation", $"{group} winner"]),
            "gain %", "winner", "chosen", "best or better",
        ]);
        var (both, wins, reached, published, negative) = (0, 0, 0, 0, new List<string>());
        foreach (var target in outcomes.GroupBy(outcome => (outcome.Target, outcome.Rows)))
        {
            var first = target.First();
            GroupOutcome? Of(string group) => target.FirstOrDefault(outcome => outcome.IsChoice && outcome.Group == group);
            var (from, by) = (Of(scratch), Of(transfer));
            var (publishedScratch, publishedTransfer) = (Published(first, PublishedScratch), Published(first, PublishedTransfer));
            double? gain = from is not null && by is not null ? 100 * (from.Test - by.Test) / from.Test : null;
            var chosen = from is null || (by is not null && by.Validation < from.Validation) ? by : from;
            if (chosen == from && by is not null) negative.Add(first.Target);
            if (all is not null) chosen = Of(all);
            var best = publishedScratch is { } a && publishedTransfer is { } b ? Math.Min(a, b) : (double?)null;
            bool? isReached = best is { } wanted && chosen is not null ? chosen.Test <= wanted : null;
            if (gain is { } percent)
            {
                both++;
                if (percent > 0) wins++;
            }
            if (isReached is { } yes)
            {
                published++;
                if (yes) reached++;
            }
            table.Add(
            [
                first.Target, long.Parse(first.Rows, CultureInfo.InvariantCulture), first.Unit,
                .. baselines.Select(name => Cell(target.FirstOrDefault(outcome => !outcome.IsChoice && outcome.Group == name), isForPeople)),
                publishedScratch, publishedTransfer,
                .. ours.SelectMany(group => Cells(Of(group), isForPeople)),
                isForPeople && gain is { } g ? g.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) : gain,
                gain is null ? null : gain > 0 ? transfer : scratch, chosen is null ? null : isForPeople ? $"{chosen.Group}: {chosen.Winner}" : chosen.Group,
                isReached is null ? null : isReached.Value ? "yes" : "no",
            ]);
        }
        if (both > 0) _notes.Add(Text($"{transfer} has the lower test error on {wins} of {both} targets."));
        if (negative.Count > 0)
            _notes.Add(Text($"Negative transfer: on {negative.Count} of them {scratch} is better on validation, and is what counts: {string.Join(", ", negative)}."));
        if (published > 0) _notes.Add(Text($"What validation chooses is at or below the best published error on {reached} of {published} targets."));
        return table;
    }

    static IEnumerable<object?> Cells(GroupOutcome? outcome, bool isForPeople)
    {
        if (isForPeople) return [Cell(outcome, isForPeople)];
        return outcome is null ? [null, null, null, null] : [outcome.Test, outcome.TestError, outcome.Validation, outcome.Winner];
    }

    static object? Cell(GroupOutcome? outcome, bool isForPeople) =>
        outcome is null ? null : isForPeople ? Numbers.WithError(outcome.Test, outcome.TestError) : outcome.Test;

    double? Published(GroupOutcome outcome, string method) => registry.TryFind(outcome.DataSet)?.Published
        .FirstOrDefault(figure => figure.Column == outcome.Property && figure.Metric == "MAE" && figure.Method.StartsWith(method, StringComparison.Ordinal))?.Value;

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
