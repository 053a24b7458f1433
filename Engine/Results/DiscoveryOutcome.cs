using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>How well one evaluation's ranking finds the held-out highest values.</summary>
/// <param name="Found">Of the highest values the share among as many candidates that are predicted highest: recall and precision at once.</param>
/// <param name="First">The same of the ten candidates that are predicted highest: the share that belongs to the highest values.</param>
/// <param name="Above">Share of the highest values that are predicted at or above the least of them, which is beyond everything trained on.</param>
/// <param name="Error">Mean absolute error on the highest values.</param>
/// <param name="Residual">Mean of prediction − truth on them: below 0 where a model does not dare to go beyond what it has seen.</param>
public readonly record struct DiscoveryFigures(double Found, double First, double Above, double Error, double Residual)
{
    const int FirstOnes = 10;

    /// <param name="predictions">Of the test rows.</param>
    /// <param name="top">So many of them have the highest values.</param>
    public static DiscoveryFigures Of(IReadOnlyList<TrialPrediction> predictions, int top)
    {
        var best = predictions.OrderByDescending(one => one.Truth).ThenBy(one => one.MaterialId, StringComparer.Ordinal).Take(top).ToArray();
        var ids = best.Select(one => one.MaterialId).ToHashSet(StringComparer.Ordinal);
        var ranked = predictions.OrderByDescending(one => one.Value).ThenBy(one => one.MaterialId, StringComparer.Ordinal).Select(one => ids.Contains(one.MaterialId)).ToArray();
        var least = best[^1].Truth;
        var first = Math.Min(FirstOnes, ranked.Length);
        return new DiscoveryFigures(
            ranked.Take(top).Count(hit => hit) / (double)top, ranked.Take(first).Count(hit => hit) / (double)first, best.Count(one => one.Value >= least) / (double)top,
            best.Average(one => Math.Abs(one.Value - one.Truth)), best.Average(one => one.Value - one.Truth));
    }
}

/// <summary>How well one way of a target finds its held-out highest values, over all seeds.</summary>
/// <param name="Way">Mode or group, with model and source.</param>
/// <param name="Top">Highest values, none of which was trained on.</param>
/// <param name="Candidates">Test rows, these among them.</param>
/// <param name="Parts">Of each evaluation.</param>
public sealed record DiscoveryOutcome(string Target, string Way, string Rows, string Unit, int Top, int Candidates, IReadOnlyList<DiscoveryFigures> Parts)
{
    /// <summary>Mean of a figure.</summary>
    public double Mean(Func<DiscoveryFigures, double> figure) => Parts.Average(figure);

    /// <summary>Its standard error; null for one evaluation.</summary>
    public double? StandardError(Func<DiscoveryFigures, double> figure) => Replicates.StandardError([.. Parts.Select(figure)]);

    /// <summary>Every way of every target with a held-out top, in plan order.</summary>
    public static async Task<List<DiscoveryOutcome>> OfAsync(StudyDetails details, ITrialLedger ledger, CancellationToken cancellation)
    {
        var keys = details.Nodes.Where(row => row is { Kind: "evaluate", Status: NodeStatus.Finished, Key: not null }).ToDictionary(row => row.Node, row => row.Key!.Value, StringComparer.Ordinal);
        var outcomes = new List<DiscoveryOutcome>();
        foreach (var way in details.Study.Nodes.OfType<EvaluateNode>().Where(node => keys.ContainsKey(node.Id) && node.Labels.ContainsKey("top"))
            .GroupBy(node => (Target: Label(node, "target"), Mode: Label(node, "mode"), Origin: $"{Label(node, "model")} {Label(node, "source")}".Trim(), Rows: Label(node, "rows"))))
        {
            var top = int.Parse(Label(way.First(), "top"), System.Globalization.CultureInfo.InvariantCulture);
            var parts = new List<DiscoveryFigures>();
            var candidates = 0;
            foreach (var node in way.DistinctBy(node => keys[node.Id]))
            {
                var predictions = (await ledger.PredictionsAsync(keys[node.Id], cancellation)).Where(prediction => prediction.Set == RowSet.Test).ToArray();
                if (predictions.Length < top) continue;
                candidates = predictions.Length;
                parts.Add(DiscoveryFigures.Of(predictions, top));
            }
            if (parts.Count == 0) continue;
            var name = way.Key.Origin.Length == 0 || way.Key.Origin == way.Key.Mode ? way.Key.Mode : $"{way.Key.Mode} ({way.Key.Origin})";
            outcomes.Add(new DiscoveryOutcome(way.Key.Target, name, way.Key.Rows, Label(way.First(), "unit"), top, candidates, parts));
        }
        return outcomes;
    }

    static string Label(PlanNode node, string name) => node.Labels.GetValueOrDefault(name, "");
}
