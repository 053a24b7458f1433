using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>What the mean of several models' predictions does on a target's test rows, for one mode and size.</summary>
/// <param name="Members">Sources (or models) whose predictions are averaged; of an ensemble of the study file how many models it has.</param>
/// <param name="Single">Mean error of the single models.</param>
/// <param name="OverSources">For each seed and fold, the error of the mean over the members; of an ensemble of the study file its error in each fold.</param>
/// <param name="OverAll">Error of the mean over members and seeds, over all test rows (of all folds).</param>
public sealed record EnsembleOutcome(string Target, string Mode, string Rows, string Unit, IReadOnlyList<string> Members, double Single, IReadOnlyList<double> OverSources, double OverAll)
{
    /// <summary>Validation error of the mean, by which it can be chosen; null where the study has no such ensemble, and the mean is taken of finished tests.</summary>
    public double? Validation { get; init; }

    /// <summary>Measured share of test rows within the 90 % interval; null where none is known.</summary>
    public double? Coverage { get; init; }

    public double Mean => OverSources.Average();

    public double? StandardError => Replicates.StandardError(OverSources);

    /// <summary>The ensembles of the study, and the mean of every mode that was tested with two sources, models or seeds at least; in plan order.</summary>
    public static async Task<List<EnsembleOutcome>> OfAsync(StudyDetails details, ITrialLedger ledger, CancellationToken cancellation)
    {
        var keys = details.Nodes.Where(row => row is { Kind: "evaluate", Status: NodeStatus.Finished, Key: not null }).ToDictionary(row => row.Node, row => row.Key!.Value, StringComparer.Ordinal);
        var outcomes = new List<EnsembleOutcome>();
        foreach (var mode in details.Study.Nodes.OfType<EvaluateNode>().Where(node => Label(node, "role") == "transfer" && keys.ContainsKey(node.Id))
            .GroupBy(node => (Target: Label(node, "target"), Mode: Label(node, "mode"), Rows: Label(node, "rows"))))
        {
            if (mode.All(node => Label(node, "model") == "ensemble"))
            {
                if (await OfStudyAsync(details, [.. mode], keys, ledger, cancellation) is { } own) outcomes.Add(own);
                continue;
            }
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

    /// <summary>An ensemble that the study file names: chosen, calibrated and tested as one predictor.</summary>
    static async Task<EnsembleOutcome?> OfStudyAsync(
        StudyDetails details, EvaluateNode[] folds, Dictionary<string, TrialKey> keys, ITrialLedger ledger, CancellationToken cancellation)
    {
        var (tests, predictions) = (new List<EvaluationResult>(), new List<Member>());
        foreach (var node in folds)
        {
            if ((await ledger.FindAsync([keys[node.Id]], cancellation)).GetValueOrDefault(keys[node.Id])?.Result is not EvaluationResult { Scores.IsEmpty: false } tested) return null;
            tests.Add(tested);
            predictions.Add(new Member("", node.Id, [.. await ledger.PredictionsAsync(keys[node.Id], cancellation)]));
        }
        var trained = details.Nodes.Where(row => row is { Kind: "train", Key: not null } && row.Labels.GetValueOrDefault("model") == "ensemble" && row.Labels.GetValueOrDefault("mode") == Label(folds[0], "mode")
            && row.Labels.GetValueOrDefault("target") == Label(folds[0], "target") && row.Labels.GetValueOrDefault("rows") == Label(folds[0], "rows")).Select(row => row.Key!.Value).ToArray();
        var validations = (await ledger.FindAsync(trained, cancellation)).Values.Select(record => record.Result).OfType<TrainResult>().Select(result => result.Score.Value).ToArray();
        var members = details.Study.Nodes.OfType<TrainNode>().First(node => node.Stands is not null && Label(node, "mode") == Label(folds[0], "mode") && Label(node, "target") == Label(folds[0], "target")).Spec.Parents.Length;
        double? Score(string prefix) => tests.All(test => test.Scores.Any(score => score.Metric.StartsWith(prefix, StringComparison.Ordinal)))
            ? tests.Average(test => test.Scores.First(score => score.Metric.StartsWith(prefix, StringComparison.Ordinal)).Value)
            : null;
        var isNumber = tests[0].Scores[0].Metric is Criterion.MeanAbsoluteError;
        return new EnsembleOutcome(
            Label(folds[0], "target"), Label(folds[0], "mode"), Label(folds[0], "rows"), Label(folds[0], "unit"), [.. Enumerable.Range(1, members).Select(number => $"{number}")],
            Score("member_") ?? double.NaN, [.. tests.Select(test => test.Scores[0].Value)], isNumber ? ErrorOf(predictions) : tests.Average(test => test.Scores[0].Value))
        {
            Validation = validations.Length > 0 ? validations.Average() : null,
            Coverage = Score(Criterion.Coverage90),
        };
    }

    // A material of several members: the mean of their predictions.
    static double ErrorOf(IEnumerable<Member> members)
    {
        var means = new MemberPredictions();
        foreach (var prediction in members.SelectMany(member => member.Predictions)) means.Add(prediction.MaterialId, prediction.Truth, prediction.Value);
        return means.Rows.Average(row => Math.Abs(row.Mean - row.Truth));
    }

    static string Label(PlanNode node, string name) => node.Labels.GetValueOrDefault(name, "");

    sealed record Member(string Name, string Replicate, TrialPrediction[] Predictions);
}
