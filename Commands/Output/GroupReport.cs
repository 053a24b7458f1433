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
        var targets = GroupComparison.Of(outcomes, registry, scratch, transfer, all);
        foreach (var target in targets)
        {
            var (first, gain, chosen) = (target.Outcomes[0], target.Gain, target.Chosen);
            table.Add(
            [
                first.Target, long.Parse(first.Rows, CultureInfo.InvariantCulture), first.Unit,
                .. baselines.Select(name => Cell(target.Outcomes.FirstOrDefault(outcome => !outcome.IsChoice && outcome.Group == name), isForPeople)),
                target.PublishedScratch, target.PublishedTransfer,
                .. ours.SelectMany(group => Cells(target.Outcomes.FirstOrDefault(outcome => outcome.IsChoice && outcome.Group == group), isForPeople)),
                isForPeople && gain is { } g ? g.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) : gain,
                gain is null ? null : gain > 0 ? transfer : scratch, chosen is null ? null : isForPeople ? $"{chosen.Group}: {chosen.Winner}" : chosen.Group,
                target.IsReached is null ? null : target.IsReached.Value ? "yes" : "no",
            ]);
        }
        _notes.AddRange(GroupComparison.Notes(targets, scratch, transfer));
        return table;
    }

    static IEnumerable<object?> Cells(GroupOutcome? outcome, bool isForPeople)
    {
        if (isForPeople) return [Cell(outcome, isForPeople)];
        return outcome is null ? [null, null, null, null] : [outcome.Test, outcome.TestError, outcome.Validation, outcome.Winner];
    }

    static object? Cell(GroupOutcome? outcome, bool isForPeople) =>
        outcome is null ? null : isForPeople ? Numbers.WithError(outcome.Test, outcome.TestError) : outcome.Test;
}
