using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary>What the mean of several models' predictions does on a target's test rows, for one mode and size.</summary>
/// <param name="Members">Sources (or models) whose predictions are averaged.</param>
/// <param name="Single">Mean error of the single models.</param>
/// <param name="OverSources">For each seed and fold, the error of the mean over the members.</param>
/// <param name="OverAll">Error of the mean over members and seeds, over all test rows (of all folds).</param>
sealed record EnsembleOutcome(string Target, string Mode, string Rows, string Unit, IReadOnlyList<string> Members, double Single, IReadOnlyList<double> OverSources, double OverAll)
{
    public double Mean => OverSources.Average();

    public double? StandardError => OverSources.Count < 2 ? null : Math.Sqrt(OverSources.Sum(error => (error - Mean) * (error - Mean)) / (OverSources.Count - 1) / OverSources.Count);

    /// <summary>Every mode that was tested with two sources, models or seeds at least, in plan order.</summary>
    public static async Task<List<EnsembleOutcome>> OfAsync(StudyDetails details, ITrialLedger ledger, CancellationToken cancellation)
    {
        var keys = details.Nodes.Where(row => row is { Kind: "evaluate", Status: NodeStatus.Finished, Key: not null }).ToDictionary(row => row.Node, row => row.Key!.Value, StringComparer.Ordinal);
        var outcomes = new List<EnsembleOutcome>();
        foreach (var mode in details.Study.Nodes.OfType<EvaluateNode>().Where(node => Label(node, "role") == "transfer" && keys.ContainsKey(node.Id))
            .GroupBy(node => (Target: Label(node, "target"), Mode: Label(node, "mode"), Rows: Label(node, "rows"))))
        {
            var members = new List<Member>();
            foreach (var node in mode.DistinctBy(node => keys[node.Id]))
            {
                var predictions = (await ledger.PredictionsAsync(keys[node.Id], cancellation)).Where(prediction => prediction.Set == RowSet.Test).ToArray();
                if (predictions.Length > 0) members.Add(new Member($"{Label(node, "source")} {Label(node, "model")}".Trim(), $"{Label(node, "fold")}/{Label(node, "seed")}", predictions));
            }
            if (members.Count < 2) continue;
            outcomes.Add(new EnsembleOutcome(
                mode.Key.Target, mode.Key.Mode, mode.Key.Rows, Label(mode.First(), "unit"), [.. members.Select(member => member.Name).Distinct(StringComparer.Ordinal)],
                members.Average(member => ErrorOf([member])), [.. members.GroupBy(member => member.Replicate).Select(ErrorOf)], ErrorOf(members)));
        }
        return outcomes;
    }

    // A material of several members: the mean of their predictions.
    static double ErrorOf(IEnumerable<Member> members) => members.SelectMany(member => member.Predictions).GroupBy(prediction => prediction.MaterialId, StringComparer.Ordinal)
        .Average(material => Math.Abs(material.Average(prediction => prediction.Value) - material.First().Truth));

    static string Label(PlanNode node, string name) => node.Labels.GetValueOrDefault(name, "");

    sealed record Member(string Name, string Replicate, TrialPrediction[] Predictions);
}
