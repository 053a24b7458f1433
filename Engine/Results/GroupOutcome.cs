using System.Collections.Immutable;
using System.Text.Json;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>What became of one group of a target at one size: its winner by validation, and what that one does on the test rows.</summary>
/// <param name="Target">Name of the target.</param>
/// <param name="Group">Name of the group; of a configuration that stands alone, its mode.</param>
/// <param name="DataSet">Whose rows.</param>
/// <param name="Property">Column that is learnt.</param>
/// <param name="Rows">Training rows.</param>
/// <param name="Unit">Of both errors.</param>
/// <param name="Winner">The chosen configuration: mode and what was drawn with it.</param>
/// <param name="Mode">Its entry's name.</param>
/// <param name="Validation">Mean over its replicates, or over the folds.</param>
/// <param name="Tests">A test error for each of its replicates; with folds, the mean of each fold: one in which several seeds were tested counts no more than one in which an ensemble was.</param>
public sealed record GroupOutcome(
    string Target, string Group, string DataSet, string Property, string Rows, string Unit, string Winner, string Mode, double Validation, ImmutableArray<double> Tests)
{
    /// <summary>Whether configurations competed.</summary>
    public bool IsChoice { get; init; }

    public double Test => Tests.Average();

    /// <summary>Standard error of the mean over replicates or folds; null for one.</summary>
    public double? TestError => Replicates.StandardError(Tests);

    /// <summary>Every group that was tested completely, and every configuration that is tested by itself, in plan order.</summary>
    public static async Task<List<GroupOutcome>> OfAsync(StudyDetails details, ITrialLedger ledger, CancellationToken cancellation)
    {
        var outcomes = new List<GroupOutcome>();
        var rows = details.Nodes.ToDictionary(node => node.Node, StringComparer.Ordinal);
        var trainings = details.Nodes.Where(node => node.Key is not null).ToLookup(node => node.Key!.Value);
        var evaluations = details.Study.Nodes.OfType<EvaluateNode>().Where(node => node.Labels.GetValueOrDefault("role") == "transfer")
            .GroupBy(node => (Target: Label(node, "target"), Mode: Label(node, "mode"), Rows: Label(node, "rows"), Where: node.Labels.GetValueOrDefault("group") is null ? Configuration(node) : ""));
        foreach (var group in evaluations)
        {
            var (errors, winners) = (new List<(string Part, double Test, double Validation)>(), new List<NodeRow>());
            var (looks, shared) = (new HashSet<TrialKey>(), 0);
            foreach (var node in group)
            {
                if (rows.GetValueOrDefault(node.Id)?.Key is not { } key) continue;
                // An ensemble of all seeds is one predictor, and one look.
                if (!looks.Add(key))
                {
                    shared++;
                    continue;
                }
                if (await ledger.SpecAsync(key, cancellation) is not { } spec) continue;
                using var content = JsonDocument.Parse(spec.Json);
                var trained = new TrialKey(content.RootElement.GetProperty("trial").GetString()!);
                var records = await ledger.FindAsync([key, trained], cancellation);
                if (records.GetValueOrDefault(key)?.Result is not EvaluationResult tested || records.GetValueOrDefault(trained)?.Result is not TrainResult result) continue;
                if (tested.Scores.IsEmpty) continue;
                errors.Add((Label(node, "fold") is { Length: > 0 } fold ? fold : node.Id, tested.Scores[0].Value, result.Score.Value));
                if (trainings[trained].FirstOrDefault(row => Label(row, "target") == group.Key.Target) is { } winner) winners.Add(winner);
            }
            if (errors.Count + shared < group.Count() || winners.Count == 0) continue;
            var (labels, parts) = (group.First().Labels, errors.GroupBy(error => error.Part, StringComparer.Ordinal).ToArray());
            outcomes.Add(new GroupOutcome(
                group.Key.Target, group.Key.Mode, labels.GetValueOrDefault("data", ""), labels.GetValueOrDefault("property", ""), group.Key.Rows, labels.GetValueOrDefault("unit", ""),
                string.Join("; ", winners.Select(Describe).Distinct(StringComparer.Ordinal)), Label(winners[0], "mode"),
                parts.Average(part => part.Average(error => error.Validation)), [.. parts.Select(part => part.Average(error => error.Test))])
            {
                IsChoice = labels.ContainsKey("group"),
            });
        }
        return outcomes;
    }

    // Mode, and what else tells configurations of one mode apart.
    static string Describe(NodeRow row)
    {
        string[] usual = ["role", "target", "data", "property", "unit", "rows", "mode", "model", "seed", "fold", "source_rows"];
        var drawn = row.Labels.Where(label => !usual.Contains(label.Key)).Select(label => label.Key is "source" or "layer" or "weights" ? label.Value : $"{label.Key} {label.Value}");
        var text = string.Join(", ", drawn);
        return text.Length == 0 ? Label(row, "mode") : $"{Label(row, "mode")} ({text})";
    }

    static string Configuration(EvaluateNode node) => $"{node.Labels.GetValueOrDefault("model")}/{node.Labels.GetValueOrDefault("source")}";

    static string Label(PlanNode node, string name) => node.Labels.GetValueOrDefault(name, "");

    static string Label(NodeRow row, string name) => row.Labels.GetValueOrDefault(name, "");
}
