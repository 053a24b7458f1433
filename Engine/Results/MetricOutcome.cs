using AtomSets.Materials;
using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>One figure of merit of one way of a target at one size, over all folds and seeds that were tested.</summary>
/// <param name="Way">Mode or group, with model and source where a mode has several.</param>
/// <param name="Metric">A name of <see cref="Criterion"/>.</param>
/// <param name="Unit">Empty for a bare number.</param>
/// <param name="Parts">A value for each fold (mean over its seeds); for each seed where there are no folds.</param>
/// <param name="Looks">Evaluations: looks at test rows.</param>
/// <param name="Published">The best that the registry knows for this column and figure.</param>
public sealed record MetricOutcome(string Target, string Way, string Rows, string Metric, string Unit, IReadOnlyList<double> Parts, int Looks, PublishedFigure? Published)
{
    public double Mean => Parts.Average();

    /// <summary>Standard deviation over the parts (divisor n − 1); null for one.</summary>
    public double? Spread => Replicates.Deviation(Parts);

    /// <summary>Every figure of every way that was tested, in plan order.</summary>
    /// <param name="details">The study.</param>
    /// <param name="ledger">Holds its results.</param>
    /// <param name="registry">Holds published figures.</param>
    public static async Task<List<MetricOutcome>> OfAsync(StudyDetails details, ITrialLedger ledger, DataSetRegistry registry, CancellationToken cancellation)
    {
        var keys = details.Nodes.Where(row => row is { Kind: "evaluate", Key: not null }).ToDictionary(row => row.Node, row => row.Key!.Value, StringComparer.Ordinal);
        var results = await ledger.FindAsync([.. keys.Values.Distinct()], cancellation);
        var nodes = details.Study.Nodes.OfType<EvaluateNode>().Where(node => keys.ContainsKey(node.Id)).ToArray();
        var outcomes = new List<MetricOutcome>();
        foreach (var mode in nodes.GroupBy(node => (Target: Label(node, "target") is { Length: > 0 } target ? target : Label(node, "source"), Mode: Label(node, "mode"))))
        {
            var several = mode.Select(Origin).Distinct().Count() > 1;
            foreach (var way in mode.GroupBy(node => (Origin: Origin(node), Rows: Label(node, "rows"))))
            {
                var tested = way.Select(node => (Node: node, (results.GetValueOrDefault(keys[node.Id])?.Result as EvaluationResult)?.Scores)).Where(one => one.Scores is not null).ToArray();
                var first = way.First();
                foreach (var metric in tested.SelectMany(one => one.Scores!.Value).GroupBy(score => score.Metric))
                {
                    var parts = tested.SelectMany(one => one.Scores!.Value.Where(score => score.Metric == metric.Key).Select(score => (Part: Part(one.Node), score.Value)))
                        .GroupBy(one => one.Part).Select(part => part.Average(one => one.Value)).ToArray();
                    outcomes.Add(new MetricOutcome(
                        mode.Key.Target, several && way.Key.Origin.Length > 0 ? $"{mode.Key.Mode} {way.Key.Origin}" : mode.Key.Mode, way.Key.Rows, metric.Key, metric.First().Unit,
                        parts, tested.Select(one => keys[one.Node.Id]).Distinct().Count(), Best(registry, Label(first, "data"), Label(first, "property"), metric.Key)));
                }
            }
        }
        return outcomes;
    }

    // A fold is one part whatever seeds it has; without folds each seed is one.
    static string Part(EvaluateNode node) => Label(node, "fold") is { Length: > 0 } fold ? $"f{fold}" : $"s{Label(node, "seed")}";

    static string Origin(EvaluateNode node) => $"{Label(node, "model")} {Label(node, "source")} {Label(node, "source_rows")}".Trim();

    static PublishedFigure? Best(DataSetRegistry registry, string set, string column, string metric)
    {
        var (published, isError) = metric switch
        {
            Criterion.MeanAbsoluteError => ("MAE", true),
            Criterion.AucFromProbabilities => ("ROC-AUC (probabilities)", false),
            Criterion.AucFromLabels => ("ROC-AUC (labels)", false),
            _ => ("", true),
        };
        var figures = registry.TryFind(set)?.Published.Where(figure => figure.Column == column && figure.Metric == published);
        return isError ? figures?.MinBy(figure => figure.Value) : figures?.MaxBy(figure => figure.Value);
    }

    static string Label(PlanNode node, string name) => node.Labels.GetValueOrDefault(name, "");
}
